#pragma once

#include "core/view/hub_view.h"

#include <QJsonArray>
#include <QObject>

namespace stepwire {

/// What pipelines the hub knows, asked for until it has said so once: again whenever it comes back. Lives on the main
/// thread.
class PipelineList : public QObject
{
    Q_OBJECT

public:
    /// `view` must outlive it.
    explicit PipelineList(HubView &view, QObject *parent = nullptr);

    /// Does nothing while an answer is awaited.
    void ask();
    [[nodiscard]] bool known() const { return m_known; }

Q_SIGNALS:
    void asked();
    /// Each as `pipeline.list` describes it.
    void listed(const QJsonArray &pipelines);
    void failed(const QString &sentence);

private:
    HubView &m_view;
    bool m_asking = false;
    bool m_known = false;
};

} // namespace stepwire
