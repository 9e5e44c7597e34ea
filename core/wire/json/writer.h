#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <optional>

namespace stepwire::json {

/// Writes JSON (RFC 8259) member by member into one byte array, in the order given: no tree in between. The caller
/// opens and closes; commas are the writer's.
class Writer
{
public:
    explicit Writer(QByteArray &out) : m_out(out) { }

    void beginObject();
    void endObject();
    void beginArray();
    void endArray();
    void key(const char *name);

    void string(QStringView value);
    void number(double value);
    void integer(qint64 value);
    void boolean(bool value);
    void null();
    void value(const QJsonValue &value);
    /// UTC milliseconds as `2026-11-21T02:31:07.412Z`.
    void time(qint64 unixMs);

    void member(const char *name, QStringView value)
    {
        key(name);
        string(value);
    }
    void member(const char *name, double value)
    {
        key(name);
        number(value);
    }
    void member(const char *name, int value)
    {
        key(name);
        integer(value);
    }
    void member(const char *name, qint64 value)
    {
        key(name);
        integer(value);
    }
    void member(const char *name, quint64 value)
    {
        key(name);
        integer(static_cast<qint64>(value));
    }
    void member(const char *name, bool value)
    {
        key(name);
        boolean(value);
    }
    void member(const char *name, const QJsonValue &json)
    {
        key(name);
        value(json);
    }

    template <class T>
    void optionalMember(const char *name, const std::optional<T> &maybe)
    {
        if (maybe)
            member(name, *maybe);
    }
    void optionalMember(const char *name, const QString &text)
    {
        if (!text.isEmpty())
            member(name, QStringView(text));
    }

private:
    void comma();
    [[nodiscard]] bool plainString(QStringView value);

    QByteArray &m_out;
    bool m_needsComma = false;
};

} // namespace stepwire::json
