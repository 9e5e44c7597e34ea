#pragma once

#include "core/remote/foreign/foreign_server.h"
#include "core/wire/mainline/mainline.h"

namespace stepwire {

// A Mainline display: frames of a terminal over a WebSocket.
[[nodiscard]] Result<std::unique_ptr<ForeignServer>> makeMainline(const ForeignServer::Setup &setup);

/// A display as a job that lasts as long as the source: its newest frame is the output of a step that is a terminal,
/// its state a custom event. Lives on the hub's thread.
class MainlineScreen : public QObject
{
public:
    MainlineScreen(ForeignJobs &jobs, QString title);

    /// The display answers.
    void begin();
    void take(const mainline::Message &message);
    [[nodiscard]] const QString &job() const { return m_job; }
    [[nodiscard]] const mainline::Frame &frame() const { return m_frame; }

    /// What a terminal is told to show it: of escape sequences only those that draw.
    [[nodiscard]] static QString terminalText(const mainline::Frame &frame);

    static constexpr qint64 frameMs = 40; ///< between two, at least
    static constexpr qint64 mostBytesPerSecond = 1024 * 1024; ///< large frames come less often
    static constexpr qsizetype mostCharacters = 128 * 1024; ///< of one frame
    static constexpr qint64 stateMs = 100;

private:
    void onTimer();
    void show();
    void showState();
    void wait(UnixMs due);

    ForeignJobs &m_jobs;
    QString m_title;
    QString m_job;
    mainline::Frame m_frame;
    std::optional<QString> m_pending;
    QString m_shown;
    UnixMs m_mayShow = 0;
    std::optional<QJsonObject> m_state;
    QJsonObject m_shownState;
    UnixMs m_mayTell = 0;
    QTimer m_timer;
};

} // namespace stepwire
