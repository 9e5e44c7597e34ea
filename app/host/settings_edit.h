#pragma once

#include "core/model/result.h"

#include <QByteArray>
#include <QStringList>

#include <variant>

namespace stepwire {

/// What one key of `config.toml` can be given.
using SettingValue = std::variant<bool, qint64, double, QString, QStringList>;

// Pure edits of the text of `config.toml`, a file that a person writes: one value changes, and every comment, blank
// line, unknown key and line ending stays as it was, byte for byte. A text that is not valid TOML is refused with the
// place of the fault. What comes out has been parsed again: nothing but that key is different.

/// A key that is not there yet stands behind the last one of its table, a table that is not there at the end.
[[nodiscard]] Result<QByteArray> setSetting(QByteArrayView toml, const QStringList &keyPath, const SettingValue &value);

/// The comment behind the value keeps its line. A key that is not there is no error.
[[nodiscard]] Result<QByteArray> removeSetting(QByteArrayView toml, const QStringList &keyPath);

} // namespace stepwire
