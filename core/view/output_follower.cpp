#include "core/view/output_follower.h"

#include <QJsonArray>

#include <algorithm>

namespace stepwire {

static constexpr qint64 readBytes = 256LL * 1024;
static constexpr int frameMs = 16;

OutputFollower::OutputFollower(Outlet outlet) : m_outlet(std::move(outlet))
{
    m_frame.setSingleShot(true);
    connect(&m_frame, &QTimer::timeout, this, [this] { flush(); });
}

void OutputFollower::attach(HubLink &link)
{
    m_link = &link;
    link.setSink(this);
}

void OutputFollower::follow(const QString &job, const std::vector<std::pair<QString, int>> &started)
{
    ++m_round;
    m_job = job;
    m_places.clear();
    m_waiting.clear();
    m_waitingBytes = 0;
    if (!m_link)
        return;
    // A job that nobody has keeps the rest quiet.
    m_link->call(
        QStringLiteral("subscribe"),
        {{QStringLiteral("jobs"), QJsonArray{job.isEmpty() ? QStringLiteral("none") : job}},
         {QStringLiteral("types"), QJsonArray{QStringLiteral("step.output"), QStringLiteral("step.finished")}}},
        [this, started, round = m_round](const Result<QJsonValue> &) {
            if (round != m_round || m_job.isEmpty())
                return;
            for (const auto &[step, attempt] : started) {
                if (!m_places.contains(step))
                    begin(step, attempt);
            }
        });
}

/// How much is there is learned with one byte of it.
void OutputFollower::begin(const QString &step, int attempt)
{
    m_places[step] = {attempt, 0, 0, true, 0, false};
    read(step, 1, true);
}

void OutputFollower::read(const QString &step, qint64 limit, bool first)
{
    Place &place = m_places[step];
    place.reading = true;
    if (!m_link)
        return;
    const int attempt = place.attempt;
    m_link->call(QStringLiteral("job.log"),
                 {{QStringLiteral("job"), m_job},
                  {QStringLiteral("step"), step},
                  {QStringLiteral("attempt"), attempt},
                  {QStringLiteral("offset"), place.have},
                  {QStringLiteral("limit"), limit},
                  {QStringLiteral("encoding"), QStringLiteral("base64")}},
                 [this, step, attempt, first, round = m_round](const Result<QJsonValue> &result) {
                     if (round != m_round)
                         return;
                     Place &there = m_places[step];
                     if (there.attempt != attempt)
                         return;
                     there.reading = false;
                     if (!result) { // no log: what comes is shown from here
                         there.skip += std::max<qint64>(there.target - there.have, 0);
                         there.have = std::max(there.have, there.target);
                         return goOn(step);
                     }
                     const qint64 end = (*result)[u"end"].toInteger();
                     there.target = std::max(there.target, end);
                     if (first) {
                         if (const qint64 from = end - mostBefore; from > there.have) {
                             there.skip += from - there.have;
                             there.have = from;
                         }
                         return goOn(step);
                     }
                     OutputPiece piece;
                     piece.job = m_job;
                     piece.step = step;
                     piece.attempt = attempt;
                     piece.bytes = QByteArray::fromBase64((*result)[u"base64"].toString().toLatin1());
                     piece.offset = (*result)[u"offset"].toInteger();
                     const QString stream = (*result)[u"stream"].toString();
                     piece.stream = stream == u"err" ? Stream::Err : stream == u"tty" ? Stream::Tty : Stream::Out;
                     const qint64 bytes = (*result)[u"bytes"].toInteger();
                     piece.omitted = std::max<qint64>(piece.offset - there.have, 0) + std::exchange(there.skip, 0);
                     const qint64 before = there.have;
                     there.have = std::max(there.have, piece.offset + bytes);
                     if (!piece.bytes.isEmpty() || piece.omitted > 0)
                         add(std::move(piece));
                     if (there.have == before)
                         there.target = before; // it promised more than it has
                     goOn(step);
                 });
}

void OutputFollower::goOn(const QString &step)
{
    Place &place = m_places[step];
    if (place.have < place.target)
        read(step, readBytes, false);
    else if (std::exchange(place.ended, false))
        read(step, 1, true);
}

void OutputFollower::snapshotReceived(const Snapshot &snapshot, const QByteArray &)
{
    const Job *job = m_job.isEmpty() ? nullptr : snapshot.find(m_job);
    if (!job)
        return;
    for (const Step &step : job->steps) {
        if (step.started && !m_places.contains(step.id))
            begin(step.id, step.attempt);
    }
}

void OutputFollower::eventReceived(const HubLink::Received &received)
{
    const Event &event = received.event;
    if (event.job != m_job)
        return;
    if (const auto *came = std::get_if<StepOutput>(&event.data))
        output(event, *came);
    else if (const auto *finished = std::get_if<StepFinished>(&event.data);
             finished && finished->state != State::Skipped)
        ended(event.step, finished->attempt);
}

void OutputFollower::ended(const QString &step, int attempt)
{
    const auto known = m_places.find(step);
    if (known == m_places.end() || known->second.attempt < attempt)
        return begin(step, attempt);
    if (known->second.attempt > attempt)
        return;
    known->second.ended = true;
    if (!known->second.reading)
        goOn(step);
}

void OutputFollower::output(const Event &event, const StepOutput &output)
{
    const auto known = m_places.find(event.step);
    if (known != m_places.end() && output.attempt < known->second.attempt)
        return;
    if (known == m_places.end() || output.attempt > known->second.attempt)
        m_places[event.step] = {output.attempt, 0, 0, false, 0, false};
    Place &place = m_places[event.step];
    const qint64 end = output.offset + output.bytes;
    place.target = std::max(place.target, end);
    if (place.reading || end <= place.have)
        return;
    if (output.offset == place.have) {
        place.have = end;
        return add({m_job, event.step, output.attempt, output.stream, output.text.toUtf8(), output.offset,
                    std::exchange(place.skip, 0)});
    }
    if (const qint64 gap = output.offset - place.have; gap > mostGap) {
        place.have = end;
        return add({m_job, event.step, output.attempt, output.stream, output.text.toUtf8(), output.offset,
                    gap + std::exchange(place.skip, 0)});
    }
    read(event.step, readBytes, false);
}

void OutputFollower::add(OutputPiece piece)
{
    m_waitingBytes += piece.bytes.size();
    m_waiting.push_back(std::move(piece));
    // The oldest makes way, and that is said in front of the next of its step.
    while (m_waitingBytes > mostWaiting && m_waiting.size() > 1) {
        const OutputPiece gone = std::move(m_waiting.front());
        m_waiting.erase(m_waiting.begin());
        m_waitingBytes -= gone.bytes.size();
        const auto next = std::find_if(m_waiting.begin(), m_waiting.end(), [&gone](const OutputPiece &other) {
            return other.step == gone.step && other.attempt == gone.attempt;
        });
        const qint64 left = gone.omitted + gone.bytes.size();
        if (next != m_waiting.end())
            next->omitted += left;
        else if (Place &place = m_places[gone.step]; place.attempt == gone.attempt)
            place.skip += left;
    }
    wakeUp();
}

void OutputFollower::wakeUp()
{
    if (!m_frame.isActive())
        m_frame.start(frameMs);
}

void OutputFollower::flush()
{
    if (m_waiting.empty())
        return;
    if (!m_outlet.ready())
        return wakeUp();
    m_waitingBytes = 0;
    m_outlet.deliver(std::exchange(m_waiting, {}));
}

} // namespace stepwire
