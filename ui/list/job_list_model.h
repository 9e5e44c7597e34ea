#pragma once

#include "core/view/hub_view.h"

#include <QAbstractItemModel>
#include <QTimer>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace stepwire {

/// All jobs of a hub by what they do: groups, and in them the jobs, in the order of the web page. A job that stays
/// where it is costs a search in its group; rows are inserted, removed and moved one by one unless very many are.
/// Lives on the main thread; `view` must outlive it.
class JobListModel : public QAbstractItemModel
{
    Q_OBJECT

public:
    enum Role {
        IdRole = Qt::UserRole, ///< QString; empty for a group
        JobRole, ///< JobPtr; null for a group
        GroupKeyRole, ///< QString, of the group or of the one the job is in: `0`, `1`, `2`, `3 2026-05-17`
        StaleSinceRole ///< UnixMs at which the link was lost, for a live job that nobody knows more of; else 0
    };

    /// `now` is for tests.
    explicit JobListModel(HubView &view, std::function<UnixMs()> now = {}, QObject *parent = nullptr);
    ~JobListModel() override;

    /// Only jobs in which each word of `text` is found (in title, host, pipeline, group or state), on this host; empty:
    /// all.
    void setFilter(const QString &text, const QString &host = {});
    [[nodiscard]] const QString &filterText() const { return m_text; }
    [[nodiscard]] const QString &filterHost() const { return m_host; }
    [[nodiscard]] bool isFiltered() const { return !m_text.isEmpty() || !m_host.isEmpty(); }

    [[nodiscard]] HubView &hub() const { return m_view; }
    [[nodiscard]] UnixMs now() const { return m_now(); }
    /// Invalid when the job is not shown.
    [[nodiscard]] QModelIndex indexOf(const QString &id) const;
    /// Null for a group.
    [[nodiscard]] JobPtr job(const QModelIndex &index) const;
    [[nodiscard]] UnixMs staleSince(const Job &job) const;
    /// `parent / child` for a job that a step of another one started.
    [[nodiscard]] QString title(const Job &job) const;
    /// The job in one sentence, for those who hear it.
    [[nodiscard]] QString sentence(const Job &job) const;
    [[nodiscard]] bool isGroup(const QModelIndex &index) const { return index.isValid() && !index.internalPointer(); }

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;

public Q_SLOTS:
    /// Titles the days anew; called by itself after midnight.
    void dayChanged();

private:
    struct Group;
    struct Entry
    {
        JobPtr job;
        Group *group = nullptr;
    };
    struct Group
    {
        qint64 order = 0; ///< smaller ones come first
        std::vector<Entry *> rows;
    };
    struct Day
    {
        UnixMs end = 0;
        qint64 julian = 0;
    };
    struct Wish ///< that this job be shown as it is here, or, null, no longer
    {
        QString id;
        JobPtr job;
    };

    void take(const HubView::Update &update);
    void statusChanged();
    void apply(const std::vector<Wish> &wishes);
    void rebuild();
    void update(Group &group, std::vector<int> rows);
    void sort(Group &group);
    void tellChanged(const Group &group, const std::vector<int> &rows);
    void moveAway(Entry &entry, JobPtr job);
    void insert(Group &group, std::vector<Entry *> entries);
    [[nodiscard]] bool fits(const Job &job) const;
    [[nodiscard]] qint64 orderOf(const Job &job) const;
    [[nodiscard]] qint64 dayOf(UnixMs ms) const;
    [[nodiscard]] QString title(const Group &group) const;
    [[nodiscard]] static QString key(const Group &group);
    [[nodiscard]] static bool less(const Job &left, const Job &right);
    [[nodiscard]] static int rowOf(const Entry &entry);
    [[nodiscard]] int rowOf(const Group &group) const;
    [[nodiscard]] QModelIndex indexOf(const Group &group) const;
    [[nodiscard]] Group &groupFor(qint64 order);

    HubView &m_view;
    std::function<UnixMs()> m_now;
    std::vector<std::unique_ptr<Group>> m_groups;
    std::unordered_map<QString, Entry> m_entries; ///< what is shown
    mutable std::map<UnixMs, Day> m_days; ///< by the first moment
    qint64 m_today = 0;
    QTimer m_midnight;
    QString m_text;
    QStringList m_words;
    QString m_host;
    std::array<QString, 12> m_stateWords;
};

} // namespace stepwire
