#pragma once

#include "core/view/host_list.h"

#include <QTimer>
#include <QWidget>

class QPushButton;
class QTreeWidget;

namespace stepwire {

class HubForm;
class Note;

/// The page of the settings with the other hubs and the foreign servers whose jobs are shown, and how each is. Changes
/// them by requests to the hub, wherever it lives. Lives on the main thread.
class HostsPage : public QWidget
{
    Q_OBJECT

public:
    /// `view` must outlive the page.
    explicit HostsPage(HubView &view, QWidget *parent = nullptr);

Q_SIGNALS:
    /// A sentence for the person; empty: nothing is to be said any more.
    void told(const QString &sentence, bool isError);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void refresh();
    void refreshButtons();
    [[nodiscard]] const HostEntry *chosen() const;
    void add(HubForm *form);
    void tellAdded(const QJsonObject &told);
    void askToRemove();
    void remove(const QString &name, bool isSource);

    HubView &m_view;
    HostList m_hosts;
    QTreeWidget *m_list;
    Note *m_empty;
    Note *m_detail;
    QPushButton *m_addHost;
    QPushButton *m_addSource;
    QPushButton *m_remove;
    QTimer m_tick;
};

} // namespace stepwire
