#include "core/pipeline/binding.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDir>
#include <QHash>
#include <QSet>

#include <algorithm>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qsizetype largestOutputFile = qsizetype(256) * 1024;
static constexpr qsizetype largestTotal = qsizetype(16) * 1024 * 1024;

QString outputVariable(const QString &step, const QString &name)
{
    return u"STEPWIRE_STEPS_"_s + QString(step + u'_' + name).toUpper().replace(u'-', u'_');
}

namespace {

/// Fills one step's texts; keeps the first thing that is wrong.
class Filler
{
public:
    Filler(const StepSpec &step, const StepOutputs &outputs)
        : m_step(u"step "_s + quotedName(step.id)), m_outputs(outputs)
    {
    }

    QString fill(const QString &text, const QString &where);
    void fillPaths(Condition &condition, const QString &cwd);
    void problem(const QString &text)
    {
        if (m_problem.isEmpty())
            m_problem = text;
    }

    [[nodiscard]] const QString &step() const { return m_step; }
    [[nodiscard]] const QString &wrong() const { return m_problem; }
    void forget() { m_problem.clear(); }

private:
    QString m_step;
    const StepOutputs &m_outputs;
    QString m_problem;
    qsizetype m_total = 0;
};

QString Filler::fill(const QString &text, const QString &where)
{
    const auto parts = splitTemplate(text);
    if (!parts || !m_problem.isEmpty())
        return text;
    QString filled;
    for (const TemplatePart &part : *parts) {
        if (!part.isName) {
            filled += part.text;
            continue;
        }
        // a single brace before a name cannot be doubled, so it is seen as the first of the name
        QString name = part.text;
        for (; name.startsWith(u'{'); name.remove(0, 1))
            filled += u'{';
        const QStringList words = name.split(u'.');
        const auto step = words.size() == 3 ? m_outputs.find(words[1]) : m_outputs.end();
        if (step == m_outputs.end() || !step->second.contains(words[2])) {
            problem(m_step + u" uses output "_s + quotedName(words.value(2)) + u" of step "_s
                    + quotedName(words.value(1)) + u", which did not write it"_s);
            return {};
        }
        const QString &value = step->second.at(words[2]);
        if (filled.size() + value.size() > longestArgument) {
            filled.resize(longestArgument + 1);
            break;
        }
        filled += value;
    }
    m_total += filled.size();
    if (filled.size() > longestArgument || filled.toUtf8().size() > longestArgument)
        problem(where + u" has more than "_s + QString::number(longestArgument)
                + u" bytes with its outputs filled in"_s);
    else if (m_total > largestTotal)
        problem(m_step + u" has more than "_s + QString::number(largestTotal)
                + u" characters with its outputs filled in"_s);
    return filled;
}

void Filler::fillPaths(Condition &condition, const QString &cwd)
{
    if (condition.kind == Condition::Kind::Exists) {
        // what cannot be named is not there
        forget();
        QString path = fill(condition.path, {});
        const bool relative = !path.startsWith(u'/');
        if (!wrong().isEmpty() || path.isEmpty() || (relative && cwd.isEmpty()))
            condition.path.clear();
        else
            condition.path = QDir::cleanPath(relative ? cwd + u'/' + path : path);
        forget();
    }
    for (Condition &part : condition.parts)
        fillPaths(part, cwd);
}

} // namespace

std::optional<Condition> fillCondition(const StepSpec &step, const StepOutputs &outputs)
{
    std::optional<Condition> when = step.when;
    if (when && step.late) {
        Filler filler(step, outputs);
        const QString cwd = filler.fill(step.cwd, {});
        filler.fillPaths(*when, filler.wrong().isEmpty() && cwd.startsWith(u'/') ? cwd : QString());
    }
    return when;
}

Result<StepSpec> fillOutputs(StepSpec step, const StepOutputs &outputs)
{
    if (!step.late)
        return step;
    Filler filler(step, outputs);
    step.when = fillCondition(step, outputs);
    for (QString &argument : step.argv)
        argument = filler.fill(argument, u"an argument of "_s + filler.step());
    if (!step.argv.isEmpty() && step.argv.front().isEmpty())
        filler.problem(filler.step() + u" has no program with its outputs filled in"_s);
    for (auto &[variable, value] : step.env)
        value = filler.fill(value, u"variable "_s + quotedName(variable) + u" of "_s + filler.step());
    for (auto it = step.params.begin(); it != step.params.end(); ++it) {
        if (it.value().isString())
            it.value() =
                filler.fill(it.value().toString(), u"parameter "_s + quotedName(it.key()) + u" of "_s + filler.step());
    }
    const QString cwd = filler.fill(step.cwd, u"the cwd of "_s + filler.step());
    if (!cwd.startsWith(u'/'))
        filler.problem(u"the cwd of "_s + filler.step() + u" is "_s + quoted(cwd) + u", expected an absolute path"_s);
    step.cwd = QDir::cleanPath(cwd);
    if (!filler.wrong().isEmpty())
        return fail(filler.wrong());

    if (step.pipeline.isEmpty()) {
        for (const auto &[id, values] : outputs) {
            for (const auto &[name, value] : values)
                step.env.emplace_back(outputVariable(id, name), value);
        }
    }
    step.late = false;
    return step;
}

StepOutputs outputsBefore(const std::vector<StepSpec> &steps, std::size_t step, const StepOutputs &outputs)
{
    QHash<QString, std::size_t> byId;
    for (std::size_t i = 0; i < steps.size(); ++i)
        byId.insert(steps[i].id, i);
    std::vector<bool> seen(steps.size());
    std::vector<std::size_t> open{step};
    StepOutputs found;
    while (!open.empty()) {
        const StepSpec &spec = steps[open.back()];
        open.pop_back();
        for (const QStringList *ids : {&spec.needs, &spec.after}) {
            for (const QString &id : *ids) {
                const auto it = byId.constFind(id);
                if (it == byId.constEnd() || seen[it.value()])
                    continue;
                seen[it.value()] = true;
                open.push_back(it.value());
                const auto written = outputs.find(id);
                if (written == outputs.end())
                    continue;
                for (const QString &name : steps[it.value()].outputs) {
                    if (const auto value = written->second.find(name); value != written->second.end())
                        found[id].insert(*value);
                }
            }
        }
    }
    return found;
}

Result<std::map<QString, QString>> readOutputs(QByteArrayView bytes, const QStringList &promised)
{
    if (bytes.size() > largestOutputFile)
        return fail(u"its outputs have more than "_s + QString::number(largestOutputFile) + u" bytes"_s);
    std::map<QString, QString> outputs;
    int number = 0;
    while (!bytes.isEmpty()) {
        const qsizetype feed = bytes.indexOf('\n');
        QByteArrayView line = feed < 0 ? bytes : bytes.first(feed);
        bytes = feed < 0 ? QByteArrayView() : bytes.sliced(feed + 1);
        ++number;
        if (line.endsWith('\r'))
            line.chop(1);
        if (line.trimmed().isEmpty() || line.startsWith('#'))
            continue;
        const QString where = u"line "_s + QString::number(number) + u" of its outputs "_s;
        if (!line.isValidUtf8())
            return fail(where + u"is not valid UTF-8"_s);
        const QString text = QString::fromUtf8(line);
        if (text.contains(QChar::Null))
            return fail(where + u"is "_s + quoted(text) + u", expected no NUL character in it"_s);
        const qsizetype equals = text.indexOf(u'=');
        if (equals < 0)
            return fail(where + u"is "_s + quoted(text) + u", expected name=value"_s);
        const QString name = text.first(equals);
        if (!isValidId(name))
            return fail(where + u"has the name "_s + quoted(name) + u", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
        if (const qsizetype size = line.size() - equals - 1; size > longestArgument)
            return fail(where + u"has "_s + QString::number(size) + u" bytes after "_s + quotedName(name)
                        + u", expected at most "_s + QString::number(longestArgument));
        outputs[name] = text.sliced(equals + 1);
    }
    QStringList missing;
    for (const QString &name : promised) {
        if (!outputs.contains(name))
            missing.push_back(name);
    }
    if (!missing.isEmpty())
        return fail(u"it wrote no output "_s + anyOf(missing));
    return outputs;
}

} // namespace stepwire
