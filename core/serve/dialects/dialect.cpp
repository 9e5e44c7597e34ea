#include "core/serve/dialects/dialect.h"

#include "core/model/quote.h"
#include "core/serve/dialects/dotfiles/dotfiles_dialect.h"
#include "core/serve/dialects/frappe/frappe_dialect.h"
#include "core/serve/dialects/mutant/mutant_dialect.h"
#include "core/serve/dialects/slop/slop_dialect.h"

#include <algorithm>

namespace stepwire {

const std::vector<DialectKind> &dialectKinds()
{
    static const std::vector<DialectKind> kinds{
        {"dotfiles", "dotfiles-socket over TCP, and dotfiles-daemon", 0, dotfiles_daemon::DotfilesDialect::make},
        {"frappe", "Frappe realtime", 3000, &makeFrappeDialect},
        {"mutant", "MutAnt's daemon", 3030, mutant::MutantDialect::make},
        {"slop", "Slop Studios 3", slop::SlopDialect::usualPort, &slop::SlopDialect::create},
    };
    return kinds;
}

Result<std::unique_ptr<Dialect>> makeDialect(Dialect::Setup setup)
{
    const std::vector<DialectKind> &kinds = dialectKinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const DialectKind &k) { return setup.settings.name == QLatin1String(k.name); });
    if (kind == kinds.end()) {
        QStringList names;
        for (const DialectKind &k : kinds)
            names.append(QLatin1String(k.name));
        return fail(code::invalidParams,
                    QStringLiteral("there is no dialect %1, expected one of %2")
                        .arg(quoted(setup.settings.name), names.join(u", ")));
    }
    if (!QHostAddress(setup.settings.address).isLoopback())
        return fail(code::invalidParams,
                    QStringLiteral("dialect %1 listens on %2, expected an address of this machine's loopback")
                        .arg(setup.settings.name, quoted(setup.settings.address)));
    if (setup.settings.port == 0)
        setup.settings.port = kind->port;
    return kind->make(setup);
}

} // namespace stepwire
