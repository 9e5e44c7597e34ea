#pragma once

#include "ui/job/steps_model.h"

#include <QBasicTimer>
#include <QTreeView>

namespace stepwire {

/// The tree of a job's steps, with bars. Columns share the width by what they need. Lives on the main thread.
class StepsView : public QTreeView
{
    Q_OBJECT

public:
    explicit StepsView(StepsModel &model, QWidget *parent = nullptr);

    [[nodiscard]] QString currentStep() const;
    void setCurrentStep(const QString &step);

Q_SIGNALS:
    void stepChosen(const QString &step);
    void menuWanted(const QString &step, const QPoint &globalPosition);

protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void timerEvent(QTimerEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void modelChanged();
    void shareWidth();
    void animate();
    void soften();

    StepsModel &m_model;
    QBasicTimer m_light; ///< of busy bars
    QBasicTimer m_layout;
    bool m_softening = false;
};

} // namespace stepwire
