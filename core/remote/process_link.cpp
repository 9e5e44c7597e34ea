#include "core/remote/process_link.h"

#include "core/model/quote.h"

#include <QPointer>

namespace stepwire {

static constexpr qsizetype keptErrors = 4096;
static constexpr qsizetype mostChatter = 64 * 1024; ///< bytes of a shell's own words before the greeting

ProcessLink::~ProcessLink()
{
    kill();
}

void ProcessLink::kill()
{
    if (!m_process)
        return;
    // It is waited for by itself: its own destructor would stand still until it has ended.
    QProcess *process = std::exchange(m_process, nullptr);
    process->disconnect(this);
    if (process->state() == QProcess::NotRunning)
        return process->deleteLater();
    QObject::connect(process, &QProcess::finished, process, &QObject::deleteLater);
    QObject::connect(process, &QProcess::errorOccurred, process, &QObject::deleteLater);
    process->closeWriteChannel();
    process->kill();
}

void ProcessLink::open(const QString &name, const QStringList &command, Opened done)
{
    m_name = name;
    m_program = command.first();
    setOpened(std::move(done));
    m_process = new QProcess;
    connect(m_process, &QProcess::readyReadStandardOutput, this, [this] { onReadable(); });
    connect(m_process, &QProcess::readyReadStandardError, this,
            [this] { m_errors = (m_errors + m_process->readAllStandardError()).right(keptErrors); });
    connect(m_process, &QProcess::finished, this, [this] { onEnd(); });
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            lost(QStringLiteral("%1 cannot be started: %2").arg(m_program, m_process->errorString()));
    });
    m_process->start(m_program, command.mid(1));
}

void ProcessLink::write(const QByteArray &message)
{
    if (m_process)
        m_process->write(message + '\n');
}

void ProcessLink::onReadable()
{
    const auto here = QPointer<ProcessLink>(this);
    m_line += m_process->readAllStandardOutput();
    qsizetype start = 0;
    for (qsizetype end = m_line.indexOf('\n'); end >= 0; end = m_line.indexOf('\n', start)) {
        const QByteArray line = m_line.mid(start, end - start).trimmed();
        start = end + 1;
        if (!greeted() && !line.startsWith('{')) {
            m_passedOver += line.size() + 1;
            continue;
        }
        if (!line.isEmpty())
            receive(line);
        if (!here || !m_process)
            return;
    }
    m_line.remove(0, start);
    if (m_line.size() > messageLimit || m_passedOver > mostChatter) {
        kill();
        lost(QStringLiteral("%1 sends what is no message of a hub").arg(m_name));
    }
}

void ProcessLink::onEnd()
{
    const auto here = QPointer<ProcessLink>(this);
    onReadable();
    if (!here || !m_process)
        return;
    m_errors = (m_errors + m_process->readAllStandardError()).right(keptErrors);
    const QString said = reason();
    kill();
    lost(said);
}

QString ProcessLink::reason() const
{
    QString last;
    for (const QByteArray &line : m_errors.split('\n')) {
        if (const QString text = plainLine(QString::fromUtf8(line)); !text.isEmpty())
            last = text;
    }
    constexpr int notFound = 127;
    if (m_process->exitStatus() == QProcess::NormalExit && m_process->exitCode() == notFound)
        return QStringLiteral("%1 has no stepwire that a login by ssh finds (%2): install it there, or name it with "
                              "--command")
            .arg(m_name, last);
    if (!last.isEmpty())
        return last;
    return greeted()
        ? QStringLiteral("the connection to %1 ended").arg(m_name)
        : QStringLiteral("%1 ended without a greeting (exit code %2)").arg(m_program).arg(m_process->exitCode());
}

} // namespace stepwire
