#pragma once

#include "core/model/request.h"
#include "core/serve/access/scope.h"

namespace stepwire {

/// What the operator lets clients of the web carriers start.
struct RemotePolicy
{
    bool commands = false; ///< bare commands
    bool allPipelines = false; ///< also those that are not marked `remote = true`
};

/// The request as a client of the web may make it, or why it may not (code `notAllowed`, one sentence). Everything that
/// starts something carries afterwards that it came from there (`fromRemote`), so that the engine refuses what is not
/// marked. To be asked for every request of every web carrier.
[[nodiscard]] Result<Request> permit(Request request, const Principal &principal, const RemotePolicy &policy);

/// The protocol's name of a request, such as `job.run`.
[[nodiscard]] QString methodName(const Request &request);

} // namespace stepwire
