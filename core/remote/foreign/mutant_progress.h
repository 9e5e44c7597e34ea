#pragma once

#include "core/model/job.h"

#include <QJsonObject>
#include <QJsonValue>

#include <optional>

namespace stepwire {

/// What kind of work a task of a MutAnt daemon is.
enum class MutantKind { Put, Get, Sync, Purge, HealthCheck, Other };

/// As the daemon writes it, and back; what it does not know is `Other`.
[[nodiscard]] QString mutantTypeName(MutantKind kind);
[[nodiscard]] MutantKind mutantKind(QStringView typeName);
/// The steps of a job that shows such a task.
[[nodiscard]] std::vector<Step> mutantSteps(MutantKind kind);

/// One event of a task, from `TaskProgress`: a bare string, or an object of one member.
struct MutantEvent
{
    QString name; ///< empty: it was none
    QJsonObject body;

    /// `progress` is that of a TaskUpdate; of another kind than `kind` it is none.
    [[nodiscard]] static MutantEvent of(const QJsonValue &progress, MutantKind kind);
};

/// Adds up the events of one task: the daemon tells steps on the way and never a sum. An event that is counted was
/// pushed; one that is looked at is merely the newest when somebody asked, so that figures end there. A value for one
/// thread.
class MutantProgress
{
public:
    /// `verified`: pads are confirmed; else nobody will count them.
    explicit MutantProgress(MutantKind kind = MutantKind::Other, bool verified = true);

    void count(const MutantEvent &event);
    void look(const MutantEvent &event);
    /// Events were missed: what was counted stays, as what it was then.
    void interrupt();
    [[nodiscard]] bool isKnown() const { return m_known; }
    void setMessage(const QString &message) { m_message = message; }

    /// Phases of a put, else one count of pads; nothing where nothing is known.
    [[nodiscard]] Progress progress();
    /// Where in `mutantSteps` an event of a sync is; their number for its end.
    [[nodiscard]] static std::optional<std::size_t> syncStep(const MutantEvent &event);

private:
    struct Counter
    {
        double done = 0;
        double total = 0;
        void add() { done = done < total ? done + 1 : total; }
    };

    /// A put of a public key runs two of them, one after the other.
    struct Pipeline
    {
        Counter reserve;
        Counter write; ///< or whatever is counted where there is but one thing
        Counter confirm;
        bool complete = false;
    };

    void begin(const Pipeline &pipeline);
    void complete(const MutantEvent &event);
    [[nodiscard]] Pipeline starting(const QJsonObject &body) const;

    MutantKind m_kind;
    bool m_verified;
    bool m_known = false; ///< a Starting was seen
    bool m_counted = true; ///< no event was missed
    Pipeline m_before; ///< the sum of those that are complete
    Pipeline m_now;
    double m_highest = 0; ///< a second pipeline takes nothing back
    QString m_message;
};

} // namespace stepwire
