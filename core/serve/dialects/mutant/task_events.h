#pragma once

#include "core/serve/dialects/mutant/messages.h"

namespace stepwire::mutant {

/// Tells how far a job is as a MutAnt daemon does: step by step, never as a sum. Every event is one JSON text of
/// `TaskProgress`. What has more than `mostChunks` of something is told in so many parts. A value for one thread.
class TaskEvents
{
public:
    static constexpr int mostChunks = 1000;

    /// `verifies`: chunks of a put are confirmed, so that they are counted at its end.
    explicit TaskEvents(Kind kind = Kind::Put, bool verifies = true) : m_kind(kind), m_verifies(verifies) { }

    /// What is to be told, now that the job stands like this. Figures that go back are waited for.
    [[nodiscard]] std::vector<QByteArray> follow(const Job &job);
    /// The job has succeeded: what is left to the end, and `Complete`, with the figures that `told` has for it.
    [[nodiscard]] std::vector<QByteArray> complete(const QJsonObject &told);
    /// The last event, empty before the first.
    [[nodiscard]] const QByteArray &newest() const { return m_newest; }

private:
    struct Figure
    {
        double done = 0;
        std::optional<double> total;
    };

    struct Counter
    {
        int told = 0;
        int most = 0;
    };

    [[nodiscard]] static std::optional<Figure> figureOf(const Job &job, QLatin1String name);
    [[nodiscard]] static std::optional<Figure> whole(const Job &job);
    [[nodiscard]] static int chunks(double total);
    [[nodiscard]] static int chunksDone(const Figure &figure, double total);

    void followPut(const Job &job);
    void followCount(const Job &job);
    void followSync(const Job &job);
    void startPut(const Figure &reserve, const Figure &write, const Figure &confirm);
    void startCount(int most);
    void advance(Counter &counter, int to, const char *event);
    void add(const QByteArray &event);

    Kind m_kind;
    bool m_verifies;
    bool m_started = false;
    int m_starts = 0;
    double m_total = 0; ///< as the job has it
    Counter m_reserve;
    Counter m_write; ///< or what else is counted
    Counter m_confirm;
    std::size_t m_reached = 0; ///< of the phases of a sync
    std::vector<QByteArray> m_events;
    QByteArray m_newest;
};

} // namespace stepwire::mutant
