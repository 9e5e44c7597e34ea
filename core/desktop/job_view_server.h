#pragma once

#include "core/desktop/session_bus.h"
#include "core/view/hub_view.h"

#include <QDBusVirtualObject>
#include <QElapsedTimer>
#include <QTimer>

#include <map>
#include <memory>

namespace stepwire {

/// Where no Plasma is: takes `org.kde.JobViewServer`, and has what file managers copy there reported to the hub as
/// jobs, whose cancel and pause go back to them. Gives the name up when Plasma comes or somebody else wants it. Lives
/// on the main thread.
class JobViewServer : public QObject
{
    Q_OBJECT

public:
    /// What is over sooner is never shown, as on Plasma.
    static constexpr qint64 patienceMs = 500;
    static constexpr qint64 updateIntervalMs = 100;
    static constexpr std::size_t mostViews = 200;

    JobViewServer(HubView &view, SessionBus &bus, QObject *parent = nullptr);
    ~JobViewServer() override;

    /// Whether the person wishes it; not at first.
    void setWanted(bool wanted);
    [[nodiscard]] bool serves() const { return m_serving; }

Q_SIGNALS:
    void servesChanged();

private:
    class Endpoint;
    struct View;
    using Views = std::map<QString, std::unique_ptr<View>>;

    void decide();
    void setServing(bool serving);
    bool handle(const QDBusMessage &message);
    bool requestView(const QDBusMessage &message);
    bool viewCall(View &view, const QDBusMessage &message);
    void merge(View &view, const QVariantMap &state);
    void terminate(View &view, uint error, const QString &message);
    void report(View &view);
    void reported(const QString &path, const Result<QJsonValue> &answer);
    void progress(View &view);
    void finish(const QString &job, uint error, const QString &message);
    void drop(const QString &path);
    void clientLeft(const QString &client);
    void updated(const HubView::Update &update);
    void signal(const View &view, const QString &name);
    void wake(const View &view);
    void onTimer();

    HubView &m_view;
    SessionBus &m_bus;
    bool m_wanted = false;
    bool m_asking = false;
    bool m_serving = false;
    bool m_plasma = false;
    QString m_owner; ///< of the server's name
    std::unique_ptr<Endpoint> m_endpoint;
    Views m_views; ///< by path
    std::map<QString, std::unique_ptr<QObject>> m_clients; ///< by unique name: what its watch lives as long as
    int m_count = 0;
    QElapsedTimer m_clock;
    QTimer m_timer;
};

} // namespace stepwire
