#include "core/serve/metrics.h"

#include <QFile>

#include <map>

#include <sys/resource.h>
#include <unistd.h>

namespace stepwire {

namespace {

class Text
{
public:
    void family(const char *name, const char *type, const char *help)
    {
        m_name = name;
        m_out += QByteArray("# HELP ") + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
    }
    void value(double value, const QByteArray &labels = {})
    {
        m_out += m_name;
        if (!labels.isEmpty())
            m_out += '{' + labels + '}';
        m_out += ' ' + QByteArray::number(value, 'g', 15) + '\n';
    }
    [[nodiscard]] QByteArray take() { return std::move(m_out); }

    [[nodiscard]] static QByteArray label(const char *name, QByteArrayView value)
    {
        QByteArray escaped = value.toByteArray();
        escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        return QByteArray(name) + "=\"" + escaped + '"';
    }

private:
    QByteArray m_name;
    QByteArray m_out;
};

} // namespace

static double residentBytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArrayList fields = file.readAll().split(' ');
    return fields.size() > 1 ? fields[1].toDouble() * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

QByteArray metricsText(const Hub &hub, const io::Reactor &reactor, const std::vector<CarrierMetrics> &carriers,
                       quint64 requests, quint64 refusedRequests)
{
    Text text;
    std::map<State, int> states;
    for (const State state :
         {State::Queued, State::Held, State::Running, State::Pausing, State::Paused, State::Cancelling,
          State::Succeeded, State::Failed, State::Cancelled, State::TimedOut, State::Skipped, State::Interrupted})
        states[state] = 0;
    std::map<QString, int> queues;
    for (const auto &job : hub.state().jobs()) {
        ++states[job->state];
        if (job->state == State::Queued)
            ++queues[job->group];
    }
    text.family("stepwire_jobs", "gauge", "Jobs by state: all that live and the newest that finished.");
    for (const auto &[state, count] : states)
        text.value(count, Text::label("state", stateName(state).toUtf8()));
    text.family("stepwire_queue_jobs", "gauge", "Jobs that wait in the queue of a group.");
    for (const auto &[group, count] : queues)
        text.value(count, Text::label("group", group.toUtf8()));
    text.family("stepwire_events_total", "counter", "Events that this life of the hub released.");
    text.value(static_cast<double>(hub.released()));
    text.family("stepwire_event_seq", "gauge", "The number of the newest event.");
    text.value(static_cast<double>(hub.state().seq));
    text.family("stepwire_events_held", "gauge", "Events that readers who come back can be given.");
    text.value(static_cast<double>(hub.log().size()));
    text.family("stepwire_journal_waiting", "gauge", "Events that wait for the journal.");
    text.value(static_cast<double>(hub.waitingForJournal()));
    text.family("stepwire_degraded", "gauge", "1 while nothing is kept in the journal.");
    text.value(hub.degraded().isEmpty() ? 0 : 1);
    text.family("stepwire_clients", "gauge", "Clients by carrier.");
    for (const CarrierMetrics &carrier : carriers)
        text.value(static_cast<double>(carrier.clients), Text::label("carrier", carrier.carrier));
    text.family("stepwire_events_dropped_total", "counter",
                "Times progress or output was left out for a client that was behind.");
    for (const CarrierMetrics &carrier : carriers)
        text.value(static_cast<double>(carrier.thinned), Text::label("carrier", carrier.carrier));
    text.family("stepwire_resyncs_total", "counter", "Snapshots given to clients that were too far behind.");
    for (const CarrierMetrics &carrier : carriers)
        text.value(static_cast<double>(carrier.resyncs), Text::label("carrier", carrier.carrier));
    text.family("stepwire_requests_total", "counter", "Requests that came over the web.");
    text.value(static_cast<double>(requests));
    text.family("stepwire_requests_refused_total", "counter", "Requests of the web that were not allowed.");
    text.value(static_cast<double>(refusedRequests));
    const io::Reactor::Totals &totals = reactor.totals();
    text.family("stepwire_sent_bytes_total", "counter", "Bytes written to clients.");
    text.value(static_cast<double>(totals.bytesWritten));
    text.family("stepwire_received_bytes_total", "counter", "Bytes read from clients.");
    text.value(static_cast<double>(totals.bytesRead));
    text.family("stepwire_writes_total", "counter", "Calls of the system that wrote to clients.");
    text.value(static_cast<double>(totals.writes));
    text.family("stepwire_pending_bytes", "gauge", "Bytes that wait for clients to read.");
    text.value(static_cast<double>(reactor.pendingBytes()));
    text.family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
    text.value(residentBytes());
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    text.family("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.");
    text.value(static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
               + static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return text.take();
}

} // namespace stepwire
