#pragma once

#include "core/model/job.h"

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QRectF>

#include <optional>

class QPainter;

namespace stepwire::look {

// How states and progress look, in the window, the tray and the pictures of both. Everything is drawn, so that it is
// crisp at every scale; colours follow the palette's lightness and keep a contrast of 4.5 to 1 on its base.

[[nodiscard]] bool isDark(const QPalette &palette);
[[nodiscard]] QColor colour(State state, const QPalette &palette);
/// Text that is less important: between text and base.
[[nodiscard]] QColor quiet(const QPalette &palette);
/// ✓ ✗ – ○ ● and their like as a shape of `rect`'s size.
void drawGlyph(QPainter &painter, const QRectF &rect, State state, const QPalette &palette);
[[nodiscard]] QIcon glyph(State state, const QPalette &palette);
/// A bar; without a fraction a busy one whose light stands at `phase` (0..1). `guessed` ones are hatched.
void drawBar(QPainter &painter, const QRectF &rect, std::optional<double> fraction, State state,
             const QPalette &palette, double phase = 0, bool guessed = false);

} // namespace stepwire::look
