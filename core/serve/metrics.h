#pragma once

#include "core/hub/hub.h"
#include "core/serve/io/reactor.h"

#include <vector>

namespace stepwire {

/// What one carrier tells of itself.
struct CarrierMetrics
{
    const char *carrier;
    std::size_t clients = 0;
    quint64 thinned = 0; ///< times something was left out for a client that was behind
    quint64 resyncs = 0; ///< snapshots given to clients that were too far behind
};

/// The hub's figures in Prometheus' text format 0.0.4.
[[nodiscard]] QByteArray metricsText(const Hub &hub, const io::Reactor &reactor,
                                     const std::vector<CarrierMetrics> &carriers, quint64 requests,
                                     quint64 refusedRequests);

} // namespace stepwire
