#include "ui/output/output_pane.h"
#include "ui/output/output_view.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <algorithm>
#include <tuple>

namespace stepwire {

/// The view of a job's output, given pieces as a link would.
class TstOutputView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void followsTheJobItShows();
    void showsStepsOneAfterTheOther();
    void staysAtTheEndUntilScrolledUp();
    void staysWhereItWasWhenStepsAboveGrow();
    void startsOverWithTheLink();
    void searches();
    void searchesWhatComes();
    void copiesWhatIsSelected();
    void selectsByKeys();
    void opensLinks_data();
    void opensLinks();
    void opensHyperlinksThatAreSafe();
    void paintsOnlyWhatIsVisible();
    void draws();
    void isReadByAScreenReader();
    void readsFromTheLeftInEveryWindow();

private:
    struct Driver : HubView::Driver
    {
        void call(const QString &, const QJsonObject &, HubLink::Answered) override { }
        void followOutput(const QString &job) override { followed << job; }
        QStringList followed;
    };

    static JobPtr makeJob(const QString &id, int attempt = 1);
    void bring(const QByteArray &bytes, const QString &step = u"a"_qs, qint64 omitted = 0);
    [[nodiscard]] QStringList rows() const;
    void click(int row, int column) const;

    Driver m_driver;
    std::unique_ptr<HubView> m_hub;
    std::unique_ptr<OutputView> m_view;
    OutputPane *m_pane = nullptr;
    QHash<QString, qint64> m_offsets;
};

JobPtr TstOutputView::makeJob(const QString &id, int attempt)
{
    auto job = std::make_shared<Job>();
    job->id = id;
    job->title = u"backup"_qs;
    job->attempt = attempt;
    job->state = State::Running;
    for (const auto &[step, title, state] :
         {std::tuple(u"a"_qs, u"Snapshot"_qs, State::Succeeded), std::tuple(u"b"_qs, u"Prune"_qs, State::Running)}) {
        Step &made = job->steps.emplace_back();
        made.id = step;
        made.title = title;
        made.state = state;
    }
    return job;
}

void TstOutputView::bring(const QByteArray &bytes, const QString &step, qint64 omitted)
{
    qint64 &offset = m_offsets[step];
    offset += omitted;
    m_hub->takeOutput({{.job = u"j"_qs, .step = step, .bytes = bytes, .offset = offset, .omitted = omitted}});
    offset += bytes.size();
}

QStringList TstOutputView::rows() const
{
    QStringList result;
    for (int row = 0; row < m_pane->rowCount(); ++row)
        result << m_pane->rowText(row);
    return result;
}

void TstOutputView::click(int row, int column) const
{
    QTest::mouseClick(m_pane->viewport(), Qt::LeftButton, {}, m_pane->cellRect(row, column).center());
}

void TstOutputView::init()
{
    m_driver.followed.clear();
    m_offsets.clear();
    m_hub = std::make_unique<HubView>();
    m_hub->setDriver(&m_driver);
    m_view = std::make_unique<OutputView>(*m_hub);
    m_pane = m_view->pane();
    m_view->resize(700, 400);
    m_view->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    m_view->activateWindow();
    m_pane->setFocus();
    m_view->setJob(makeJob(u"j"_qs));
}

void TstOutputView::cleanup()
{
    m_view.reset();
    m_hub.reset();
}

void TstOutputView::followsTheJobItShows()
{
    QCOMPARE(m_driver.followed, QStringList(u"j"_qs));
    bring("one\n");
    m_view->setJob(makeJob(u"j"_qs));
    QCOMPARE(m_driver.followed.size(), 1);
    QCOMPARE(rows().size(), 2);
    m_hub->takeOutput({{.job = u"other"_qs, .step = u"a"_qs, .bytes = "not ours\n"}});
    QCOMPARE(rows().size(), 2);

    // A retry, told by the hub alone.
    HubDelta delta;
    delta.jobs.push_back({makeJob(u"j"_qs, 2), true});
    m_hub->take(delta);
    QCOMPARE(m_driver.followed, QStringList({u"j"_qs, u"j"_qs}));
    QCOMPARE(rows(), QStringList());
    m_view->setJob({});
    QCOMPARE(m_driver.followed.last(), QString());
}

void TstOutputView::showsStepsOneAfterTheOther()
{
    bring("one\n");
    bring("first\n", u"b"_qs, 12'897'485);
    bring("two\n");
    QCOMPARE(rows(),
             QStringList({u"Snapshot"_qs, u"one"_qs, u"two"_qs, u"Prune"_qs, u"… 12.3 MiB left out"_qs, u"first"_qs}));
    QSignalSpy changed(m_view.get(), &OutputView::stepChanged);
    auto *steps = m_view->findChild<QComboBox *>();
    QCOMPARE(steps->count(), 3);
    m_view->setStep(u"b"_qs);
    QCOMPARE(steps->currentText(), u"Prune"_qs);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(rows(), QStringList({u"… 12.3 MiB left out"_qs, u"first"_qs}));
    m_view->setStep({});
    QCOMPARE(rows().size(), 6);
    m_hub->takeOutput({{.job = u"j"_qs, .step = u"b"_qs, .attempt = 2, .bytes = "again\n"}});
    QCOMPARE(rows().mid(6), QStringList({u"Prune, attempt 2"_qs, u"again"_qs}));
}

void TstOutputView::staysAtTheEndUntilScrolledUp()
{
    auto *bar = m_pane->verticalScrollBar();
    auto *toEnd = m_pane->viewport()->findChild<QToolButton *>();
    for (int i = 0; i < 200; ++i)
        bring("line " + QByteArray::number(i) + '\n');
    QVERIFY(bar->maximum() > 0);
    QCOMPARE(bar->value(), bar->maximum());
    QVERIFY(!toEnd->isVisible());

    QTest::keyClick(m_pane, Qt::Key_PageUp);
    const int value = bar->value();
    QVERIFY(value < bar->maximum());
    QVERIFY(toEnd->isVisible());
    bring("more\n");
    QCOMPARE(bar->value(), value);
    toEnd->click();
    QCOMPARE(bar->value(), bar->maximum());
    QVERIFY(!toEnd->isVisible());
    bring("and more\n");
    QCOMPARE(bar->value(), bar->maximum());
}

void TstOutputView::staysWhereItWasWhenStepsAboveGrow()
{
    bring("a\n");
    for (int i = 0; i < 200; ++i)
        bring("line " + QByteArray::number(i) + '\n', u"b"_qs);
    auto *bar = m_pane->verticalScrollBar();
    bar->setValue(50);
    const QString top = m_pane->rowText(50);
    bring("b\nc\nd\n");
    QCOMPARE(bar->value(), 53);
    QCOMPARE(m_pane->rowText(53), top);
}

void TstOutputView::startsOverWithTheLink()
{
    bring("one\n");
    bring("two\n");
    m_hub->takeOutput({{.job = u"j"_qs, .step = u"a"_qs, .bytes = "one\ntwo\nthree\n"}});
    QCOMPARE(rows(), QStringList({u"Snapshot"_qs, u"one"_qs, u"two"_qs, u"three"_qs}));
}

void TstOutputView::searches()
{
    for (int i = 0; i < 1000; ++i)
        bring(i % 100 == 7 ? "an \x1b[31mErr\x1b[0mor\n" : "nothing\n");
    bring("\xe6\xbc\xa2\xe5\xad\x97 error\n", u"b"_qs);
    m_pane->verticalScrollBar()->setValue(0);
    QTest::keyClick(m_pane, Qt::Key_F, Qt::ControlModifier);
    auto *needle = m_view->findChild<QLineEdit *>();
    QVERIFY(needle->isVisible());
    QTRY_VERIFY(needle->hasFocus());
    QTest::keyClicks(needle, u"error"_qs);
    QCOMPARE(m_pane->matchCount(), 11);
    QCOMPARE(m_pane->currentMatch(), 1);
    QTest::keyClick(needle, Qt::Key_F3);
    QCOMPARE(m_pane->currentMatch(), 2);
    const auto visible = [this](int row) { return m_pane->viewport()->rect().contains(m_pane->cellRect(row, 3)); };
    QVERIFY(visible(108));
    QTest::keyClick(needle, Qt::Key_F3, Qt::ShiftModifier);
    QTest::keyClick(needle, Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(m_pane->currentMatch(), 11);
    QVERIFY(visible(1002));
    QTest::keyClick(needle, Qt::Key_Return);
    QCOMPARE(m_pane->currentMatch(), 1);
    const auto labels = m_view->findChildren<QLabel *>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel *label) { return label->text() == u"1 of 11"_qs; }));

    needle->setText(u"字 e"_qs);
    QCOMPARE(m_pane->matchCount(), 1);
    needle->setText(u"no such"_qs);
    QCOMPARE(m_pane->matchCount(), 0);
    needle->setText(u"error"_qs);
    m_view->setStep(u"b"_qs);
    QCOMPARE(m_pane->matchCount(), 1);
    QTest::keyClick(needle, Qt::Key_Escape);
    QVERIFY(!needle->isVisible());
    QCOMPARE(m_pane->matchCount(), 0);
}

void TstOutputView::searchesWhatComes()
{
    m_pane->search(u"done"_qs);
    bring("10 % done");
    QCOMPARE(m_pane->matchCount(), 1);
    bring("\r20 % done");
    QCOMPARE(m_pane->matchCount(), 1);
    bring("\r\x1b[K30 %\ndone\n");
    QCOMPARE(m_pane->matchCount(), 1);
    bring("\x1b[1Adone done\n");
    QCOMPARE(m_pane->matchCount(), 2);
}

void TstOutputView::copiesWhatIsSelected()
{
    bring("first \x1b[31mred\x1b[0m line\nsecond \xe6\xbc\xa2 line\n");
    m_view->setStep(u"a"_qs);
    QTest::mousePress(m_pane->viewport(), Qt::LeftButton, {}, m_pane->cellRect(0, 6).topLeft() + QPoint(1, 3));
    QTest::mouseMove(m_pane->viewport(), m_pane->cellRect(1, 9).topLeft() + QPoint(1, 3));
    QTest::mouseRelease(m_pane->viewport(), Qt::LeftButton, {}, m_pane->cellRect(1, 9).topLeft() + QPoint(1, 3));
    QTest::keyClick(m_pane, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), u"red line\nsecond 漢"_qs);

    QTest::mouseDClick(m_pane->viewport(), Qt::LeftButton, {}, m_pane->cellRect(0, 7).center());
    QCOMPARE(m_pane->chosenText(), u"red"_qs);
    QTest::keyClick(m_pane, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(m_pane->chosenText(), u"first red line\nsecond 漢 line"_qs);
}

void TstOutputView::selectsByKeys()
{
    bring("one\ntwo\n");
    m_view->setStep(u"a"_qs);
    click(0, 2);
    QVERIFY(!m_pane->hasSelection());
    QTest::keyClick(m_pane, Qt::Key_Right, Qt::ShiftModifier);
    const QString one = m_pane->chosenText();
    QVERIFY2(one == u"e"_qs || one == u"\n"_qs, qPrintable(one)); // which edge is nearer to the middle
    QTest::keyClick(m_pane, Qt::Key_End, Qt::ShiftModifier | Qt::ControlModifier);
    QVERIFY(m_pane->chosenText().endsWith(u"\ntwo"_qs));
    // What is selected stays the same while the output goes on.
    const QString chosen = m_pane->chosenText();
    bring("three\n");
    QCOMPARE(m_pane->chosenText(), chosen);
}

void TstOutputView::opensLinks_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("column");
    QTest::addColumn<QUrl>("url");
    QTest::newRow("address") << QByteArray("see https://a.org/x?y=1.") << 10 << QUrl(u"https://a.org/x?y=1"_qs);
    QTest::newRow("in brackets") << QByteArray("(http://a.org/b_(c))") << 5 << QUrl(u"http://a.org/b_(c)"_qs);
    QTest::newRow("before it") << QByteArray("see https://a.org") << 2 << QUrl();
    QTest::newRow("path") << QByteArray("/home/me/a-b.log: no") << 5 << QUrl::fromLocalFile(u"/home/me/a-b.log"_qs);
    QTest::newRow("path with a line") << QByteArray("/src/a.cpp:12:3: x") << 3 << QUrl::fromLocalFile(u"/src/a.cpp"_qs);
    QTest::newRow("part of a path") << QByteArray("src/a/b.cpp") << 5 << QUrl();
    QTest::newRow("a date") << QByteArray("12/03/2026") << 4 << QUrl();
    QTest::newRow("an option") << QByteArray("cmd /s") << 5 << QUrl();
}

void TstOutputView::opensLinks()
{
    QFETCH(QByteArray, line);
    QFETCH(int, column);
    QFETCH(QUrl, url);
    QSignalSpy activated(m_view.get(), &OutputView::linkActivated);
    bring("\n" + line + "\n");
    m_view->setStep(u"a"_qs);
    QCOMPARE(m_pane->linkAt(m_pane->cellRect(1, column).center()), url);
    click(1, column);
    QCOMPARE(activated.count(), url.isEmpty() ? 0 : 1);
    if (!url.isEmpty())
        QCOMPARE(activated.first().first().toUrl(), url);
}

void TstOutputView::opensHyperlinksThatAreSafe()
{
    bring("\x1b]8;;https://a.org/b\x1b\\here\x1b]8;;javascript:alert(1)\x1b\\bad\x1b]8;;\x1b\\\n");
    m_view->setStep(u"a"_qs);
    QCOMPARE(m_pane->linkAt(m_pane->cellRect(0, 1).center()), QUrl(u"https://a.org/b"_qs));
    QCOMPARE(m_pane->linkAt(m_pane->cellRect(0, 5).center()), QUrl());
}

void TstOutputView::paintsOnlyWhatIsVisible()
{
    QByteArray all;
    for (int i = 0; i < 150'000; ++i)
        all += "line " + QByteArray::number(i) + " \x1b[3" + QByteArray::number(i % 8) + "mcolour\x1b[0m\n";
    bring(all);
    QCOMPARE(m_pane->rowCount(), TerminalText::defaultLimit); // the header and all but the line to come
    QCOMPARE(m_pane->rowText(0), u"Snapshot (50001 earlier line(s) not shown)"_qs);
    m_pane->grab();
    const int high = m_pane->viewport()->height() / m_pane->cellRect(0, 0).height();
    QVERIFY(m_pane->paintedRows() >= high);
    QVERIFY(m_pane->paintedRows() <= high + 1);
    QCOMPARE(m_pane->rowText(m_pane->rowCount() - 1), u"line 149999 colour"_qs);
}

// Set STEPWIRE_PICTURES to a folder to look at it.
void TstOutputView::draws()
{
    bring("\x1b[1mSnapshot of \x1b[36m/home/me/photos\x1b[0m\n"
          "\xe2\x9c\x93 created \x1b[32msnap-2026-11-21\x1b[0m in 2.1 s\n\x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m "
          "\x1b[4munderlined\x1b[0m \x1b[7m inverse \x1b[0m \x1b[9mstruck\x1b[0m "
          "\x1b]8;;https://example.org/doc\x1b\\a hyperlink\x1b]8;;\x1b\\\n");
    QByteArray colours;
    for (int i = 0; i < 16; ++i)
        colours += "\x1b[38;5;" + QByteArray::number(i) + "m colour" + QByteArray::number(i) + "\x1b[0m"
            + (i == 7 ? "\n" : "");
    bring(colours + "\n\x1b[41;97m paper \x1b[42m paper \x1b[44m paper \x1b[0m\n");
    bring(
        "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x80\xe2\x94\x90 \xe6\xbc\xa2\xe5\xad\x97 mixed \xf0\x9f\x98\x80 in columns\n"
        "\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80\xe2\x94\x98 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d (hebrew) end\n");
    bring("[0:12] 31.08%  4102 / 13200 packs\nwarning: pack 4711 is old, see https://example.org/packs\n", u"b"_qs,
          12'897'485);
    QTest::keyClick(m_pane, Qt::Key_F, Qt::ControlModifier);
    m_view->findChild<QLineEdit *>()->setText(u"pack"_qs);
    const QString folder = qEnvironmentVariable("STEPWIRE_PICTURES");
    const QPalette before = QApplication::palette();
    QPalette dark;
    dark.setColor(QPalette::Window, QColor(0x1b1f26));
    dark.setColor(QPalette::Button, QColor(0x262b34));
    dark.setColor(QPalette::Base, QColor(0x12151a));
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        dark.setColor(role, QColor(0xe6e9ef));
    QImage images[2];
    for (const bool isDark : {false, true}) {
        m_view->setPalette(isDark ? dark : before);
        m_view->setLayoutDirection(isDark ? Qt::RightToLeft : Qt::LeftToRight);
        images[isDark ? 1 : 0] = m_view->grab().toImage();
        if (!folder.isEmpty())
            images[isDark ? 1 : 0].save(folder + (isDark ? u"/output-dark.png"_qs : u"/output-light.png"_qs));
    }
    QVERIFY(images[0].pixelColor(350, 300).lightness() > images[1].pixelColor(350, 300).lightness() + 100);
}

void TstOutputView::readsFromTheLeftInEveryWindow()
{
    m_view->setStep(u"a"_qs);
    bring("{\"progress\": 1} \x1b[32mall files\x1b[0m are there (4)\n");
    const QImage left = m_pane->viewport()->grab().toImage();
    QApplication::setLayoutDirection(Qt::RightToLeft);
    const QImage right = m_pane->viewport()->grab().toImage();
    QApplication::setLayoutDirection(Qt::LeftToRight);
    QVERIFY(left == right);
}

void TstOutputView::isReadByAScreenReader()
{
    QAccessibleInterface *const read = QAccessible::queryAccessibleInterface(m_pane);
    QVERIFY(read);
    QCOMPARE(read->role(), QAccessible::Terminal);
    QAccessibleTextInterface *const text = read->textInterface();
    QVERIFY(text);
    m_view->setStep(u"a"_qs);
    QCOMPARE(text->characterCount(), 0);
    int start = -1;
    int end = -1;
    QCOMPARE(text->textAtOffset(0, QAccessible::LineBoundary, &start, &end), QString());

    // A wide letter is one letter, though it takes two columns.
    bring("one \xe6\xbc\xa2 two\nthird line\n");
    const QString all = u"one \u6f22 two\nthird line\n"_qs;
    QCOMPARE(text->text(0, -1), all);
    QCOMPARE(text->characterCount(), static_cast<int>(all.size()));
    QCOMPARE(text->cursorPosition(), static_cast<int>(all.size()));
    QCOMPARE(text->textAtOffset(2, QAccessible::LineBoundary, &start, &end), u"one \u6f22 two\n"_qs);
    QCOMPARE(std::pair(start, end), std::pair(0, 10));
    QCOMPARE(text->textAfterOffset(2, QAccessible::LineBoundary, &start, &end), u"third line\n"_qs);
    QCOMPARE(text->textBeforeOffset(12, QAccessible::LineBoundary, &start, &end), u"one \u6f22 two\n"_qs);
    QCOMPARE(text->textBeforeOffset(0, QAccessible::LineBoundary, &start, &end), QString());
    QCOMPARE(text->textAtOffset(7, QAccessible::WordBoundary, &start, &end), u"two"_qs);
    QCOMPARE(text->textAtOffset(4, QAccessible::CharBoundary, &start, &end), u"\u6f22"_qs);

    text->setSelection(0, 6, 15);
    QCOMPARE(m_pane->chosenText(), u"two\nthird"_qs);
    text->selection(0, &start, &end);
    QCOMPARE(std::pair(start, end), std::pair(6, 15));
    QCOMPARE(text->cursorPosition(), 15);
    text->removeSelection(0);
    QCOMPARE(text->selectionCount(), 0);

    bring("more");
    QCOMPARE(text->text(10, -1), u"third line\nmore\n"_qs);
}

} // namespace stepwire

QTEST_MAIN(stepwire::TstOutputView)
#include "tst_output_view.moc"
