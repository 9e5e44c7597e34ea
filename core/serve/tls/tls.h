#pragma once

#include "core/model/result.h"
#include "core/serve/io/connection.h"

#include <QObject>

#include <memory>

namespace stepwire {

/// A server's certificate and key, and how it speaks TLS: 1.2 at least, no renegotiation, no compression. For one
/// thread at a time; streams keep what they need of it.
class TlsContext
{
public:
    /// The certificate file (PEM) holds the server's first and then those between it and the root. Fails with one
    /// sentence that names the file.
    [[nodiscard]] static Result<TlsContext> create(const QString &certificateFile, const QString &keyFile);

    /// The encrypting stream of an accepted, non-blocking descriptor, which stays the caller's and may be closed first.
    /// Null when memory has run out.
    [[nodiscard]] std::unique_ptr<io::Stream> wrap(int descriptor) const;

private:
    struct Context;
    explicit TlsContext(std::shared_ptr<Context> context) : m_context(std::move(context)) { }

    std::shared_ptr<Context> m_context;
};

/// Ends what OpenSSL keeps for the thread on which it is destroyed. To be the last thing there that uses it: left to
/// the thread's own end, it is taken apart while the process ends on another thread.
class OpenSslThread : public QObject
{
public:
    ~OpenSslThread() override;
};

} // namespace stepwire
