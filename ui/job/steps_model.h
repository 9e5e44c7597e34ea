#pragma once

#include "core/view/hub_view.h"

#include <QAbstractItemModel>

namespace stepwire {

/// The steps of one job and, below a running one, what it counts apart. Lives on the main thread.
class StepsModel : public QAbstractItemModel
{
    Q_OBJECT

public:
    enum Column { Title, Time, Bar, Notes, Columns };
    enum Role {
        StepId = Qt::UserRole + 1, ///< of a phase: that of its step
        StateOf, ///< int
        Fraction, ///< double, invalid while nobody knows
        HasBar,
        Busy, ///< runs, and nobody knows how far it is
        Guessed
    };

    using QAbstractItemModel::QAbstractItemModel;

    /// Null: none. `now` is the present, as for `tick`.
    void setJob(const JobPtr &job, UnixMs now);
    /// Durations of running steps and countdowns go on.
    void tick(UnixMs now);
    /// Something of it changes by the mere passing of time.
    [[nodiscard]] bool ticks() const;

    [[nodiscard]] const JobPtr &job() const { return m_job; }
    [[nodiscard]] QModelIndex indexOf(const QString &step) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        Step step;
        std::optional<UnixMs> retryAt; ///< on our clock, since the hub only said how long
        int phases = 0; ///< shown
    };

    void fill(Row &row, const Step &step, UnixMs now) const;
    void change(int row, const Step &step, UnixMs now);
    [[nodiscard]] QString duration(const Row &row) const;
    [[nodiscard]] QString notes(const Row &row) const;
    [[nodiscard]] QString spoken(const Row &row) const;
    [[nodiscard]] QVariant stepData(const Row &row, int column, int role) const;
    [[nodiscard]] QVariant phaseData(const Row &row, const Phase &phase, int column, int role) const;

    JobPtr m_job;
    std::vector<Row> m_rows;
    UnixMs m_now = 0;
};

} // namespace stepwire
