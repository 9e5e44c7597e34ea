#pragma once

#include <QLabel>

namespace stepwire {

/// A line or more of text beside what it is about: a quiet word of help, or what is wrong. Its colour follows the
/// palette. Lives on the main thread.
class Note : public QLabel
{
    Q_OBJECT

public:
    enum class Kind { Quiet, Fault };

    explicit Note(Kind kind, const QString &text = {}, QWidget *parent = nullptr);

    /// The text, or nothing at all: an empty note takes no room. A fault is announced to screen readers.
    void say(const QString &text);

protected:
    void changeEvent(QEvent *event) override;

private:
    void takeColour();

    Kind m_kind;
};

} // namespace stepwire
