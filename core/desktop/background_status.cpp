#include "core/desktop/background_status.h"

#include "core/view/words.h"

#include <algorithm>
#include <utility>

namespace stepwire {

BackgroundStatus::BackgroundStatus(SessionBus &bus, HubView &view, QObject *parent)
    : QObject(parent), m_bus(bus), m_view(view)
{
    constexpr int pauseMs = 2000;
    m_pause.setSingleShot(true);
    m_pause.setInterval(pauseMs);
    connect(&m_pause, &QTimer::timeout, this, &BackgroundStatus::tell);
    connect(&view, &HubView::updated, this, [this] {
        if (!m_pause.isActive())
            m_pause.start();
    });
}

void BackgroundStatus::askToStay()
{
    if (std::exchange(m_asked, true))
        return;
    m_bus.call(this, QStringLiteral("org.freedesktop.portal.Desktop"),
               QStringLiteral("/org/freedesktop/portal/desktop"), QStringLiteral("org.freedesktop.portal.Background"),
               QStringLiteral("RequestBackground"),
               {QString(), QVariantMap{{QStringLiteral("reason"), tr("Jobs go on while the window is hidden.")}}});
}

QString BackgroundStatus::line(const HubView &view)
{
    int running = 0;
    double sum = 0;
    int known = 0;
    std::optional<qint64> eta;
    const Job *only = nullptr;
    for (const auto &[id, job] : view.live()) {
        if (job->state == State::Queued || job->state == State::Held || !job->parent.isEmpty())
            continue;
        ++running;
        only = job.get();
        if (const auto fraction = jobFraction(*job)) {
            sum += *fraction;
            ++known;
        }
        if (job->etaMs)
            eta = std::max(eta.value_or(0), *job->etaMs);
    }
    if (running == 0)
        return tr("No job runs");
    QStringList parts;
    if (running == 1)
        return Words::line(*only, view.status().host).left(96);
    parts.append(tr("%n jobs", nullptr, running));
    if (known > 0)
        parts.append(tr("%1 %").arg(Words::wholePercent(sum / known)));
    if (eta)
        parts.append(tr("~%1 left").arg(Words::rough(*eta)));
    return parts.join(tr(", ", "between parts of a line")).left(96);
}

void BackgroundStatus::tell()
{
    const QString now = line(m_view);
    if (now == m_told)
        return;
    m_told = now;
    m_bus.call(this, QStringLiteral("org.freedesktop.portal.Desktop"),
               QStringLiteral("/org/freedesktop/portal/desktop"), QStringLiteral("org.freedesktop.portal.Background"),
               QStringLiteral("SetStatus"), {QVariantMap{{QStringLiteral("message"), now}}});
}

} // namespace stepwire
