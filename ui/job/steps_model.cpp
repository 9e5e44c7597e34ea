#include "ui/job/steps_model.h"

#include "core/view/words.h"

#include <QFontDatabase>

#include <algorithm>

namespace stepwire {

static bool isLive(const Step &step)
{
    return step.started && !isFinal(step.state) && step.state != State::Queued;
}

static int phasesShown(const Step &step)
{
    return isLive(step) && step.progress ? static_cast<int>(step.progress->phases.size()) : 0;
}

static std::optional<double> fractionOf(const Phase &phase)
{
    if (!phase.total || *phase.total <= 0)
        return {};
    return std::clamp(phase.done / *phase.total, 0.0, 1.0);
}

static std::optional<double> fractionOf(const Step &step)
{
    if (step.state == State::Succeeded)
        return 1.0;
    return step.progress ? step.progress->fraction : std::nullopt;
}

void StepsModel::fill(Row &row, const Step &step, UnixMs now) const
{
    const bool same = row.step.retryInMs == step.retryInMs && row.step.attempt == step.attempt;
    if (!step.retryInMs || isFinal(step.state))
        row.retryAt.reset();
    else if (!same || !row.retryAt)
        row.retryAt = now + *step.retryInMs;
    row.step = step;
}

void StepsModel::change(int at, const Step &step, UnixMs now)
{
    Row &row = m_rows[static_cast<std::size_t>(at)];
    if (row.step == step)
        return;
    const QModelIndex parent = index(at, 0);
    const int before = row.phases;
    const int after = phasesShown(step);
    if (after < before) {
        beginRemoveRows(parent, after, before - 1);
        row.phases = after;
        endRemoveRows();
    }
    fill(row, step, now);
    Q_EMIT dataChanged(parent, index(at, Columns - 1));
    if (const int kept = std::min(before, after); kept > 0)
        Q_EMIT dataChanged(index(0, 0, parent), index(kept - 1, Columns - 1, parent));
    if (after > before) {
        beginInsertRows(parent, before, after - 1);
        row.phases = after;
        endInsertRows();
    }
}

void StepsModel::setJob(const JobPtr &job, UnixMs now)
{
    m_now = now;
    const bool grown = job && m_job && job->id == m_job->id && job->steps.size() >= m_rows.size()
        && std::equal(m_rows.begin(), m_rows.end(), job->steps.begin(),
                      [](const Row &row, const Step &step) { return row.step.id == step.id; });
    const auto append = [&](std::size_t from) {
        for (std::size_t i = from; i < job->steps.size(); ++i) {
            Row &row = m_rows.emplace_back();
            fill(row, job->steps[i], now);
            row.phases = phasesShown(row.step);
        }
    };
    if (!grown) {
        beginResetModel();
        m_rows.clear();
        m_job = job;
        if (job)
            append(0);
        endResetModel();
        return;
    }
    const bool ended = isFinal(m_job->state) != isFinal(job->state);
    m_job = job;
    const auto known = m_rows.size();
    for (std::size_t i = 0; i < known; ++i)
        change(static_cast<int>(i), job->steps[i], now);
    if (job->steps.size() > known) {
        beginInsertRows({}, static_cast<int>(known), static_cast<int>(job->steps.size()) - 1);
        append(known);
        endInsertRows();
    }
    // What a step waits for is told of the others and only while the job lives.
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, ended ? 0 : Notes), index(static_cast<int>(m_rows.size()) - 1, Notes));
}

bool StepsModel::ticks() const
{
    return std::any_of(m_rows.begin(), m_rows.end(),
                       [](const Row &row) { return isLive(row.step) || row.retryAt.has_value(); });
}

void StepsModel::tick(UnixMs now)
{
    m_now = now;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const int at = static_cast<int>(i);
        if (isLive(m_rows[i].step) || m_rows[i].retryAt)
            Q_EMIT dataChanged(index(at, Time), index(at, Notes));
    }
}

QModelIndex StepsModel::indexOf(const QString &step) const
{
    const auto it = std::find_if(m_rows.begin(), m_rows.end(), [&](const Row &row) { return row.step.id == step; });
    return it == m_rows.end() ? QModelIndex() : index(static_cast<int>(it - m_rows.begin()), 0);
}

QModelIndex StepsModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    // A phase carries the row of its step, a step nothing.
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : quintptr{0});
}

QModelIndex StepsModel::parent(const QModelIndex &child) const
{
    if (!child.isValid() || child.internalId() == 0)
        return {};
    return createIndex(static_cast<int>(child.internalId() - 1), 0, quintptr{0});
}

int StepsModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_rows.size());
    if (parent.internalId() != 0 || parent.column() != 0)
        return 0;
    return m_rows[static_cast<std::size_t>(parent.row())].phases;
}

int StepsModel::columnCount(const QModelIndex &) const
{
    return Columns;
}

QVariant StepsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Title: return tr("Step");
    case Time: return tr("Duration");
    case Bar: return tr("Progress");
    case Notes: return tr("Notes");
    default: return {};
    }
}

QString StepsModel::duration(const Row &row) const
{
    const Step &step = row.step;
    if (!step.started || step.state == State::Queued)
        return {};
    if (!step.finished && isFinal(step.state))
        return {};
    return Words::duration(step.finished.value_or(m_now) - *step.started);
}

QString StepsModel::notes(const Row &row) const
{
    const Step &step = row.step;
    QStringList parts;
    if (isLive(step) && step.progress && step.progress->fraction) {
        const int percent = Words::wholePercent(*step.progress->fraction);
        parts.append((step.estimated ? tr("~%1 %") : tr("%1 %")).arg(percent));
    }
    if (isLive(step) && step.state != State::Running)
        parts.append(Words::state(step.state));
    const bool failed = step.error && isFinal(step.state);
    if (!failed && step.state != State::Queued && step.state != State::Held) {
        if (const QString words = Words::progress(step); !words.isEmpty())
            parts.append(words);
    }
    if (failed) {
        parts.append(Words::failure(*step.error));
    } else if (isFinal(step.state) && step.state != State::Succeeded) {
        parts.append(Words::state(step.state));
    }
    if (step.attempt > 1)
        parts.append(tr("attempt %1").arg(step.attempt));
    if (row.retryAt) {
        const qint64 left = *row.retryAt - m_now;
        parts.append(left > 0 ? tr("again in %1", "a duration").arg(Words::rough(left)) : tr("starts again"));
    } else if (step.state == State::Queued && !isFinal(m_job->state)) {
        QStringList open;
        for (const QString &need : step.needs) {
            const Step *needed = m_job->findStep(need);
            if (needed && !isFinal(needed->state))
                open.append(needed->title);
        }
        if (!open.isEmpty())
            parts.append(tr("after %1", "names of steps").arg(open.join(tr(", ", "between parts of a line"))));
    }
    if (step.stalledMs && !isFinal(step.state))
        parts.append(tr("quiet for %1").arg(Words::rough(*step.stalledMs)));
    return parts.join(tr(", ", "between parts of a line"));
}

QString StepsModel::spoken(const Row &row) const
{
    QStringList parts{row.step.title, Words::state(row.step.state)};
    for (const QString &part : {duration(row), notes(row)}) {
        if (!part.isEmpty() && part != parts.last())
            parts.append(part);
    }
    return parts.join(tr(", ", "between parts of a line"));
}

static QString spokenFraction(std::optional<double> fraction)
{
    return fraction ? StepsModel::tr("%1 %").arg(Words::wholePercent(*fraction)) : StepsModel::tr("no progress known");
}

QVariant StepsModel::stepData(const Row &row, int column, int role) const
{
    const Step &step = row.step;
    const bool live = isLive(step);
    const auto fraction = fractionOf(step);
    switch (role) {
    case Qt::DisplayRole:
        if (column == Title)
            return step.title;
        if (column == Time)
            return duration(row);
        return column == Notes ? QVariant(notes(row)) : QVariant();
    case Qt::ToolTipRole: return column == Notes && !notes(row).isEmpty() ? notes(row) : step.title;
    case Qt::AccessibleTextRole:
        if (column == Title)
            return spoken(row);
        if (column == Time)
            return duration(row).isEmpty() ? tr("no time yet") : duration(row);
        if (column == Notes)
            return notes(row).isEmpty() ? tr("nothing to note") : notes(row);
        return spokenFraction(fraction);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((column == Time ? Qt::AlignTrailing : Qt::AlignLeading) | Qt::AlignVCenter));
    case StepId: return step.id;
    case StateOf: return static_cast<int>(step.state);
    case Fraction: return fraction ? QVariant(*fraction) : QVariant();
    case HasBar: return live || (step.started && step.progress && fraction);
    case Busy: return live && !fraction && step.state == State::Running;
    case Guessed: return step.estimated && live;
    default: return {};
    }
}

QVariant StepsModel::phaseData(const Row &row, const Phase &phase, int column, int role) const
{
    const auto fraction = fractionOf(phase);
    const QString figures = Words::figures(phase.done, phase.total, phase.unit);
    const QString title = phase.title.isEmpty() ? phase.id : phase.title;
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        if (column == Title)
            return title;
        return column == Notes ? QVariant(figures) : QVariant();
    case Qt::AccessibleTextRole:
        if (column == Title)
            return title + tr(", ", "between parts of a line") + figures;
        return column == Bar ? spokenFraction(fraction) : column == Notes ? figures : tr("no time of its own");
    case StepId: return row.step.id;
    case StateOf: return static_cast<int>(fraction == 1.0 ? State::Succeeded : row.step.state);
    case Fraction: return fraction ? QVariant(*fraction) : QVariant();
    case HasBar: return true;
    case Busy: return !fraction && row.step.state == State::Running;
    case Guessed: return false;
    default: return {};
    }
}

QVariant StepsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    if (index.internalId() == 0)
        return stepData(m_rows[static_cast<std::size_t>(index.row())], index.column(), role);
    const Row &row = m_rows[index.internalId() - 1];
    const auto at = static_cast<std::size_t>(index.row());
    if (!row.step.progress || at >= row.step.progress->phases.size())
        return {};
    return phaseData(row, row.step.progress->phases[at], index.column(), role);
}

} // namespace stepwire
