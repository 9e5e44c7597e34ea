#include "core/pipeline/recipe_reader.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/pipeline/binding.h"

#include <QBitArray>

#include <algorithm>
#include <numeric>

/// What is checked when all steps are read: how they follow and use each other.
namespace stepwire::reading {

using namespace Qt::StringLiterals;

static constexpr std::size_t mostLinks = 200'000;

void Reader::resolve(std::vector<Draft> &drafts)
{
    StepIndex byId;
    QStringList ids;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        const QString &id = drafts[i].step.id;
        if (id.isEmpty())
            continue;
        const auto first = byId.constFind(id);
        if (first == byId.constEnd()) {
            byId.insert(id, i);
            ids.push_back(id);
        } else if (isValidId(id)) {
            fault(drafts[i].idPlace,
                  u"duplicate step id '"_s + id + u"', first used in line "_s
                      + QString::number(drafts[first.value()].idPlace.line));
        }
    }
    std::optional<std::size_t> lastNormal;
    std::optional<std::size_t> lastFinally;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        std::optional<std::size_t> &last = drafts[i].step.finally ? lastFinally : lastNormal;
        if (!drafts[i].needs && last) {
            drafts[i].step.needs = {drafts[*last].step.id};
            drafts[i].edges.push_back({*last, {}, false});
        }
        last = i;
        if (drafts[i].needs)
            resolveNeeds(drafts, i, byId, ids);
        resolveAsks(drafts, i, byId, ids);
    }
    const auto order = findCircles(drafts);
    checkMatrices(drafts, byId);
    checkVariables(drafts);
    checkUses(drafts, byId, ids, order);
}

void Reader::resolveNeeds(std::vector<Draft> &drafts, std::size_t index, const StepIndex &byId, const QStringList &ids)
{
    Draft &draft = drafts[index];
    for (const Draft::Named &need : *draft.needs) {
        draft.step.needs.push_back(need.id);
        const auto found = byId.constFind(need.id);
        if (found == byId.constEnd()) {
            fault(need.place, u"unknown step "_s + quotedName(need.id) + u" in needs"_s + suggestion(need.id, ids));
            continue;
        }
        const bool needsFinally = drafts[found.value()].step.finally;
        if (draft.step.finally && !needsFinally)
            fault(need.place,
                  u"finally step "_s + quotedName(draft.step.id) + u" needs step "_s + quotedName(need.id)
                      + u", but a finally step runs after all others anyway"_s);
        else if (!draft.step.finally && needsFinally)
            fault(need.place,
                  u"step "_s + quotedName(draft.step.id) + u" needs finally step "_s + quotedName(need.id)
                      + u", which runs after all others"_s);
        else
            draft.edges.push_back({found.value(), need.place, false});
    }
}

void Reader::resolveAsks(std::vector<Draft> &drafts, std::size_t index, const StepIndex &byId, const QStringList &ids)
{
    Draft &draft = drafts[index];
    QSet<std::size_t> before;
    for (const Draft::Edge &edge : draft.edges)
        before.insert(edge.step);
    for (const Draft::Named &ask : draft.asks) {
        const auto found = byId.constFind(ask.id);
        if (ask.id == draft.step.id) {
            fault(ask.place, u"step "_s + quotedName(ask.id) + u" asks for its own outcome"_s);
        } else if (found == byId.constEnd()) {
            fault(ask.place, u"unknown step "_s + quotedName(ask.id) + u" in when"_s + suggestion(ask.id, ids));
        } else if (!draft.step.finally && drafts[found.value()].step.finally) {
            fault(ask.place,
                  u"step "_s + quotedName(draft.step.id) + u" asks for the outcome of finally step "_s
                      + quotedName(ask.id) + u", which runs after all others"_s);
        } else if (!before.contains(found.value())) {
            before.insert(found.value());
            draft.edges.push_back({found.value(), ask.place, true});
        }
    }
}

/// Walks the needs depth first; every need that leads back into the walk closes one circle, and every circle
/// has one such need. Told at the need of the circle's first step: that one points down the file, so it is
/// written out. What a condition asks for counts as a need. Without circles, returns the steps, each after those
/// that it needs.
std::optional<std::vector<std::size_t>> Reader::findCircles(const std::vector<Draft> &drafts)
{
    constexpr std::size_t shown = 20;
    enum class Mark { New, Open, Done };
    struct Visit
    {
        std::size_t step;
        std::size_t next = 0;
    };
    std::vector<Mark> marks(drafts.size(), Mark::New);
    std::vector<Visit> path;
    std::vector<std::size_t> order;
    bool circles = false;

    const auto shownId = [&](std::size_t step) {
        const QString &id = drafts[step].step.id;
        return isValidId(id) ? id : quoted(id);
    };
    const auto edge = [&](std::size_t from, std::size_t to) {
        const std::vector<Draft::Edge> &edges = drafts[from].edges;
        return *std::find_if(edges.begin(), edges.end(), [&](const Draft::Edge &e) { return e.step == to; });
    };
    const auto tell = [&](std::vector<std::size_t> circle) {
        std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end()), circle.end());
        QString text;
        QString asking;
        for (std::size_t i = 0; i < circle.size(); ++i) {
            const std::size_t next = circle[(i + 1) % circle.size()];
            if (asking.isEmpty() && edge(circle[i], next).byWhen)
                asking = u" ("_s + shownId(circle[i]) + u" asks for "_s + shownId(next) + u" in when)"_s;
        }
        for (std::size_t i = 0; i < circle.size(); ++i) {
            if (circle.size() > shown && i == shown - 1) {
                text += u"… → "_s;
                i = circle.size() - 1;
            }
            text += shownId(circle[i]) + u" → "_s;
        }
        fault(edge(circle[0], circle[1]).place,
              u"steps need each other in a circle: "_s + text + shownId(circle[0]) + asking);
    };

    for (std::size_t root = 0; root < drafts.size(); ++root) {
        if (marks[root] != Mark::New)
            continue;
        marks[root] = Mark::Open;
        path.push_back({root});
        while (!path.empty()) {
            Visit &visit = path.back();
            const std::vector<Draft::Edge> &edges = drafts[visit.step].edges;
            if (visit.next == edges.size()) {
                marks[visit.step] = Mark::Done;
                order.push_back(visit.step);
                path.pop_back();
                continue;
            }
            const std::size_t need = edges[visit.next++].step;
            if (marks[need] == Mark::New) {
                marks[need] = Mark::Open;
                path.push_back({need});
            } else if (marks[need] == Mark::Open) {
                circles = true;
                if (m_faults.size() >= mostFaults)
                    continue;
                const auto from =
                    std::find_if(path.begin(), path.end(), [&](const Visit &v) { return v.step == need; });
                std::vector<std::size_t> circle;
                std::transform(from, path.end(), std::back_inserter(circle), [](const Visit &v) { return v.step; });
                tell(std::move(circle));
            }
        }
    }
    if (circles)
        return {};
    return order;
}

/// How many conditions one becomes when it asks for the outcome of each step that a matrix made.
static std::size_t conditionSize(const Condition &condition,
                                 const std::function<std::size_t(const QString &)> &instances)
{
    std::size_t size = 1;
    if (condition.kind == Condition::Kind::Outcome) {
        const std::size_t count = instances(condition.name);
        size += count > 1 ? 2 * count * condition.states.size() : 0;
    }
    return std::accumulate(
        condition.parts.begin(), condition.parts.end(), size,
        [&](std::size_t sum, const Condition &part) { return sum + conditionSize(part, instances); });
}

void Reader::checkMatrices(const std::vector<Draft> &drafts, const StepIndex &byId)
{
    const bool any = std::any_of(drafts.begin(), drafts.end(), [](const Draft &d) { return !d.step.matrix.empty(); });
    if (!any)
        return;
    std::size_t steps = 0;
    std::size_t links = 0;
    bool toldSteps = false;
    bool toldLinks = false;
    const auto instances = [&](const QString &id) {
        const auto found = byId.constFind(id);
        return found == byId.constEnd() ? 1 : drafts[found.value()].instances;
    };
    for (const Draft &draft : drafts) {
        const QString &id = draft.step.id;
        steps += draft.instances;
        std::size_t needs = 0;
        for (const Draft::Edge &edge : draft.edges)
            needs += drafts[edge.step].instances;
        if (draft.step.when)
            needs += conditionSize(*draft.step.when, instances);
        links += draft.instances * needs;
        if (steps > mostSteps && !toldSteps) {
            fault(draft.step.matrix.empty() ? draft.idPlace : draft.matrixPlace,
                  u"with all that matrices make of them there are more than "_s + QString::number(mostSteps)
                      + u" steps, expected at most these"_s);
            toldSteps = true;
        } else if (links > mostLinks && !toldLinks && !toldSteps) {
            fault(draft.idPlace,
                  u"with all that matrices make of them the steps need each other more than "_s
                      + QString::number(mostLinks) + u" times, expected at most these"_s);
            toldLinks = true;
        }
        if (draft.step.matrix.empty() || !isValidId(id))
            continue;
        const QString longest = id + u'-' + QString::number(draft.instances);
        if (!isValidId(longest))
            fault(draft.idPlace,
                  u"the matrix of step "_s + quotedName(id) + u" gives the step id "_s + quoted(longest, 80)
                      + u", expected a shorter id"_s);
        for (std::size_t n = 1; n <= draft.instances; ++n) {
            const QString made = id + u'-' + QString::number(n);
            const auto found = byId.constFind(made);
            if (found == byId.constEnd())
                continue;
            fault(draft.idPlace,
                  u"the matrix of step "_s + quotedName(id) + u" gives the step id '"_s + made
                      + u"', which the step in line "_s + QString::number(drafts[found.value()].idPlace.line)
                      + u" has"_s);
            break;
        }
    }
}

/// Two outputs must not end in one variable of the steps after them.
void Reader::checkVariables(const std::vector<Draft> &drafts)
{
    struct First
    {
        const Draft *draft;
        const Draft::Named *output;
    };
    QHash<QString, First> byVariable;
    for (const Draft &draft : drafts) {
        for (const Draft::Named &output : draft.outputs) {
            for (std::size_t n = 1; n <= draft.instances; ++n) {
                const QString id =
                    draft.step.matrix.empty() ? draft.step.id : draft.step.id + u'-' + QString::number(n);
                const QString variable = outputVariable(id, output.id);
                const auto first = byVariable.constFind(variable);
                if (first == byVariable.constEnd()) {
                    byVariable.insert(variable, {&draft, &output});
                } else if (first->draft->step.id != draft.step.id) {
                    fault(output.place,
                          u"output "_s + quotedName(output.id) + u" of step "_s + quotedName(draft.step.id)
                              + u" gives the same variable "_s + variable + u" as "_s + quotedName(first->output->id)
                              + u" of step "_s + quotedName(first->draft->step.id) + u" in line "_s
                              + QString::number(first->output->place.line));
                    break;
                } else if (first->output != &output) {
                    fault(output.place,
                          u"output "_s + quotedName(output.id) + u" gives the same variable "_s + variable + u" as "_s
                              + quotedName(first->output->id));
                    break;
                }
            }
        }
    }
}

/// A step may only use outputs that are there when it starts. `order` is absent where there are circles.
void Reader::checkUses(const std::vector<Draft> &drafts, const StepIndex &byId, const QStringList &ids,
                       const std::optional<std::vector<std::size_t>> &order)
{
    if (std::all_of(drafts.begin(), drafts.end(), [](const Draft &d) { return d.uses.empty(); }))
        return;
    const auto count = static_cast<qsizetype>(drafts.size());
    std::vector<QBitArray> before(drafts.size(), QBitArray(count));
    for (const std::size_t step : order.value_or(std::vector<std::size_t>())) {
        for (const Draft::Edge &edge : drafts[step].edges) {
            before[step] |= before[edge.step];
            before[step].setBit(static_cast<qsizetype>(edge.step));
        }
    }
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        for (const Draft::Use &use : drafts[i].uses) {
            const QString name = u"{{steps."_s + use.step + u'.' + use.output + u"}}"_s;
            const auto found = byId.constFind(use.step);
            if (use.text.isEmpty()) {
                if (found != byId.constEnd() && drafts[found.value()].step.outputs.contains(use.output))
                    fault(use.place,
                          u"nothing is replaced in a script, expected \"$"_s + outputVariable(use.step, use.output)
                              + u"\" for "_s + name);
                continue;
            }
            if (found == byId.constEnd()) {
                fault(use.place,
                      u"unknown step "_s + quotedName(use.step) + u" in "_s + quoted(use.text)
                          + suggestion(use.step, ids));
                continue;
            }
            const StepRecipe &step = drafts[found.value()].step;
            if (found.value() == i)
                fault(use.place, u"step "_s + quotedName(use.step) + u" uses its own output "_s + name);
            else if (!step.matrix.empty())
                fault(use.place,
                      u"step "_s + quotedName(use.step) + u" has a matrix, expected a step without for "_s + name);
            else if (!step.outputs.contains(use.output))
                fault(use.place,
                      u"step "_s + quotedName(use.step) + u" has no output "_s + quotedName(use.output) + u" for "_s
                          + name + suggestion(use.output, step.outputs, u", expected it in its outputs"_s));
            else if (order && !before[i].testBit(static_cast<qsizetype>(found.value())))
                fault(use.place,
                      u"step "_s + quotedName(drafts[i].step.id) + u" uses "_s + name
                          + (drafts[i].step.finally ? u", expected a when that asks for step "_s
                                                    : u", expected that it needs step "_s)
                          + quotedName(use.step));
        }
    }
}

} // namespace stepwire::reading
