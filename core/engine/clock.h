#pragma once

#include "core/model/job.h"

namespace stepwire {

/// The two clocks of the engine.
class Clock
{
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual UnixMs now() const = 0; ///< what people read
    [[nodiscard]] virtual qint64 steadyMs() const = 0; ///< what durations are measured by
};

/// The clocks of this machine.
class SystemClock final : public Clock
{
public:
    [[nodiscard]] UnixMs now() const override;
    [[nodiscard]] qint64 steadyMs() const override;
};

} // namespace stepwire
