#include "ui/run/pipeline_list.h"

namespace stepwire {

PipelineList::PipelineList(HubView &view, QObject *parent) : QObject(parent), m_view(view)
{
    connect(&m_view, &HubView::statusChanged, this, [this] {
        if (!m_known && m_view.status().link == HubView::Link::Live)
            ask();
    });
}

void PipelineList::ask()
{
    if (m_asking)
        return;
    m_asking = true;
    Q_EMIT asked();
    m_view.call(this, QStringLiteral("pipeline.list"), {}, [this](const Result<QJsonValue> &result) {
        m_asking = false;
        if (!result) {
            Q_EMIT failed(result.error().message);
            return;
        }
        m_known = true;
        Q_EMIT listed((*result)[u"pipelines"].toArray());
    });
}

} // namespace stepwire
