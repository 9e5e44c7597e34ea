#pragma once

namespace stepwire {

/// Makes the accessibility of Qt know what is drawn by hand in the pane of a job: the progress bar as one with a value,
/// the timeline as a list with an entry a step. Again does no harm. On the main thread.
void installJobAccessibility();

} // namespace stepwire
