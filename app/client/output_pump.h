#pragma once

#include "core/hub/hub_link.h"

#include <QObject>

#include <functional>

namespace stepwire {

/// Brings a step's whole output, byte for byte, to stdout and stderr: from the events where they show all of it, from
/// the log where an event left something out or the text is not UTF-8. Lives on the link's thread.
class OutputPump : public QObject
{
public:
    /// `write` gets each piece in order; false ends the pump (nobody reads any more). `left` tells bytes that not
    /// even the log has.
    OutputPump(HubLink &link, QString job, QString step, std::function<bool(Stream, QByteArrayView)> write,
               std::function<void(qint64)> left);

    void take(const StepOutput &output);
    /// No output will be added; `drained` is called when all of it was written.
    void finish(std::function<void()> drained);

private:
    void fetch();
    void fetched(const QJsonValue &slice);
    void checkDrained();

    HubLink &m_link;
    QString m_job;
    QString m_step;
    std::function<bool(Stream, QByteArrayView)> m_write;
    std::function<void(qint64)> m_left;
    std::function<void()> m_drained;
    qint64 m_next = 0; ///< first byte not yet written
    qint64 m_wanted = 0; ///< end of what there is
    bool m_fetching = false;
    bool m_broken = false;
};

} // namespace stepwire
