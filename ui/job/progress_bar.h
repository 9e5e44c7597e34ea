#pragma once

#include "core/model/job.h"

#include <QBasicTimer>
#include <QWidget>

namespace stepwire {

/// A bar as look::drawBar draws them; without a fraction its light wanders, but only while somebody can see it. Lives
/// on the main thread.
class ProgressBar : public QWidget
{
    Q_OBJECT

public:
    explicit ProgressBar(QWidget *parent = nullptr);

    /// Nobody knows how far it is.
    [[nodiscard]] bool busy() const { return m_busy; }
    [[nodiscard]] int percent() const;
    void set(State state, std::optional<double> fraction, bool guessed, bool busy);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void timerEvent(QTimerEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void animate();

    State m_state = State::Queued;
    std::optional<double> m_fraction;
    bool m_guessed = false;
    bool m_busy = false;
    QBasicTimer m_timer;
};

/// Where the light of a busy bar stands now (0..1): the same in all of them.
[[nodiscard]] double busyPhase();

} // namespace stepwire
