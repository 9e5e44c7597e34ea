#pragma once

#include "core/remote/rpc_link.h"

#include <QProcess>

namespace stepwire {

/// The hub link over the standard input and output of a program, as `ssh nas stepwire bridge`: one message a line.
/// What a login shell prints before the greeting is passed over. Lives on the thread that made it; the program ends
/// with it.
class ProcessLink : public RpcLink
{
public:
    ProcessLink() = default;
    ~ProcessLink() override;

    /// `name` is what sentences call the other side.
    void open(const QString &name, const QStringList &command, Opened done);
    /// Ends the program at once, as when the line is dead.
    void kill();

protected:
    void write(const QByteArray &message) override;

private:
    void onReadable();
    void onEnd();
    [[nodiscard]] QString reason() const;

    QString m_name;
    QString m_program;
    QProcess *m_process = nullptr;
    QByteArray m_line; ///< what came of a message that is not whole
    QByteArray m_errors; ///< the end of what it wrote to standard error
    qsizetype m_passedOver = 0;
};

} // namespace stepwire
