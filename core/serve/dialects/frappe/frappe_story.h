#pragma once

#include "core/model/event.h"
#include "core/serve/dialects/frappe/frappe_site.h"

#include <QJsonArray>

#include <map>
#include <set>
#include <vector>

namespace stepwire {

/// What one call of `publish_realtime` hands over: an event for those who are in any of the rooms.
struct FrappePublication
{
    QString event;
    QJsonValue message;
    QStringList rooms;
};

/// Tells jobs as Frappe's publishers would: `ai_progress` to the user whose job it is, `progress` as publish_progress
/// sends it, `task_status_change`, and what steps send themselves. Pure, for one thread; remembers the newest jobs.
class FrappeStory
{
public:
    /// The site must outlive it.
    explicit FrappeStory(const FrappeSite &site) : m_site(site) { }

    /// The job that is about to begin is this user's, and of this conversation.
    void expect(const QString &job, const QString &user, const QString &conversation);
    void forget(const QString &job) { m_tasks.erase(job); }

    /// `job` as it is after the event. Figures are not told here: see progressOf.
    [[nodiscard]] std::vector<FrappePublication> tell(const Event &event, const Job &job);
    /// How far it is; the newest replaces all before.
    [[nodiscard]] std::vector<FrappePublication> progressOf(const Job &job, UnixMs now);

    /// The job's own, and of those that it told of.
    [[nodiscard]] QString userOf(const Job &job) const;
    [[nodiscard]] QString conversationOf(const Job &job) const;
    /// Steps of other jobs are told with these; what came from a Frappe is not told to one.
    [[nodiscard]] static bool isTold(const Job &job);

    static constexpr std::size_t mostTasks = 10'000;

private:
    struct Task
    {
        QString user;
        QString conversation;
        bool speaks = false; ///< it sends `ai_progress` of its own
        bool ended = false; ///< and has said how it ended
        double percent = -1;
        QString told; ///< the last words of `working`
    };

    [[nodiscard]] Task &taskOf(const Job &job);
    [[nodiscard]] QStringList progressRooms(const Job &job) const;
    [[nodiscard]] FrappeSite::Shows showsOf(const Job &job) const;
    [[nodiscard]] FrappePublication ai(const Job &job, UnixMs now, QJsonObject message) const;
    [[nodiscard]] FrappePublication progress(const Job &job, double percent, const QString &description) const;
    [[nodiscard]] FrappePublication status(const Job &job, const QString &status, const QString &error = {}) const;
    void tellDocument(std::vector<FrappePublication> &out, const Job &job, UnixMs now) const;
    void tellEnd(std::vector<FrappePublication> &out, const Job &job, const JobFinished &finished, UnixMs now);
    void tellCustom(std::vector<FrappePublication> &out, const Job &job, const Custom &custom, UnixMs now);

    const FrappeSite &m_site;
    std::map<QString, Task> m_tasks;
};

} // namespace stepwire
