#pragma once

#include "core/hub/sqlite_journal.h"
#include "core/wire/native/native.h"

#include <QJsonDocument>

namespace stepwire::test {

/// As the program's own journal is written.
[[nodiscard]] inline EventCodec nativeCodec()
{
    const auto object = [](QByteArrayView json) {
        return QJsonDocument::fromJson(QByteArray::fromRawData(json.data(), json.size())).object();
    };
    return {[](const Event &event) { return native::encodeEvent(event); },
            [object](QByteArrayView json) { return native::decodeEvent(object(json)); }, native::encodeJob,
            [object](QByteArrayView json) { return native::decodeJob(object(json)); }};
}

} // namespace stepwire::test
