#include "ui/run/welcome_page.h"

#include "ui/look/note.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

namespace stepwire {

static QString sampleName()
{
    return QStringLiteral("hello");
}

WelcomePage::WelcomePage(HubView &view, QWidget *parent) : QWidget(parent), m_view(view), m_pipelines(view)
{
    const int letter = fontMetrics().averageCharWidth();
    auto *middle = new QWidget(this);
    constexpr int widest = 56;
    middle->setMaximumWidth(letter * widest);
    auto *column = new QVBoxLayout(middle);
    column->setSpacing(10);

    m_heading = new QLabel(middle);
    m_heading->setTextFormat(Qt::PlainText);
    m_heading->setAlignment(Qt::AlignCenter);
    m_heading->setWordWrap(true);
    QFont large = m_heading->font();
    large.setBold(true);
    constexpr qreal larger = 1.6;
    large.setPointSizeF(large.pointSizeF() * larger);
    m_heading->setFont(large);
    column->addWidget(m_heading);
    m_text = new QLabel(middle);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setAlignment(Qt::AlignCenter);
    m_text->setWordWrap(true);
    column->addWidget(m_text);
    column->addSpacing(letter);

    const auto button = [&](const QString &text, const QString &help) {
        auto *made = new QPushButton(text, middle);
        made->setAccessibleDescription(help);
        made->setToolTip(help);
        made->setMinimumHeight(fontMetrics().height() * 2);
        return made;
    };
    m_sample = button(tr("Run the &Sample"), tr("A pipeline of three steps that takes about three seconds"));
    m_sample->setDefault(true);
    QFont bold = m_sample->font();
    bold.setBold(true);
    m_sample->setFont(bold);
    m_sample->setMinimumHeight(fontMetrics().height() * 3);
    column->addWidget(m_sample);
    m_fault = new Note(Note::Kind::Fault, {}, middle);
    m_fault->setAlignment(Qt::AlignCenter);
    column->addWidget(m_fault);
    auto *row = new QHBoxLayout;
    m_command = button(tr("&Wrap a Command…"), tr("Any program becomes a job with progress, output and history"));
    m_pipeline = button(tr("Run a &Pipeline…"), tr("Choose a pipeline and what it works on"));
    row->addWidget(m_command, 1);
    row->addWidget(m_pipeline, 1);
    m_host = button(tr("Add a H&ost…"), tr("Jobs of another machine are shown here, too"));
    column->addLayout(row);
    column->addWidget(m_host);
    column->addSpacing(letter);

    auto *said = new QLabel(tr("Or put this before any command in a &terminal:"), middle);
    said->setAlignment(Qt::AlignCenter);
    said->setWordWrap(true);
    column->addWidget(said);
    auto *lineRow = new QHBoxLayout;
    m_line = new QLineEdit(QStringLiteral("stepwire run -- make"), middle);
    m_line->setReadOnly(true);
    m_line->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_line->setAccessibleName(tr("Command for a terminal"));
    // A command reads from left to right in every language.
    m_line->setLayoutDirection(Qt::LeftToRight);
    said->setBuddy(m_line);
    m_copy = new QPushButton(tr("&Copy"), middle);
    m_copy->setAccessibleDescription(tr("Copies the command for a terminal"));
    lineRow->addWidget(m_line, 1);
    lineRow->addWidget(m_copy);
    column->addLayout(lineRow);
    m_said = new Note(Note::Kind::Quiet, {}, middle);
    m_said->setAlignment(Qt::AlignCenter);
    QSizePolicy keepsRoom = m_said->sizePolicy(); // or all above would jump
    keepsRoom.setRetainSizeWhenHidden(true);
    m_said->setSizePolicy(keepsRoom);
    column->addWidget(m_said);

    auto *outer = new QVBoxLayout(this);
    outer->addStretch(2);
    auto *centred = new QHBoxLayout;
    centred->addStretch(1);
    centred->addWidget(middle, 100);
    centred->addStretch(1);
    outer->addLayout(centred);
    outer->addStretch(3);

    connect(m_sample, &QPushButton::clicked, this, &WelcomePage::runSample);
    connect(m_command, &QPushButton::clicked, this, &WelcomePage::commandWanted);
    connect(m_pipeline, &QPushButton::clicked, this, &WelcomePage::runWanted);
    connect(m_host, &QPushButton::clicked, this, &WelcomePage::hostWanted);
    connect(m_copy, &QPushButton::clicked, this, &WelcomePage::copyLine);
    connect(&m_view, &HubView::statusChanged, this, &WelcomePage::showStatus);
    connect(&m_pipelines, &PipelineList::listed, this, &WelcomePage::lookForSample);
    showStatus();
    if (m_view.status().link == HubView::Link::Live)
        m_pipelines.ask();
}

void WelcomePage::showStatus()
{
    const HubView::Status &status = m_view.status();
    const bool live = status.link == HubView::Link::Live;
    switch (status.link) {
    case HubView::Link::Connecting:
        m_heading->setText(tr("One moment"));
        m_text->setText(tr("Stepwire is looking for its hub, the part that runs jobs."));
        break;
    case HubView::Link::Live:
        m_heading->setText(tr("No jobs yet"));
        m_text->setText(tr("A job is a command, or several in the right order. Start one here and watch it."));
        break;
    case HubView::Link::Lost:
        m_heading->setText(tr("The hub is not there"));
        m_text->setText(status.reason.isEmpty()
                            ? tr("It is the part of Stepwire that runs jobs. This page comes to life when it is back.")
                            : tr("It is the part of Stepwire that runs jobs. This page comes to life when it is back. "
                                 "The last that was heard: %1")
                                  .arg(status.reason));
        break;
    }
    m_command->setEnabled(live);
    m_pipeline->setEnabled(live);
    m_host->setEnabled(live);
    m_sample->setEnabled(live && !m_starting);
    m_sample->setVisible(m_hasSample);
    offer();
}

void WelcomePage::lookForSample(const QJsonArray &pipelines)
{
    m_hasSample = std::any_of(pipelines.begin(), pipelines.end(), [](const QJsonValue &pipeline) {
        return pipeline[u"pipeline"].toString() == sampleName() && pipeline[u"faults"].isUndefined();
    });
    m_sample->setVisible(m_hasSample);
    offer();
}

/// Enter or space does what comes first here, unless a person has gone elsewhere.
void WelcomePage::offer()
{
    if (!isVisibleTo(window()))
        return;
    QPushButton *first = m_hasSample ? m_sample : m_command;
    const QWidget *now = window()->focusWidget();
    const bool untouched = !now || now == this || now == m_line || now == m_offered || !isAncestorOf(now);
    if (!first->isEnabled() || first == m_offered || !untouched)
        return;
    m_offered = first;
    first->setFocus(Qt::OtherFocusReason);
}

void WelcomePage::runSample()
{
    if (m_starting)
        return;
    m_starting = true;
    m_sample->setEnabled(false);
    m_fault->say({});
    m_view.call(this, QStringLiteral("job.run"), {{QStringLiteral("pipeline"), sampleName()}},
                [this](const Result<QJsonValue> &result) {
                    m_starting = false;
                    m_sample->setEnabled(m_view.status().link == HubView::Link::Live);
                    if (result)
                        Q_EMIT started((*result)[u"job"].toString());
                    else
                        m_fault->say(tr("The sample was not started: %1").arg(result.error().message));
                });
}

void WelcomePage::copyLine()
{
    using namespace std::chrono_literals;
    QGuiApplication::clipboard()->setText(m_line->text());
    m_said->say(tr("Copied"));
    QTimer::singleShot(3s, m_said, [note = m_said] { note->say({}); });
}

} // namespace stepwire
