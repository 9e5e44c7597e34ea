#pragma once

#include "core/view/hub_view.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>

namespace stepwire {

/// Brings the output of one job at a time, without a gap and once: the newest part of its logs first, then what comes.
/// An event that does not follow from what is there has the log read again from there on, and so has the end of a step:
/// it may have ended before its output was asked for. Lives on the link's thread.
class OutputFollower : public QObject, private HubLink::Sink
{
public:
    struct Outlet
    {
        std::function<bool()> ready; ///< what was handed on before has been taken
        std::function<void(std::vector<OutputPiece>)> deliver;
    };

    static constexpr qint64 mostBefore = 4LL * 1024 * 1024; ///< of a step's output before now
    static constexpr qint64 mostGap = 1024LL * 1024; ///< larger ones are left out
    static constexpr qint64 mostWaiting = 8LL * 1024 * 1024; ///< for the main thread

    explicit OutputFollower(Outlet outlet);

    void attach(HubLink &link);
    void detach() { m_link = nullptr; }
    /// `started`: the steps of the job that have output, with their attempt.
    void follow(const QString &job, const std::vector<std::pair<QString, int>> &started);

private:
    struct Place
    {
        int attempt = 1;
        qint64 have = 0;
        qint64 target = 0; ///< known to be there
        bool reading = false;
        qint64 skip = 0; ///< left out before the next piece
        bool ended = false; ///< and its log is to be looked at once more
    };

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &encoded) override;
    void eventReceived(const HubLink::Received &received) override;
    void linkLost(const QString &) override { m_link = nullptr; }
    void begin(const QString &step, int attempt);
    void ended(const QString &step, int attempt);
    void output(const Event &event, const StepOutput &output);
    /// After an answer: what came meanwhile.
    void goOn(const QString &step);
    void read(const QString &step, qint64 limit, bool first);
    void add(OutputPiece piece);
    void wakeUp();
    void flush();

    Outlet m_outlet;
    HubLink *m_link = nullptr;
    QString m_job;
    quint64 m_round = 0; ///< answers of earlier ones are not wanted any more
    std::map<QString, Place> m_places;
    std::vector<OutputPiece> m_waiting;
    qint64 m_waitingBytes = 0;
    QTimer m_frame;
};

} // namespace stepwire
