#include "core/serve/dialects/frappe/frappe_site.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QJsonArray>
#include <QRegularExpression>

namespace stepwire {

using namespace Qt::StringLiterals;

namespace frappe_room {

QString user(const QString &name)
{
    return u"user:"_s + name;
}

QString doctype(const QString &doctype)
{
    return u"doctype:"_s + doctype;
}

QString document(const QString &doctype, const QString &name)
{
    return u"doc:"_s + doctype + u'/' + name;
}

QString openDocument(const QString &doctype, const QString &name)
{
    return u"open_doc:"_s + doctype + u'/' + name;
}

QString task(const QString &id)
{
    return u"task_progress:"_s + id;
}

QString website()
{
    return u"website"_s;
}

QString all()
{
    return u"all"_s;
}

} // namespace frappe_room

namespace {

tl::unexpected<Error> wrong(const QString &place, const QJsonValue &value, const QString &expected)
{
    return fail(code::invalidParams, u"dialects.frappe.%1 is %2, expected %3"_s.arg(place, quoted(value), expected));
}

/// Reads members of a table; keeps the first fault.
class Table
{
public:
    Table(const QJsonObject &members, QString place, std::optional<Error> &fault)
        : m_members(members), m_place(std::move(place)), m_fault(fault)
    {
    }

    [[nodiscard]] QString text(const char *name, const QString &otherwise = {})
    {
        const QJsonValue value = take(name);
        if (value.isUndefined())
            return otherwise;
        const QString text = value.toString();
        if (!value.isString() || text.isEmpty() || text.size() > 140)
            complain(name, value, u"a text of 1 to 140 characters"_s);
        return text;
    }
    [[nodiscard]] bool truth(const char *name)
    {
        const QJsonValue value = take(name);
        if (!value.isUndefined() && !value.isBool())
            complain(name, value, u"true or false"_s);
        return value.toBool();
    }
    [[nodiscard]] std::optional<FrappeSite::Shows> shows(const char *name)
    {
        const QJsonValue value = take(name);
        if (value.isUndefined())
            return std::nullopt;
        const QString word = value.toString();
        if (word == u"ai_progress")
            return FrappeSite::Shows::AiProgress;
        if (word == u"progress")
            return FrappeSite::Shows::Progress;
        if (word != u"both")
            complain(name, value, u"\"ai_progress\", \"progress\" or \"both\""_s);
        return FrappeSite::Shows::Both;
    }
    [[nodiscard]] std::optional<QStringList> texts(const char *name)
    {
        const QJsonValue value = take(name);
        if (value.isUndefined())
            return std::nullopt;
        QStringList list;
        bool right = value.isArray();
        for (const QJsonArray array = value.toArray(); const QJsonValue &each : array) {
            right = right && each.isString();
            list.append(each.toString());
        }
        if (!right)
            complain(name, value, u"a list of texts"_s);
        return list;
    }
    [[nodiscard]] QJsonObject table(const char *name)
    {
        const QJsonValue value = take(name);
        if (!value.isUndefined() && !value.isObject())
            complain(name, value, u"a table"_s);
        return value.toObject();
    }
    void complain(const QString &name, const QJsonValue &value, const QString &expected)
    {
        if (!m_fault)
            m_fault = wrong(m_place + name, value, expected).value();
    }
    void complain(const char *name, const QJsonValue &value, const QString &expected)
    {
        complain(QString(QLatin1String(name)), value, expected);
    }
    /// What nobody has asked for is not known.
    void end()
    {
        for (auto it = m_members.begin(); it != m_members.end() && !m_fault; ++it) {
            if (!m_known.contains(it.key()))
                m_fault = Error{
                    code::invalidParams,
                    u"dialects.frappe.%1 is unknown, expected one of %2"_s.arg(m_place + it.key(), m_known.join(u", ")),
                    {}};
        }
    }

private:
    [[nodiscard]] QJsonValue take(const char *name)
    {
        m_known.append(QLatin1String(name));
        return m_members.value(QLatin1String(name));
    }

    const QJsonObject m_members;
    QString m_place;
    std::optional<Error> &m_fault;
    QStringList m_known;
};

bool isMethodName(const QString &name)
{
    static const QRegularExpression form(u"^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$"_s);
    return name.size() <= 140 && form.match(name).hasMatch();
}

} // namespace

Result<FrappeSite> FrappeSite::read(const QJsonObject &members)
{
    FrappeSite site;
    std::optional<Error> fault;
    Table top(members, {}, fault);
    site.name = top.text("site");
    if (site.name.contains(u'/') || site.name.contains(u',') || site.name.contains(u'?'))
        top.complain("site", site.name, u"a name such as \"site1.local\""_s);
    site.user = top.text("user", u"Administrator"_s);
    site.shows = top.shows("shows").value_or(Shows::Both);
    site.evalJs = top.truth("eval_js");
    site.poll = top.text("poll", u"ai_assistant.api.get_progress"_s);
    if (!isMethodName(site.poll))
        top.complain("poll", site.poll, u"a method such as \"ai_assistant.api.get_progress\""_s);
    const QJsonObject users = top.table("users");
    const QJsonObject pipelines = top.table("pipelines");
    const QJsonObject methods = top.table("methods");
    top.end();
    for (auto it = users.begin(); it != users.end(); ++it) {
        Table table(it.value().toObject(), u"users.%1."_s.arg(quoted(it.key())), fault);
        User user;
        const QString type = table.text("type", u"System User"_s);
        user.system = type == u"System User";
        if (!user.system && type != u"Website User")
            table.complain("type", type, u"\"System User\" or \"Website User\""_s);
        user.doctypes = table.texts("doctypes");
        table.end();
        if (it.key() == u"Guest" || it.key().size() > 140)
            top.complain(u"users"_s, it.key(), u"names of users that log in"_s);
        site.users.emplace(it.key(), std::move(user));
    }
    site.users.try_emplace(site.user);
    for (auto it = pipelines.begin(); it != pipelines.end(); ++it) {
        Table table(it.value().toObject(), u"pipelines.%1."_s.arg(quoted(it.key())), fault);
        Pipeline pipeline;
        pipeline.user = table.text("user");
        if (!pipeline.user.isEmpty() && site.users.count(pipeline.user) == 0)
            table.complain("user", pipeline.user, u"one of dialects.frappe.users"_s);
        pipeline.doctype = table.text("doctype");
        pipeline.docname = table.text("docname");
        if (pipeline.doctype.isEmpty() != pipeline.docname.isEmpty())
            table.complain("docname", pipeline.docname, u"doctype and docname together"_s);
        pipeline.shows = table.shows("shows");
        table.end();
        site.pipelines.emplace(it.key(), std::move(pipeline));
    }
    for (auto it = methods.begin(); it != methods.end(); ++it) {
        Table table(it.value().toObject(), u"methods.%1."_s.arg(quoted(it.key())), fault);
        if (!isMethodName(it.key()) || it.key().startsWith(u"frappe.") || it.key() == site.poll)
            top.complain(u"methods"_s, it.key(), u"methods of an app such as \"ai_assistant.api.chat\""_s);
        Method method;
        method.pipeline = table.text("pipeline");
        if (method.pipeline.isEmpty())
            table.complain("pipeline", method.pipeline, u"the name of a pipeline"_s);
        method.fixed = table.table("fixed");
        const QJsonObject parameters = table.table("parameters");
        for (auto each = parameters.begin(); each != parameters.end(); ++each) {
            if (!isValidId(each.key()) || each.value().toString().isEmpty())
                table.complain("parameters", parameters, u"a table of parameters, each with its argument"_s);
            method.parameters.emplace(each.key(), each.value().toString());
        }
        table.end();
        site.methods.emplace(it.key(), std::move(method));
    }
    if (fault)
        return tl::unexpected(*fault);
    return site;
}

bool FrappeSite::mayRead(const QString &reader, const QString &doctype) const
{
    const auto known = users.find(reader);
    if (known == users.end())
        return false;
    // A Website User sees only what is named.
    return known->second.doctypes ? known->second.doctypes->contains(doctype) : known->second.system;
}

const FrappeSite::Pipeline *FrappeSite::pipelineOf(const Job &job) const
{
    const auto known = pipelines.find(job.pipeline);
    return known == pipelines.end() ? nullptr : &known->second;
}

std::optional<std::pair<QString, QString>> FrappeSite::documentOf(const Job &job) const
{
    const Pipeline *pipeline = pipelineOf(job);
    if (!pipeline || pipeline->doctype.isEmpty())
        return std::nullopt;
    static const QRegularExpression place(u"\\{\\{([A-Za-z0-9_-]{1,64})\\}\\}"_s);
    QString docname;
    qsizetype end = 0;
    for (auto it = place.globalMatch(pipeline->docname); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        const QJsonValue value = job.params.value(match.captured(1));
        docname += pipeline->docname.sliced(end, match.capturedStart() - end) + value.toVariant().toString();
        end = match.capturedEnd();
        if (value.isUndefined())
            return std::nullopt;
    }
    docname += pipeline->docname.sliced(end);
    if (docname.isEmpty() || docname.size() > 140)
        return std::nullopt;
    return std::pair(pipeline->doctype, docname);
}

} // namespace stepwire
