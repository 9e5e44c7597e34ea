#pragma once

#include "core/model/request.h"

namespace stepwire {

/// Owns jobs: it alone says what happened to them and acts on them. Lives on the hub's thread (what works elsewhere
/// keeps a stand-in there) and must answer every request exactly once, now or later.
class Source
{
public:
    virtual ~Source() = default;
    virtual void handle(const Request &request, Reply reply) = 0;
    /// It also wants what is emitted for its jobs, to publish it by itself: it alone knows what in it is secret.
    [[nodiscard]] virtual bool hidesSecrets() const { return false; }
};

} // namespace stepwire
