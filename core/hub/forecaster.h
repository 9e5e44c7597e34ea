#pragma once

#include "core/hub/estimator.h"
#include "core/hub/history.h"
#include "core/hub/hub.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <unordered_set>

namespace stepwire {

/// Says of the jobs that run here how long they will still take: learns from their ends, gives plans the weights that
/// history teaches, guesses the progress of silent steps, and tells once a second what has changed. Lives on the hub's
/// thread.
class Forecaster : public QObject
{
public:
    /// What the forecaster needs besides the hub.
    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        [[nodiscard]] virtual UnixMs now() const = 0;
        /// Jobs at once of a group.
        [[nodiscard]] virtual int groupLimit(const QString &group) const = 0;
        virtual void keepDuration(Duration duration) = 0;
    };

    Forecaster(Hub &hub, Mediator &mediator);

    /// What earlier lives learned.
    void learn(const std::vector<Duration> &durations);

    /// To be called with every fact before it is numbered.
    void prepare(Fact &fact);

    /// To be called with every event after it was folded.
    void follow(const Event &event);

private:
    using StepKey = std::pair<QString, QString>; ///< job and step

    void tell();
    void tellRunning(const Job &job, UnixMs now);
    void tellWaiting(UnixMs now);
    void tellEta(const Job &job, std::optional<qint64> etaMs);
    void guessSteps(const Job &job, UnixMs now);

    Hub &m_hub;
    Mediator &m_mediator;
    History m_history;
    Estimator m_estimator{m_history};
    QTimer m_timer;
    struct StepHash
    {
        std::size_t operator()(const StepKey &key) const { return qHashMulti(0, key.first, key.second); }
    };
    std::unordered_set<StepKey, StepHash> m_guessed; ///< steps that are shown by a guess
    std::unordered_set<StepKey, StepHash> m_own; ///< running steps that have told progress of their own
    bool m_guessing = false; ///< the progress at hand is ours
};

} // namespace stepwire
