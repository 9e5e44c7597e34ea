#include "ui/look/note.h"

#include "ui/look/look.h"

#include <QAccessible>
#include <QEvent>

namespace stepwire {

Note::Note(Kind kind, const QString &text, QWidget *parent) : QLabel(parent), m_kind(kind)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    if (kind == Kind::Fault)
        setTextInteractionFlags(Qt::TextSelectableByMouse);
    takeColour();
    setText(text);
    setVisible(!text.isEmpty());
}

void Note::say(const QString &text)
{
    if (text == this->text())
        return;
    setText(text);
    setVisible(!text.isEmpty());
    if (m_kind == Kind::Fault && !text.isEmpty()) {
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void Note::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        takeColour();
}

void Note::takeColour()
{
    const QColor wanted = m_kind == Kind::Fault ? look::colour(State::Failed, palette()) : look::quiet(palette());
    if (palette().color(QPalette::WindowText) == wanted)
        return;
    QPalette mine;
    mine.setResolveMask(0);
    mine.setColor(QPalette::WindowText, wanted);
    setPalette(mine);
}

} // namespace stepwire
