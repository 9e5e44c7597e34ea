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
    /// Whose pipelines: those of the hub itself, or of another one that it shows. Asks if that is another than before.
    void setHost(const QString &host);
    [[nodiscard]] const QString &host() const { return m_host; }
    [[nodiscard]] bool known() const { return m_known; }

Q_SIGNALS:
    void asked();
    /// Each as `pipeline.list` describes it.
    void listed(const QJsonArray &pipelines);
    void failed(const QString &sentence);

private:
    HubView &m_view;
    QString m_host; ///< empty: the hub's own
    int m_round = 0; ///< what answers an older one is of another host
    bool m_asking = false;
    bool m_known = false;
};

} // namespace stepwire
