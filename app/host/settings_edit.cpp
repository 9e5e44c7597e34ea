#include "app/host/settings_edit.h"

#include "core/model/quote.h"

#include <QLocale>

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace stepwire {

namespace {

std::string utf8(const QString &text)
{
    return text.toStdString();
}

QString dotted(const QStringList &path)
{
    return path.join(u'.');
}

bool isBareCharacter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

QByteArray basicString(const QString &text)
{
    QByteArray out = "\"";
    for (const char c : text.toUtf8()) {
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                out += "\\u00" + QByteArray(1, c).toHex().toUpper();
            else
                out += c;
        }
    }
    return out + '"';
}

QByteArray keyText(const QString &key)
{
    const QByteArray bytes = key.toUtf8();
    return !bytes.isEmpty() && std::all_of(bytes.begin(), bytes.end(), isBareCharacter) ? bytes : basicString(key);
}

QByteArray keyText(const QStringList &keys)
{
    QByteArrayList texts;
    for (const QString &key : keys)
        texts.append(keyText(key));
    return texts.join('.');
}

struct ValueText
{
    QByteArray operator()(bool value) const { return value ? "true" : "false"; }
    QByteArray operator()(qint64 value) const { return QByteArray::number(value); }
    QByteArray operator()(double value) const
    {
        if (std::isnan(value))
            return "nan";
        if (std::isinf(value))
            return value < 0 ? "-inf" : "inf";
        QByteArray text = QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
        if (!text.contains('.') && !text.contains('e'))
            text += ".0";
        return text;
    }
    QByteArray operator()(const QString &value) const { return basicString(value); }
    QByteArray operator()(const QStringList &values) const
    {
        QByteArrayList texts;
        for (const QString &value : values)
            texts.append(basicString(value));
        return '[' + texts.join(", ") + ']';
    }
};

struct PutValue
{
    toml::table &table;
    std::string key;

    void operator()(bool value) const { table.insert_or_assign(key, value); }
    void operator()(qint64 value) const { table.insert_or_assign(key, static_cast<int64_t>(value)); }
    void operator()(double value) const { table.insert_or_assign(key, value); }
    void operator()(const QString &value) const { table.insert_or_assign(key, utf8(value)); }
    void operator()(const QStringList &values) const
    {
        toml::array array;
        for (const QString &value : values)
            array.push_back(utf8(value));
        table.insert_or_assign(key, std::move(array));
    }
};

/// As toml++ compares, but that NaN is itself.
bool isSame(const toml::node &one, const toml::node &other)
{
    if (one.type() != other.type())
        return false;
    if (const toml::table *table = one.as_table()) {
        const toml::table &with = *other.as_table();
        return table->size() == with.size() && std::all_of(table->begin(), table->end(), [&with](const auto &entry) {
                   const toml::node *match = with.get(entry.first.str());
                   return match && isSame(entry.second, *match);
               });
    }
    if (const toml::array *array = one.as_array()) {
        const toml::array &with = *other.as_array();
        for (std::size_t i = 0; i < array->size() && i < with.size(); ++i) {
            if (!isSame((*array)[i], with[i]))
                return false;
        }
        return array->size() == with.size();
    }
    if (one.is_floating_point() && std::isnan(one.ref<double>()) && std::isnan(other.ref<double>()))
        return true;
    return one.visit([&other](const auto &value) {
        if constexpr (toml::is_value<decltype(value)>)
            return value.get() == other.ref<std::remove_cvref_t<decltype(value.get())>>();
        else
            return false;
    });
}

/// `key = value` somewhere in the text, with the places of its parts.
struct Entry
{
    QStringList path; ///< from the top
    QStringList written; ///< as it stands there, relative to its table
    qsizetype start = 0; ///< of the key
    qsizetype valueStart = 0;
    qsizetype valueEnd = 0;
    qsizetype statement = 0; ///< where the statement starts that has it, itself unless it is within an inline table
    int section = 0;
    bool isInline = false; ///< stands in an inline table
    bool hasTable = false; ///< its value is an inline table
    bool isEmpty = true; ///< and that has nothing within
    QByteArrayList comments; ///< within the value
};

/// A header with what it heads; the first section is the top, which has none.
struct Section
{
    QStringList path;
    qsizetype header = 0;
    qsizetype headerEnd = 0;
    bool inArray = false; ///< `[[…]]` or within one: nothing here has a path
};

/// Where everything stands in a text that is known to be valid TOML. (The positions of toml++ count characters, and
/// say nothing of the commas and comments around.)
class Scanner
{
public:
    explicit Scanner(QByteArrayView text) : m_text(text) { }

    void scan()
    {
        if (m_text.startsWith("\xEF\xBB\xBF"))
            m_at = 3;
        Section top;
        top.header = top.headerEnd = m_at;
        m_sections.push_back(top);
        while (skipBlank(), m_at < m_text.size()) {
            if (peek() == '[') {
                header();
            } else {
                m_statement = m_at;
                entry(m_sections.back().path, false);
            }
        }
    }

    [[nodiscard]] const std::vector<Section> &sections() const { return m_sections; }
    [[nodiscard]] const std::vector<Entry> &entries() const { return m_entries; }

private:
    [[nodiscard]] char peek(qsizetype ahead = 0) const
    {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
    }

    /// Blanks, line ends and comments, which are noted where a value is being read.
    void skipBlank(QByteArrayList *comments = nullptr)
    {
        for (; m_at < m_text.size(); ++m_at) {
            const char c = peek();
            if (c == '#') {
                const qsizetype start = m_at;
                while (m_at < m_text.size() && peek() != '\n')
                    ++m_at;
                if (comments)
                    comments->append(m_text.sliced(start, m_at - start).toByteArray().trimmed());
            }
            if (m_at >= m_text.size() || (peek() != ' ' && peek() != '\t' && peek() != '\r' && peek() != '\n'))
                return;
        }
    }

    /// The piece of text of a string in quotes of any kind.
    QByteArrayView quotedString()
    {
        const qsizetype start = m_at;
        const char quote = peek();
        const bool isLong = peek(1) == quote && peek(2) == quote;
        m_at += isLong ? 3 : 1;
        while (m_at < m_text.size()) {
            if (quote == '"' && peek() == '\\') {
                m_at += 2;
            } else if (peek() != quote) {
                ++m_at;
            } else if (!isLong) {
                ++m_at;
                break;
            } else if (peek(1) == quote && peek(2) == quote) {
                // Up to two quotes more belong to the text.
                m_at += 3;
                for (int i = 0; i < 2 && peek() == quote; ++i)
                    ++m_at;
                break;
            } else {
                ++m_at;
            }
        }
        return m_text.sliced(start, std::min(m_at, m_text.size()) - start);
    }

    QString key()
    {
        if (peek() == '"' || peek() == '\'') {
            const QByteArrayView raw = quotedString();
            const std::string line = "k = " + std::string(raw.data(), static_cast<std::size_t>(raw.size()));
            return QString::fromStdString(toml::parse(line)["k"].value_or(std::string()));
        }
        const qsizetype start = m_at;
        while (m_at < m_text.size() && isBareCharacter(peek()))
            ++m_at;
        return QString::fromUtf8(m_text.sliced(start, m_at - start));
    }

    QStringList keys()
    {
        QStringList keys;
        for (;;) {
            skipBlank();
            const qsizetype before = m_at;
            keys.append(key());
            const qsizetype end = m_at;
            skipBlank();
            if (peek() != '.' || m_at == before) {
                m_at = end;
                return keys;
            }
            ++m_at;
        }
    }

    void header()
    {
        Section section;
        section.header = m_at;
        const bool isArray = peek(1) == '[';
        m_at += isArray ? 2 : 1;
        section.path = keys();
        skipBlank();
        m_at += isArray ? 2 : 1;
        section.headerEnd = std::min(m_at, m_text.size());
        if (isArray)
            m_arrays.append(section.path);
        for (const QStringList &array : m_arrays)
            section.inArray =
                section.inArray || section.path.first(std::min(array.size(), section.path.size())) == array;
        m_sections.push_back(section);
    }

    void entry(const QStringList &parent, bool isInline)
    {
        Entry entry;
        entry.start = m_at;
        entry.statement = m_statement;
        entry.section = static_cast<int>(m_sections.size()) - 1;
        entry.isInline = isInline;
        entry.written = keys();
        entry.path = parent + entry.written;
        skipBlank();
        ++m_at; // =
        skipBlank();
        entry.valueStart = m_at;
        const std::size_t place = m_entries.size();
        m_entries.push_back(entry);
        if (peek() == '{') {
            entry.hasTable = true;
            inlineTable(entry.path, entry.comments);
            entry.isEmpty = m_entries.size() == place + 1;
        } else {
            value(entry.comments);
        }
        entry.valueEnd = std::min(m_at, m_text.size());
        m_entries[place] = entry;
    }

    void inlineTable(const QStringList &path, QByteArrayList &comments)
    {
        ++m_at;
        while (skipBlank(&comments), m_at < m_text.size() && peek() != '}') {
            if (peek() == ',') {
                ++m_at;
                continue;
            }
            const std::size_t place = m_entries.size();
            entry(path, true);
            comments += m_entries[place].comments;
        }
        ++m_at;
    }

    void value(QByteArrayList &comments)
    {
        if (peek() == '"' || peek() == '\'') {
            quotedString();
        } else if (peek() == '[' || peek() == '{') {
            // What stands in an array has no path of its own.
            const char end = peek() == '[' ? ']' : '}';
            ++m_at;
            while (skipBlank(&comments), m_at < m_text.size() && peek() != end) {
                if (peek() == ',' || peek() == '=' || peek() == '.')
                    ++m_at;
                else
                    value(comments);
            }
            ++m_at;
        } else {
            const qsizetype start = m_at;
            while (m_at < m_text.size() && !QByteArrayView(",]}#\r\n=").contains(peek()))
                ++m_at;
            if (m_at == start)
                ++m_at; // never so in valid TOML
            while (m_at > start + 1 && (m_text[m_at - 1] == ' ' || m_text[m_at - 1] == '\t'))
                --m_at;
        }
    }

    QByteArrayView m_text;
    qsizetype m_at = 0;
    qsizetype m_statement = 0;
    std::vector<Section> m_sections;
    std::vector<Entry> m_entries;
    QList<QStringList> m_arrays;
};

Result<toml::table> parsed(QByteArrayView text)
{
    try {
        return toml::parse(std::string_view(text.data(), static_cast<std::size_t>(text.size())));
    } catch (const toml::parse_error &error) {
        const std::string_view why = error.description();
        return fail(QStringLiteral("%1:%2: not valid TOML: %3")
                        .arg(error.source().begin.line)
                        .arg(error.source().begin.column)
                        .arg(QString::fromUtf8(why.data(), static_cast<qsizetype>(why.size()))));
    }
}

/// One edit of one text.
class Edit
{
public:
    explicit Edit(QByteArrayView text) : m_text(text.toByteArray()), m_scanner(m_text)
    {
        m_scanner.scan();
        const qsizetype at = m_text.indexOf('\n');
        m_lineEnd = at > 0 && m_text[at - 1] == '\r' ? "\r\n" : "\n";
    }

    [[nodiscard]] QByteArray set(const QStringList &path, const QByteArray &value)
    {
        for (const Entry &entry : m_scanner.entries()) {
            if (entry.path == path && isReachable(entry))
                return replace(entry, value);
        }
        const QStringList parent = path.first(path.size() - 1);
        const auto &sections = m_scanner.sections();
        for (std::size_t i = 0; i < sections.size(); ++i) {
            if (sections[i].path == parent && !sections[i].inArray)
                return intoSection(static_cast<int>(i), keyText(path.last()) + " = " + value);
        }
        for (qsizetype depth = parent.size(); depth > 0; --depth) {
            const QStringList above = parent.first(depth);
            if (const Entry *table = inlineTable(above))
                return intoInlineTable(*table, keyText(path.sliced(depth)) + " = " + value);
            if (const Entry *sibling = lastDotted(above)) {
                const QStringList key = path.sliced(sibling->path.size() - sibling->written.size());
                const QByteArray statement = keyText(key) + " = " + value;
                return sibling->isInline ? splice(sibling->valueEnd, sibling->valueEnd, ", " + statement)
                                         : behind(*sibling, statement);
            }
        }
        return atEnd('[' + keyText(parent) + ']' + m_lineEnd + keyText(path.last()) + " = " + value);
    }

    [[nodiscard]] QByteArray remove(const QStringList &path)
    {
        for (const Entry &entry : m_scanner.entries()) {
            if (entry.path == path && isReachable(entry))
                return entry.isInline ? removeInline(entry) : removeLine(entry);
        }
        return m_text;
    }

private:
    [[nodiscard]] bool isReachable(const Entry &entry) const
    {
        return !m_scanner.sections()[static_cast<std::size_t>(entry.section)].inArray;
    }

    [[nodiscard]] QByteArray splice(qsizetype from, qsizetype to, const QByteArray &with) const
    {
        return m_text.first(from) + with + m_text.sliced(to);
    }

    [[nodiscard]] qsizetype lineStart(qsizetype at) const { return at == 0 ? 0 : m_text.lastIndexOf('\n', at - 1) + 1; }

    /// Behind the line's end, or the end of a text that has none there.
    [[nodiscard]] qsizetype nextLine(qsizetype at) const
    {
        const qsizetype end = m_text.indexOf('\n', at);
        return end < 0 ? m_text.size() : end + 1;
    }

    [[nodiscard]] QByteArray indentation(qsizetype at) const
    {
        const qsizetype start = lineStart(at);
        qsizetype end = start;
        while (end < at && (m_text[end] == ' ' || m_text[end] == '\t'))
            ++end;
        return m_text.sliced(start, end - start);
    }

    /// Comments that stood within a value which goes move above its line.
    [[nodiscard]] QByteArray kept(const Entry &entry) const
    {
        QByteArray lines;
        for (const QByteArray &comment : entry.comments)
            lines += indentation(entry.statement) + comment + m_lineEnd;
        return lines;
    }

    [[nodiscard]] QByteArray replace(const Entry &entry, const QByteArray &value) const
    {
        const qsizetype line = lineStart(entry.statement);
        return m_text.first(line) + kept(entry) + m_text.sliced(line, entry.valueStart - line) + value
            + m_text.sliced(entry.valueEnd);
    }

    /// `statement` on a line of its own that starts at `at`, the start of a line or the end of the text.
    [[nodiscard]] QByteArray asLine(qsizetype at, const QByteArray &statement, const QByteArray &behind = {}) const
    {
        const bool open = at > 0 && m_text[at - 1] != '\n';
        return splice(at, at, (open ? m_lineEnd : QByteArray()) + statement + m_lineEnd + behind);
    }

    [[nodiscard]] QByteArray behind(const Entry &entry, const QByteArray &statement) const
    {
        return asLine(nextLine(entry.valueEnd), indentation(entry.statement) + statement);
    }

    [[nodiscard]] QByteArray intoSection(int index, const QByteArray &statement) const
    {
        const Entry *last = nullptr;
        for (const Entry &entry : m_scanner.entries()) {
            if (entry.section == index && !entry.isInline)
                last = &entry;
        }
        if (last)
            return behind(*last, statement);
        const auto &sections = m_scanner.sections();
        const Section &section = sections[static_cast<std::size_t>(index)];
        if (index > 0)
            return asLine(nextLine(section.headerEnd), indentation(section.header) + statement);
        if (sections.size() == 1)
            return asLine(m_text.size(), statement);
        // The comment above the first header is that table's.
        qsizetype at = lineStart(sections[1].header);
        while (at > section.headerEnd) {
            const qsizetype above = std::max(lineStart(at - 1), section.headerEnd);
            if (!m_text.sliced(above, at - above).trimmed().startsWith('#'))
                break;
            at = above;
        }
        return splice(at, at, statement + m_lineEnd + m_lineEnd);
    }

    [[nodiscard]] QByteArray atEnd(const QByteArray &lines) const
    {
        const bool apart = m_text.trimmed().isEmpty() || m_text.endsWith("\n\n") || m_text.endsWith("\n\r\n");
        return asLine(m_text.size(), (apart ? QByteArray() : m_lineEnd) + lines);
    }

    [[nodiscard]] const Entry *inlineTable(const QStringList &path) const
    {
        for (const Entry &entry : m_scanner.entries()) {
            if (entry.hasTable && entry.path == path && isReachable(entry))
                return &entry;
        }
        return nullptr;
    }

    /// The last entry whose dotted key goes through the table.
    [[nodiscard]] const Entry *lastDotted(const QStringList &path) const
    {
        const Entry *last = nullptr;
        for (const Entry &entry : m_scanner.entries()) {
            const qsizetype table = entry.path.size() - entry.written.size();
            if (table < path.size() && path.size() < entry.path.size() && entry.path.first(path.size()) == path
                && isReachable(entry))
                last = &entry;
        }
        return last;
    }

    [[nodiscard]] QByteArray intoInlineTable(const Entry &table, const QByteArray &statement) const
    {
        if (table.isEmpty)
            return splice(table.valueStart, table.valueEnd, "{ " + statement + " }");
        qsizetype at = table.valueEnd - 1;
        while (m_text[at - 1] == ' ' || m_text[at - 1] == '\t')
            --at;
        return splice(at, at, ", " + statement);
    }

    [[nodiscard]] QByteArray removeLine(const Entry &entry) const
    {
        const qsizetype line = lineStart(entry.start);
        const qsizetype end = nextLine(entry.valueEnd);
        const QByteArray rest = m_text.sliced(entry.valueEnd, end - entry.valueEnd);
        const QByteArray comment =
            rest.trimmed().isEmpty() ? QByteArray() : indentation(entry.start) + rest.sliced(rest.indexOf('#'));
        return splice(line, end, kept(entry) + comment);
    }

    [[nodiscard]] QByteArray removeInline(const Entry &entry) const
    {
        const auto isBlank = [this](qsizetype at) { return m_text[at] == ' ' || m_text[at] == '\t'; };
        qsizetype from = entry.start;
        qsizetype to = entry.valueEnd;
        while (to < m_text.size() && isBlank(to))
            ++to;
        if (to < m_text.size() && m_text[to] == ',') {
            ++to;
            while (to < m_text.size() && isBlank(to))
                ++to;
        } else {
            qsizetype comma = from;
            while (comma > 0 && isBlank(comma - 1))
                --comma;
            if (comma > 0 && m_text[comma - 1] == ',') {
                from = comma - 1;
                to = entry.valueEnd;
            }
        }
        const qsizetype line = lineStart(entry.statement);
        return m_text.first(line) + kept(entry) + m_text.sliced(line, from - line) + m_text.sliced(to);
    }

    QByteArray m_text;
    Scanner m_scanner;
    QByteArray m_lineEnd;
};

/// The table that has the last key of the path; nothing when it is not there, an error when something else is.
Result<toml::table *> parentTable(toml::table &top, const QStringList &path, bool make)
{
    toml::table *table = &top;
    for (qsizetype i = 0; i + 1 < path.size(); ++i) {
        const std::string key = utf8(path.at(i));
        if (!table->contains(key)) {
            if (!make)
                return nullptr;
            table->insert(key, toml::table());
        }
        toml::node &node = *table->get(key);
        if (!node.is_table())
            return fail(QStringLiteral("%1:%2: %3 is no table, so %4 cannot be in it")
                            .arg(node.source().begin.line)
                            .arg(node.source().begin.column)
                            .arg(dotted(path.first(i + 1)), dotted(path)));
        table = node.as_table();
    }
    const toml::node *old = table->get(utf8(path.last()));
    if (old && (old->is_table() || old->is_array_of_tables()))
        return fail(QStringLiteral("%1:%2: %3 is a table, expected a value")
                        .arg(old->source().begin.line)
                        .arg(old->source().begin.column)
                        .arg(dotted(path)));
    return table;
}

/// Tables that have lost their last key and whose only mention it was are gone.
void dropEmpty(toml::table &expected, const toml::table &actual, const QStringList &path, qsizetype depth = 0)
{
    if (depth + 1 >= path.size())
        return;
    const std::string key = utf8(path.at(depth));
    toml::node *node = expected.get(key);
    const toml::node *seen = actual.get(key);
    if (!node || !node->is_table())
        return;
    static const toml::table none;
    dropEmpty(*node->as_table(), seen && seen->is_table() ? *seen->as_table() : none, path, depth + 1);
    if (node->as_table()->empty() && !seen)
        expected.erase(key);
}

Result<QByteArray> checked(QByteArray edited, toml::table expected, const QStringList &path)
{
    const Result<toml::table> again = parsed(edited);
    if (again)
        dropEmpty(expected, *again, path);
    if (!again || !isSame(*again, expected))
        return fail(code::internalError,
                    QStringLiteral("%1 cannot be changed without changing more, change it by hand").arg(dotted(path)));
    return edited;
}

Result<void> checkPath(const QStringList &path)
{
    if (path.isEmpty() || path.contains(QString()))
        return fail(QStringLiteral("%1 is no key of the settings").arg(quoted(dotted(path))));
    return {};
}

} // namespace

Result<QByteArray> setSetting(QByteArrayView toml, const QStringList &keyPath, const SettingValue &value)
{
    if (const Result<void> fits = checkPath(keyPath); !fits)
        return tl::unexpected(fits.error());
    Result<toml::table> top = parsed(toml);
    if (!top)
        return tl::unexpected(top.error());
    const Result<toml::table *> parent = parentTable(*top, keyPath, true);
    if (!parent)
        return tl::unexpected(parent.error());
    const std::string key = utf8(keyPath.last());
    toml::table wanted;
    std::visit(PutValue{wanted, key}, value);
    const toml::node *old = (*parent)->get(key);
    if (old && isSame(*old, *wanted.get(key)))
        return toml.toByteArray();
    std::visit(PutValue{**parent, key}, value);
    return checked(Edit(toml).set(keyPath, std::visit(ValueText(), value)), std::move(*top), keyPath);
}

Result<QByteArray> removeSetting(QByteArrayView toml, const QStringList &keyPath)
{
    if (const Result<void> fits = checkPath(keyPath); !fits)
        return tl::unexpected(fits.error());
    Result<toml::table> top = parsed(toml);
    if (!top)
        return tl::unexpected(top.error());
    const Result<toml::table *> parent = parentTable(*top, keyPath, false);
    if (!parent)
        return tl::unexpected(parent.error());
    const std::string key = utf8(keyPath.last());
    if (!*parent || !(*parent)->contains(key))
        return toml.toByteArray();
    (*parent)->erase(key);
    return checked(Edit(toml).remove(keyPath), std::move(*top), keyPath);
}

} // namespace stepwire
