#pragma once

#include "core/hub/hub.h"

namespace stepwire::test {

/// A hub's world with a clock that only the test moves.
class FakeClock : public Hub::Mediator
{
public:
    [[nodiscard]] UnixMs now() const override { return time; }

    UnixMs time = 1'000'000;
};

} // namespace stepwire::test
