#pragma once

#include "core/model/event.h"
#include "core/model/request.h"
#include "core/model/snapshot.h"

#include <QByteArray>
#include <QJsonObject>

namespace stepwire::native {

// Stepwire protocol 1 (docs/PROTOCOL.md): events, jobs and JSON-RPC 2.0 messages as UTF-8 JSON without line breaks.
// Pure functions; encoders give whole values, decoders refuse what does not fit with one sentence.

/// What a hub says of itself before anything else.
struct Hello
{
    int version = 1;
    QString server;
    QString hub;
    QString host;
    QString epoch;
    quint64 seq = 0;
    QString scope;
    QString socketDir; ///< where event sockets are made
    QString degraded; ///< why nothing is kept in the journal; empty while all is
};

/// An event object; `skipped` tells how many events before it the reader was not sent.
[[nodiscard]] QByteArray encodeEvent(const Event &event, quint64 skipped = 0);
[[nodiscard]] QByteArray encodeJob(const Job &job);
/// The members `epoch`, `seq` and `jobs` of a snapshot, with `"type":"snapshot"` first when `typed`.
[[nodiscard]] QByteArray encodeSnapshot(const Snapshot &snapshot, bool typed);

/// `{"jsonrpc":"2.0","method":…,"params":…}` around an encoded value, with `suffix` behind it.
[[nodiscard]] QByteArray notification(const char *method, const QByteArray &params, const char *suffix = "");
[[nodiscard]] QByteArray helloParams(const Hello &hello);
[[nodiscard]] QByteArray result(const QJsonValue &id, const QByteArray &value);
[[nodiscard]] QByteArray result(const QJsonValue &id, const Answer &answer);
[[nodiscard]] QByteArray error(const QJsonValue &id, const Error &error);

[[nodiscard]] Result<Event> decodeEvent(const QJsonObject &object);
[[nodiscard]] Result<Job> decodeJob(const QJsonObject &object);
[[nodiscard]] Result<Snapshot> decodeSnapshot(const QJsonObject &object);
[[nodiscard]] Result<Hello> decodeHello(const QJsonObject &object);

[[nodiscard]] Result<UnixMs> decodeTime(const QString &text);

} // namespace stepwire::native
