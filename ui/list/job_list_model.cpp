#include "ui/list/job_list_model.h"

#include "core/view/words.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace stepwire {

namespace {

/// Groups by their order: these, then a day of ended jobs each, the newest first.
enum : qint64 { OrderRunning, OrderQueued, OrderHeld, OrderEnded };

/// Beyond every Julian day that a job can end on.
constexpr qint64 dayBase = qint64(1) << 40;

/// More structural changes than this at once are cheaper, and no worse to look at, as a reset.
constexpr size_t manyChanges = 1000;

qint64 orderOfDay(qint64 julian)
{
    return dayBase - julian;
}

qint64 dayOfOrder(qint64 order)
{
    return dayBase - order;
}

template <typename T>
int compare(const T &left, const T &right)
{
    return left < right ? -1 : right < left ? 1 : 0;
}

int compare(const QString &left, const QString &right)
{
    return left.compare(right);
}

} // namespace

JobListModel::JobListModel(HubView &view, std::function<UnixMs()> now, QObject *parent)
    : QAbstractItemModel(parent),
      m_view(view),
      m_now(now ? std::move(now) : [] { return QDateTime::currentMSecsSinceEpoch(); })
{
    for (size_t i = 0; i < m_stateWords.size(); ++i)
        m_stateWords[i] = Words::state(static_cast<State>(i));
    m_today = dayOf(m_now());
    rebuild();
    connect(&m_view, &HubView::updated, this, &JobListModel::take);
    connect(&m_view, &HubView::statusChanged, this, &JobListModel::statusChanged);
    // Looks now and then rather than once at midnight: the machine may sleep, its clock and zone may be set.
    constexpr int often = 30'000;
    m_midnight.setInterval(often);
    m_midnight.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_midnight, &QTimer::timeout, this, [this] {
        if (QDateTime::fromMSecsSinceEpoch(m_now()).date().toJulianDay() != m_today)
            dayChanged();
    });
    m_midnight.start();
}

JobListModel::~JobListModel() = default;

// What goes where.

qint64 JobListModel::dayOf(UnixMs ms) const
{
    auto it = m_days.upper_bound(ms);
    if (it != m_days.begin() && ms < std::prev(it)->second.end)
        return std::prev(it)->second.julian;
    const QDate date = QDateTime::fromMSecsSinceEpoch(ms).date();
    m_days.insert_or_assign(date.startOfDay().toMSecsSinceEpoch(),
                            Day{date.addDays(1).startOfDay().toMSecsSinceEpoch(), date.toJulianDay()});
    return date.toJulianDay();
}

qint64 JobListModel::orderOf(const Job &job) const
{
    switch (job.state) {
    case State::Queued: return OrderQueued;
    case State::Held:
    case State::Paused: return OrderHeld;
    case State::Running:
    case State::Pausing:
    case State::Cancelling: return OrderRunning;
    case State::Succeeded:
    case State::Failed:
    case State::Cancelled:
    case State::TimedOut:
    case State::Skipped:
    case State::Interrupted: break;
    }
    return orderOfDay(dayOf(job.finished.value_or(job.created)));
}

bool JobListModel::less(const Job &left, const Job &right)
{
    int result = 0;
    if (isFinal(left.state)) {
        result = compare(right.finished.value_or(0), left.finished.value_or(0));
        return (result ? result : compare(right.id, left.id)) < 0;
    }
    if (left.state == State::Queued) {
        constexpr int last = std::numeric_limits<int>::max();
        result = compare(left.group, right.group);
        if (!result)
            result = compare(left.queuePosition.value_or(last), right.queuePosition.value_or(last));
        if (!result)
            result = compare(left.created, right.created);
    } else {
        result = compare(left.started.value_or(left.created), right.started.value_or(right.created));
    }
    return (result ? result : compare(left.id, right.id)) < 0;
}

QString JobListModel::key(const Group &group)
{
    if (group.order < OrderEnded)
        return QString::number(group.order);
    return QStringLiteral("3 ") + QDate::fromJulianDay(dayOfOrder(group.order)).toString(Qt::ISODate);
}

QString JobListModel::title(const Group &group) const
{
    switch (group.order) {
    case OrderRunning: return tr("Running");
    case OrderQueued: return tr("Queued");
    case OrderHeld: return tr("Held / paused");
    default: break;
    }
    const qint64 day = dayOfOrder(group.order);
    if (day == m_today)
        return tr("Today");
    if (day == m_today - 1)
        return tr("Yesterday");
    const QDate date = QDate::fromJulianDay(day);
    const QLocale locale;
    if (date.year() == QDate::fromJulianDay(m_today).year())
        return locale.toString(date, tr("dddd d MMMM", "a day: QLocale's letters"));
    return locale.toString(date, tr("dddd d MMMM yyyy", "a day of another year: QLocale's letters"));
}

QString JobListModel::title(const Job &job) const
{
    constexpr int deepest = 8;
    QString title = job.title;
    QString parent = job.parent;
    for (int depth = 0; depth < deepest && !parent.isEmpty(); ++depth) {
        const JobPtr other = m_view.find(parent);
        if (!other)
            break;
        title = tr("%1 / %2", "a job and one that a step of it started").arg(other->title, title);
        parent = other->parent;
    }
    return title;
}

UnixMs JobListModel::staleSince(const Job &job) const
{
    const HubView::Status &status = m_view.status();
    if (job.lostSince && !isFinal(job.state))
        return *job.lostSince;
    return status.link == HubView::Link::Lost && !isFinal(job.state) ? status.since : 0;
}

bool JobListModel::fits(const Job &job) const
{
    if (!m_host.isEmpty() && job.host != m_host)
        return false;
    if (m_words.isEmpty())
        return true;
    const QString whole = job.parent.isEmpty() ? job.title : title(job);
    const QString &state = m_stateWords[static_cast<size_t>(job.state)];
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString &word) {
        return whole.contains(word, Qt::CaseInsensitive) || job.host.contains(word, Qt::CaseInsensitive)
            || job.pipeline.contains(word, Qt::CaseInsensitive) || job.group.contains(word, Qt::CaseInsensitive)
            || state.contains(word, Qt::CaseInsensitive);
    });
}

// What is where.

int JobListModel::rowOf(const Entry &entry)
{
    const std::vector<Entry *> &rows = entry.group->rows;
    const auto it = std::lower_bound(rows.begin(), rows.end(), &entry, [](const Entry *left, const Entry *right) {
        return less(*left->job, *right->job);
    });
    Q_ASSERT(it != rows.end() && *it == &entry);
    return static_cast<int>(it - rows.begin());
}

int JobListModel::rowOf(const Group &group) const
{
    const auto it =
        std::lower_bound(m_groups.begin(), m_groups.end(), group.order,
                         [](const std::unique_ptr<Group> &each, qint64 order) { return each->order < order; });
    return static_cast<int>(it - m_groups.begin());
}

QModelIndex JobListModel::indexOf(const Group &group) const
{
    return createIndex(rowOf(group), 0);
}

QModelIndex JobListModel::indexOf(const QString &id) const
{
    const auto it = m_entries.find(id);
    if (it == m_entries.end() || !it->second.group) // on its way into one
        return {};
    return createIndex(rowOf(it->second), 0, it->second.group);
}

JobPtr JobListModel::job(const QModelIndex &index) const
{
    const auto *group = static_cast<const Group *>(index.internalPointer());
    if (!group || index.row() < 0 || static_cast<size_t>(index.row()) >= group->rows.size())
        return {};
    return group->rows[static_cast<size_t>(index.row())]->job;
}

QModelIndex JobListModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return parent.isValid() ? createIndex(row, column, m_groups[static_cast<size_t>(parent.row())].get())
                            : createIndex(row, column);
}

QModelIndex JobListModel::parent(const QModelIndex &child) const
{
    const auto *group = static_cast<const Group *>(child.internalPointer());
    return group ? indexOf(*group) : QModelIndex();
}

int JobListModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_groups.size());
    if (parent.internalPointer() || parent.column() > 0)
        return 0;
    return static_cast<int>(m_groups[static_cast<size_t>(parent.row())]->rows.size());
}

int JobListModel::columnCount(const QModelIndex & /*parent*/) const
{
    return 1;
}

Qt::ItemFlags JobListModel::flags(const QModelIndex &index) const
{
    // A disabled group is stepped over by the keys of a view.
    return index.isValid() && index.internalPointer()
        ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren
        : Qt::ItemFlags(Qt::NoItemFlags);
}

QString JobListModel::sentence(const Job &job) const
{
    QStringList parts{Words::line(job, m_view.status().host)};
    if (job.state == State::Running)
        parts.append(Words::state(job.state));
    if (const JobPtr parent = m_view.find(job.parent))
        parts.append(tr("part of %1", "a job").arg(parent->title));
    if (job.state == State::Succeeded)
        parts.append(Words::outcome(job));
    if (isFinal(job.state)) {
        if (job.started && job.finished)
            parts.append(tr("took %1").arg(Words::duration(*job.finished - *job.started)));
        if (job.finished)
            parts.append(Words::ago(now() - *job.finished));
    }
    if (const UnixMs since = staleSince(job))
        parts.append(tr("last seen %1").arg(Words::ago(now() - since)));
    return parts.join(tr(", ", "between parts of a line"));
}

QVariant JobListModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    if (!index.internalPointer()) {
        if (static_cast<size_t>(index.row()) >= m_groups.size())
            return {};
        const Group &group = *m_groups[static_cast<size_t>(index.row())];
        const int count = static_cast<int>(group.rows.size());
        switch (role) {
        case Qt::DisplayRole:
            return tr("%1 (%2)", "a group of jobs, how many").arg(QLocale().toUpper(title(group))).arg(count);
        case Qt::AccessibleTextRole: return tr("%1, %n jobs", "a group of jobs", count).arg(title(group));
        case GroupKeyRole: return key(group);
        default: return {};
        }
    }
    const JobPtr shown = job(index);
    if (!shown)
        return {};
    switch (role) {
    case Qt::DisplayRole: return title(*shown);
    case Qt::AccessibleTextRole: return sentence(*shown);
    case Qt::ToolTipRole: return shown->error ? title(*shown) + u'\n' + Words::failure(*shown->error) : title(*shown);
    case IdRole: return shown->id;
    case JobRole: return QVariant::fromValue(shown);
    case GroupKeyRole: return key(*static_cast<const Group *>(index.internalPointer()));
    case StaleSinceRole: return staleSince(*shown);
    default: return {};
    }
}

// What changes.

void JobListModel::take(const HubView::Update &update)
{
    std::vector<Wish> wishes;
    wishes.reserve(update.changes.size());
    std::unordered_set<QStringView> seen;
    seen.reserve(update.changes.size());
    for (const HubView::Change &change : update.changes) {
        const QString &id = change.after ? change.after->id : change.before->id;
        if (!seen.insert(id).second)
            continue;
        JobPtr job = m_view.find(id);
        if (job && !fits(*job))
            job.reset();
        wishes.push_back({id, std::move(job)});
    }
    apply(wishes);
}

void JobListModel::setFilter(const QString &text, const QString &host)
{
    const QStringList words = text.simplified().split(u' ', Qt::SkipEmptyParts);
    m_text = text.trimmed();
    if (words == m_words && host == m_host)
        return;
    m_words = words;
    m_host = host;
    std::vector<Wish> wishes;
    for (const auto &[id, job] : m_view.jobs()) {
        const bool fit = fits(*job);
        if (fit != (m_entries.find(id) != m_entries.end()))
            wishes.push_back({id, fit ? job : JobPtr()});
    }
    apply(wishes);
}

void JobListModel::statusChanged()
{
    for (const auto &group : m_groups) {
        if (group->order < OrderEnded) {
            const QModelIndex parent = indexOf(*group);
            Q_EMIT dataChanged(index(0, 0, parent), index(static_cast<int>(group->rows.size()) - 1, 0, parent));
        }
    }
}

void JobListModel::dayChanged()
{
    // Of the groups only the titles are of today: their keys are dates.
    m_days.clear();
    m_today = dayOf(m_now());
    if (!m_groups.empty())
        Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(m_groups.size()) - 1, 0));
}

void JobListModel::rebuild()
{
    m_groups.clear();
    m_entries.clear();
    std::map<qint64, std::unique_ptr<Group>> groups;
    for (const auto &[id, job] : m_view.jobs()) {
        if (!fits(*job))
            continue;
        const qint64 order = orderOf(*job);
        std::unique_ptr<Group> &group = groups[order];
        if (!group) {
            group = std::make_unique<Group>();
            group->order = order;
        }
        Entry &entry = m_entries[id];
        entry = {job, group.get()};
        group->rows.push_back(&entry);
    }
    for (auto &[order, group] : groups) {
        sort(*group);
        m_groups.push_back(std::move(group));
    }
}

void JobListModel::sort(Group &group)
{
    std::sort(group.rows.begin(), group.rows.end(),
              [](const Entry *left, const Entry *right) { return less(*left->job, *right->job); });
}

void JobListModel::apply(const std::vector<Wish> &wishes)
{
    struct Plan
    {
        size_t size = 0;
        std::vector<int> removed;
        std::vector<std::pair<int, JobPtr>> stay;
    };
    // Everything is found first: the order that finds it is that of the jobs as they were.
    std::map<Group *, Plan> plans;
    std::vector<Wish> arriving;
    std::vector<std::pair<Entry *, int>> leaving;
    std::unordered_map<const Entry *, JobPtr> next;
    for (const Wish &wish : wishes) {
        const auto it = m_entries.find(wish.id);
        if (it == m_entries.end()) {
            if (wish.job)
                arriving.push_back(wish);
            continue;
        }
        Entry &entry = it->second;
        const int row = rowOf(entry);
        Plan &plan = plans[entry.group];
        if (wish.job && orderOf(*wish.job) == entry.group->order) {
            plan.stay.emplace_back(row, wish.job);
        } else {
            leaving.emplace_back(&entry, row);
            next.emplace(&entry, wish.job);
        }
    }
    if (leaving.size() + arriving.size() > manyChanges) {
        beginResetModel();
        rebuild();
        endResetModel();
        return;
    }

    // Those that somebody holds on to (the current one of a view) move; the others go here and come there, which is
    // one signal for many.
    std::vector<Entry *> moving;
    if (!leaving.empty()) {
        std::unordered_set<const Entry *> held;
        const QModelIndexList persistent = persistentIndexList();
        for (const QModelIndex &index : persistent) {
            if (const auto *group = static_cast<const Group *>(index.internalPointer()))
                held.insert(group->rows[static_cast<size_t>(index.row())]);
        }
        for (const auto &[entry, row] : leaving) {
            const JobPtr &job = next[entry];
            if (job && held.count(entry)) {
                moving.push_back(entry);
                continue;
            }
            plans[entry->group].removed.push_back(row);
            if (job)
                arriving.push_back({job->id, job});
        }
    }

    for (auto &[group, plan] : plans) {
        plan.size = group->rows.size();
        std::vector<int> &removed = plan.removed;
        std::sort(removed.begin(), removed.end());
        for (auto last = removed.rbegin(); last != removed.rend();) {
            auto first = last;
            while (std::next(first) != removed.rend() && *std::next(first) == *first - 1)
                ++first;
            const auto begin = group->rows.begin() + *first;
            const auto end = group->rows.begin() + *last + 1;
            beginRemoveRows(indexOf(*group), *first, *last);
            std::vector<QString> ids;
            std::transform(begin, end, std::back_inserter(ids), [](const Entry *entry) { return entry->job->id; });
            group->rows.erase(begin, end);
            for (const QString &id : ids)
                m_entries.erase(id);
            endRemoveRows();
            last = std::next(first);
        }
        std::sort(plan.stay.begin(), plan.stay.end(),
                  [](const auto &left, const auto &right) { return left.first < right.first; });
        std::vector<int> rows;
        rows.reserve(plan.stay.size());
        auto gone = removed.begin();
        for (auto &[row, job] : plan.stay) {
            while (gone != removed.end() && *gone < row)
                ++gone;
            rows.push_back(row - static_cast<int>(gone - removed.begin()));
            group->rows[static_cast<size_t>(rows.back())]->job = std::move(job);
        }
        update(*group, std::move(rows));
    }

    const auto touch = [&plans](Group &group) {
        const auto [it, fresh] = plans.try_emplace(&group);
        if (fresh)
            it->second.size = group.rows.size();
    };
    for (Entry *entry : moving) {
        touch(groupFor(orderOf(*next[entry])));
        moveAway(*entry, next[entry]);
    }

    std::map<qint64, std::vector<Entry *>> inserts;
    for (Wish &wish : arriving) {
        Entry &entry = m_entries[wish.id];
        entry.job = std::move(wish.job);
        inserts[orderOf(*entry.job)].push_back(&entry);
    }
    for (auto &[order, entries] : inserts) {
        Group &group = groupFor(order);
        touch(group);
        insert(group, std::move(entries));
    }

    for (const auto &[group, plan] : plans) {
        const int row = rowOf(*group);
        if (group->rows.empty()) {
            beginRemoveRows({}, row, row);
            m_groups.erase(m_groups.begin() + row);
            endRemoveRows();
        } else if (group->rows.size() != plan.size) {
            Q_EMIT dataChanged(indexOf(*group), indexOf(*group), {Qt::DisplayRole, Qt::AccessibleTextRole});
        }
    }
}

void JobListModel::update(Group &group, std::vector<int> rows)
{
    if (rows.empty())
        return;
    const int count = static_cast<int>(group.rows.size());
    const auto ordered = [&group](int row) {
        return less(*group.rows[static_cast<size_t>(row) - 1]->job, *group.rows[static_cast<size_t>(row)]->job);
    };
    const bool sorted = std::all_of(rows.begin(), rows.end(), [&](int row) {
        return (row == 0 || ordered(row)) && (row + 1 == count || ordered(row + 1));
    });
    if (!sorted) {
        // All of one group in one go: a move of each row would have every view lay out everything each time.
        std::vector<Entry *> changed;
        changed.reserve(rows.size());
        for (const int row : rows)
            changed.push_back(group.rows[static_cast<size_t>(row)]);
        const QList<QPersistentModelIndex> parents{indexOf(group)};
        Q_EMIT layoutAboutToBeChanged(parents);
        QModelIndexList from;
        std::vector<Entry *> held;
        const QModelIndexList persistent = persistentIndexList();
        for (const QModelIndex &index : persistent) {
            if (index.internalPointer() == &group) {
                from.append(index);
                held.push_back(group.rows[static_cast<size_t>(index.row())]);
            }
        }
        sort(group);
        QModelIndexList to;
        for (const Entry *entry : held)
            to.append(createIndex(rowOf(*entry), 0, &group));
        changePersistentIndexList(from, to);
        Q_EMIT layoutChanged(parents);
        for (size_t i = 0; i < rows.size(); ++i)
            rows[i] = rowOf(*changed[i]);
        std::sort(rows.begin(), rows.end());
    }
    tellChanged(group, rows);
}

void JobListModel::tellChanged(const Group &group, const std::vector<int> &rows)
{
    // A signal more costs more than some rows that are looked at in vain.
    constexpr int gap = 8;
    constexpr size_t manyRanges = 8;
    std::vector<std::pair<int, int>> ranges;
    for (const int row : rows) {
        if (!ranges.empty() && row - ranges.back().second <= gap)
            ranges.back().second = row;
        else
            ranges.emplace_back(row, row);
    }
    if (ranges.size() > manyRanges)
        ranges = {{rows.front(), rows.back()}};
    const QModelIndex parent = indexOf(group);
    for (const auto &[first, last] : ranges)
        Q_EMIT dataChanged(index(first, 0, parent), index(last, 0, parent));
}

JobListModel::Group &JobListModel::groupFor(qint64 order)
{
    auto fresh = std::make_unique<Group>();
    fresh->order = order;
    const int row = rowOf(*fresh);
    const auto at = m_groups.begin() + row;
    if (at != m_groups.end() && (*at)->order == order)
        return **at;
    beginInsertRows({}, row, row);
    Group &group = **m_groups.insert(at, std::move(fresh));
    endInsertRows();
    return group;
}

void JobListModel::moveAway(Entry &entry, JobPtr job)
{
    Group &from = *entry.group;
    Group &to = groupFor(orderOf(*job));
    const int row = rowOf(entry);
    const auto at = std::lower_bound(to.rows.begin(), to.rows.end(), *job,
                                     [](const Entry *each, const Job &other) { return less(*each->job, other); });
    const int place = static_cast<int>(at - to.rows.begin());
    beginMoveRows(indexOf(from), row, row, indexOf(to), place);
    from.rows.erase(from.rows.begin() + row);
    to.rows.insert(at, &entry);
    entry = {std::move(job), &to};
    endMoveRows();
    tellChanged(to, {place});
}

void JobListModel::insert(Group &group, std::vector<Entry *> entries)
{
    const auto before = [](const Entry *left, const Entry *right) { return less(*left->job, *right->job); };
    std::sort(entries.begin(), entries.end(), before);
    // From the end, so that the places of those before stay what they are.
    auto last = entries.end();
    while (last != entries.begin()) {
        const auto at = std::lower_bound(group.rows.begin(), group.rows.end(), *std::prev(last), before);
        auto first = std::prev(last);
        while (first != entries.begin() && (at == group.rows.begin() || before(*std::prev(at), *std::prev(first))))
            --first;
        const int place = static_cast<int>(at - group.rows.begin());
        beginInsertRows(indexOf(group), place, place + static_cast<int>(last - first) - 1);
        for (auto it = first; it != last; ++it)
            (*it)->group = &group;
        group.rows.insert(at, first, last);
        endInsertRows();
        last = first;
    }
}

} // namespace stepwire
