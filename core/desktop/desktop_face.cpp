#include "core/desktop/desktop_face.h"

#include "core/desktop/background_status.h"
#include "core/desktop/freedesktop_notifier.h"
#include "core/desktop/portal_notifier.h"

#include <QDateTime>
#include <QFileInfo>

#include <algorithm>

namespace stepwire {

namespace {

UnixMs clockNow()
{
    return QDateTime::currentMSecsSinceEpoch();
}

} // namespace

DesktopFace::Places DesktopFace::Places::around()
{
    Places places;
    places.sandboxed = QFileInfo::exists(QStringLiteral("/.flatpak-info")) || qEnvironmentVariableIsSet("SNAP");
    return places;
}

DesktopFace::DesktopFace(HubView &view, NotificationSettings settings, Surroundings &surroundings, Places places,
                         QObject *parent)
    : QObject(parent),
      m_view(view),
      m_settings(std::move(settings)),
      m_surroundings(surroundings),
      m_places(std::move(places)),
      m_bus(m_places.session, [this](const QString &sentence) { m_surroundings.warn(sentence); }),
      m_policy(m_settings,
               {[this](const QString &job) { return m_surroundings.windowInFront(job); },
                [this](const QString &job) { return m_elsewhere && m_elsewhere(job); }}),
      m_inhibitor(
          m_bus, [this]() -> SessionBus & { return systemBus(); }, m_places.sandboxed)
{
    const auto warn = [this](const QString &sentence) { m_surroundings.warn(sentence); };
    if (m_places.sandboxed) {
        m_notifier = std::make_unique<PortalNotifier>(m_bus, warn);
        m_background = new BackgroundStatus(m_bus, m_view, this);
    } else {
        m_notifier = std::make_unique<FreedesktopNotifier>(m_bus, warn);
    }
    connect(m_notifier.get(), &Notifier::activated, this, &DesktopFace::act);
    connect(m_notifier.get(), &Notifier::dismissed, this, [this](const QString &key) { m_policy.dismissed(key); });
    connect(m_notifier.get(), &Notifier::restarted, this, [this] {
        carryOut(m_policy.again(clockNow()));
        schedule();
    });

    m_tick.setSingleShot(true);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        carryOut(m_policy.tick(clockNow()));
        schedule();
    });
    connect(&m_view, &HubView::updated, this, [this](const HubView::Update &update) {
        carryOut(m_policy.take(update, clockNow()));
        schedule();
        inhibit();
    });
    connect(&m_view, &HubView::statusChanged, this, &DesktopFace::statusChanged);
    statusChanged();
    // What is known already is history.
    HubView::Update known;
    for (const auto &[id, job] : m_view.jobs())
        known.changes.push_back({nullptr, job, false});
    carryOut(m_policy.take(known, clockNow()));
    schedule();
    inhibit();
}

DesktopFace::~DesktopFace()
{
    // What says that it runs must not outlive who says so.
    carryOut(m_policy.setLive(false, clockNow()));
    m_inhibitor.hold(false);
}

SessionBus &DesktopFace::systemBus()
{
    // Nobody needs to know of a machine without logind: it does not suspend by itself either.
    if (!m_system)
        m_system = std::make_unique<SessionBus>(m_places.system, [](const QString &) {});
    return *m_system;
}

void DesktopFace::setSettings(const NotificationSettings &settings)
{
    m_settings = settings;
    carryOut(m_policy.setSettings(settings, clockNow()));
    schedule();
    inhibit();
}

void DesktopFace::windowHides()
{
    if (m_background)
        m_background->askToStay();
}

void DesktopFace::statusChanged()
{
    m_policy.setHere(m_view.status().host);
    carryOut(m_policy.setLive(m_view.status().link != HubView::Link::Lost, clockNow()));
    schedule();
    inhibit();
}

void DesktopFace::schedule()
{
    const UnixMs now = clockNow();
    if (const auto due = m_policy.due(now))
        m_tick.start(static_cast<int>(std::clamp<qint64>(*due - now, 20, 60'000)));
    else
        m_tick.stop();
}

void DesktopFace::carryOut(const NotificationPolicy::Commands &commands)
{
    for (const NotificationPolicy::Command &command : commands) {
        if (const auto *show = std::get_if<NotificationPolicy::Show>(&command)) {
            m_shown[show->notification.key] = show->notification;
            m_notifier->show(show->notification);
        } else {
            const QString &key = std::get<NotificationPolicy::Close>(command).key;
            m_shown.erase(key);
            m_notifier->close(key);
        }
    }
    // Of those that ended, servers keep a few; so many can still be acted on.
    constexpr size_t kept = 1000;
    for (auto it = m_shown.begin(); m_shown.size() > kept && it != m_shown.end();)
        it = it->second.running ? std::next(it) : m_shown.erase(it);
}

void DesktopFace::inhibit()
{
    const auto runsHere = [this](const auto &entry) {
        const Job &job = *entry.second;
        return (job.state == State::Running || job.state == State::Pausing || job.state == State::Cancelling)
            && job.host == m_view.status().host;
    };
    m_inhibitor.hold(m_settings.inhibitSuspend && m_view.status().link != HubView::Link::Lost
                     && std::any_of(m_view.live().begin(), m_view.live().end(), runsHere));
}

void DesktopFace::act(const QString &key, const QString &action, const QString &token)
{
    const auto it = m_shown.find(key);
    if (it == m_shown.end())
        return;
    const Notification &shown = it->second;
    const auto answered = [this](const Result<QJsonValue> &answer) {
        if (!answer)
            m_surroundings.warn(answer.error().message);
    };
    if (action == u"cancel" && !shown.job.isEmpty()) {
        m_view.call(this, QStringLiteral("job.cancel"), {{QStringLiteral("job"), shown.job}}, answered);
    } else if (action == u"retry" && !shown.job.isEmpty()) {
        QJsonObject params{{QStringLiteral("job"), shown.job}};
        if (!shown.step.isEmpty())
            params.insert(QStringLiteral("from"), shown.step);
        m_view.call(this, QStringLiteral("job.retry"), params, answered);
    } else {
        m_surroundings.showOutput(shown.job, shown.step, token);
    }
}

} // namespace stepwire
