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
    QJsonObject params;
    if (!m_host.isEmpty())
        params.insert(QStringLiteral("host"), m_host);
    m_view.call(this, QStringLiteral("pipeline.list"), params,
                [this, round = m_round](const Result<QJsonValue> &result) {
                    if (round != m_round)
                        return;
                    m_asking = false;
                    if (!result) {
                        Q_EMIT failed(result.error().message);
                        return;
                    }
                    m_known = true;
                    Q_EMIT listed((*result)[u"pipelines"].toArray());
                });
}

void PipelineList::setHost(const QString &host)
{
    if (host == m_host)
        return;
    m_host = host;
    ++m_round;
    m_asking = false;
    m_known = false;
    ask();
}

} // namespace stepwire
