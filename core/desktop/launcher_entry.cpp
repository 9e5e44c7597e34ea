#include "core/desktop/launcher_entry.h"

#include "core/desktop/job_view.h"

#include <algorithm>
#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

LauncherEntry::LauncherEntry(HubView &view, SessionBus &bus, std::function<bool(const QString &)> elsewhere,
                             QObject *parent)
    : QObject(parent), m_view(view), m_bus(bus), m_elsewhere(std::move(elsewhere))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LauncherEntry::tell);
    connect(&view, &HubView::updated, this, &LauncherEntry::update);
    for (const auto &[id, job] : view.jobs()) {
        if (jobview::isShown(*job))
            m_running.insert(id);
    }
    bus.whenAvailable(this, [this] { emitEntry(current()); });
}

LauncherEntry::~LauncherEntry()
{
    if (m_since.isValid())
        emitEntry({});
}

void LauncherEntry::refresh()
{
    // Before the bus is there, nothing is said that its coming would not say.
    if (!m_since.isValid() || m_timer.isActive())
        return;
    m_timer.start(static_cast<int>(std::max<qint64>(intervalMs - m_since.elapsed(), 0)));
}

void LauncherEntry::seen()
{
    if (std::exchange(m_failed, false))
        refresh();
}

void LauncherEntry::update(const HubView::Update &update)
{
    for (const HubView::Change &change : update.changes) {
        if (!change.after) {
            m_running.erase(change.before->id);
            continue;
        }
        const Job &job = *change.after;
        if (jobview::isShown(job))
            m_running.insert(job.id);
        else
            m_running.erase(job.id);
        const bool failed =
            job.state == State::Failed || job.state == State::TimedOut || job.state == State::Interrupted;
        if (failed && change.fresh && job.parent.isEmpty() && (!change.before || change.before->state != job.state))
            m_failed = true;
    }
    refresh();
}

LauncherEntry::Entry LauncherEntry::current() const
{
    Entry entry;
    entry.urgent = m_failed;
    double sum = 0;
    int known = 0;
    for (const QString &id : m_running) {
        const JobPtr job = m_view.find(id);
        if (!job || (m_elsewhere && m_elsewhere(id)))
            continue;
        ++entry.count;
        if (const auto fraction = jobFraction(*job)) {
            sum += *fraction;
            ++known;
        }
    }
    if (known > 0) {
        entry.progressVisible = true;
        // Finer than a launcher can draw would only wake its painter up.
        entry.progress = std::round(sum / known * 1000) / 1000;
    }
    return entry;
}

void LauncherEntry::tell()
{
    if (const Entry entry = current(); entry != m_told)
        emitEntry(entry);
}

void LauncherEntry::emitEntry(const Entry &entry)
{
    m_told = entry;
    m_since.start();
    QDBusMessage signal = QDBusMessage::createSignal(u"/org/stepwire/Stepwire/Launcher"_s,
                                                     u"com.canonical.Unity.LauncherEntry"_s, u"Update"_s);
    signal << u"application://org.stepwire.Stepwire.desktop"_s
           << QVariantMap{{u"progress"_s, entry.progress},
                          {u"progress-visible"_s, entry.progressVisible},
                          {u"count"_s, QVariant::fromValue<qlonglong>(entry.count)},
                          {u"count-visible"_s, entry.count > 0},
                          {u"urgent"_s, entry.urgent}};
    m_bus.emitSignal(signal);
}

} // namespace stepwire
