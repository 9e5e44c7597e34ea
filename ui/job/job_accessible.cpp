#include "ui/job/job_accessible.h"

#include "ui/job/progress_bar.h"
#include "ui/job/timeline_view.h"

#include <QAccessibleWidget>

#include <vector>

namespace stepwire {

namespace {

class BarAccessible : public QAccessibleWidget, public QAccessibleValueInterface
{
public:
    explicit BarAccessible(ProgressBar *bar) : QAccessibleWidget(bar, QAccessible::ProgressBar) { }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::ValueInterface)
            return static_cast<QAccessibleValueInterface *>(this);
        return QAccessibleWidget::interface_cast(type);
    }
    QAccessible::State state() const override
    {
        QAccessible::State state = QAccessibleWidget::state();
        state.readOnly = true;
        state.busy = bar()->busy();
        return state;
    }
    QVariant currentValue() const override { return bar()->percent(); }
    void setCurrentValue(const QVariant &) override { }
    QVariant minimumValue() const override { return 0; }
    QVariant maximumValue() const override { return most; }
    QVariant minimumStepSize() const override { return 1; }

private:
    static constexpr int most = 100;
    [[nodiscard]] ProgressBar *bar() const { return static_cast<ProgressBar *>(widget()); }
};

/// A step on the timeline.
class RowAccessible : public QAccessibleInterface, public QAccessibleActionInterface
{
public:
    RowAccessible(TimelineView *view, int row) : m_view(view), m_row(row) { }

    bool isValid() const override { return m_row < m_view->rowCount(); }
    QObject *object() const override { return nullptr; }
    QWindow *window() const override { return parent() ? parent()->window() : nullptr; }
    QAccessibleInterface *parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
    QAccessibleInterface *child(int) const override { return nullptr; }
    QAccessibleInterface *childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface *) const override { return -1; }
    QString text(QAccessible::Text which) const override
    {
        return which == QAccessible::Name ? m_view->description(m_row) : QString();
    }
    void setText(QAccessible::Text, const QString &) override { }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    QRect rect() const override
    {
        const QRect row = m_view->rowRect(m_row);
        return {m_view->viewport()->mapToGlobal(row.topLeft()), row.size()};
    }
    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.selectable = true;
        state.focusable = true;
        state.selected = m_view->currentRow() == m_row;
        state.focused = state.selected && m_view->hasFocus();
        state.invisible = !m_view->isVisible();
        state.offscreen = !m_view->viewport()->rect().intersects(m_view->rowRect(m_row));
        return state;
    }
    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface *>(this) : nullptr;
    }
    QStringList actionNames() const override { return {pressAction()}; }
    void doAction(const QString &name) override
    {
        if (name == pressAction())
            m_view->chooseRow(m_row);
    }
    QStringList keyBindingsForAction(const QString &) const override { return {}; }

private:
    TimelineView *m_view;
    int m_row;
};

class TimelineAccessible : public QAccessibleWidget
{
public:
    explicit TimelineAccessible(TimelineView *view) : QAccessibleWidget(view, QAccessible::List) { }
    ~TimelineAccessible() override
    {
        for (const QAccessible::Id row : m_rows)
            QAccessible::deleteAccessibleInterface(row);
    }

    int childCount() const override { return view()->rowCount(); }
    QAccessibleInterface *child(int index) const override
    {
        if (index < 0 || index >= view()->rowCount())
            return nullptr;
        while (static_cast<int>(m_rows.size()) <= index) {
            const int row = static_cast<int>(m_rows.size());
            m_rows.push_back(QAccessible::registerAccessibleInterface(new RowAccessible(view(), row)));
        }
        return QAccessible::accessibleInterface(m_rows[static_cast<std::size_t>(index)]);
    }
    int indexOfChild(const QAccessibleInterface *child) const override
    {
        for (std::size_t row = 0; row < m_rows.size(); ++row) {
            if (QAccessible::accessibleInterface(m_rows[row]) == child)
                return static_cast<int>(row);
        }
        return -1;
    }
    QAccessibleInterface *childAt(int x, int y) const override
    {
        for (int row = 0; row < view()->rowCount(); ++row) {
            if (QAccessibleInterface *one = child(row); one && one->rect().contains(x, y))
                return one;
        }
        return nullptr;
    }
    QAccessibleInterface *focusChild() const override
    {
        return view()->hasFocus() ? child(view()->currentRow()) : nullptr;
    }

private:
    [[nodiscard]] TimelineView *view() const { return static_cast<TimelineView *>(widget()); }

    mutable std::vector<QAccessible::Id> m_rows; ///< made when first asked for; a row is a number, so they can stay
};

QAccessibleInterface *make(const QString &className, QObject *object)
{
    if (className == QLatin1String(ProgressBar::staticMetaObject.className())) {
        if (auto *bar = qobject_cast<ProgressBar *>(object))
            return new BarAccessible(bar);
    }
    if (className == QLatin1String(TimelineView::staticMetaObject.className())) {
        if (auto *view = qobject_cast<TimelineView *>(object))
            return new TimelineAccessible(view);
    }
    return nullptr;
}

} // namespace

void installJobAccessibility()
{
    QAccessible::installFactory(make);
}

} // namespace stepwire
