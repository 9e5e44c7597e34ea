#pragma once

#include "core/view/hub_view.h"

namespace stepwire {

/// Another hub or a foreign server that the hub shows, and how one stands to it.
struct HostEntry
{
    enum class Standing { Connecting, Connected, Lost, Duplicate };

    QString name;
    QString where; ///< how it is reached
    QString kind; ///< of a source; empty for a host
    Standing standing = Standing::Connecting;
    UnixMs since = 0; ///< of that, by this machine's clock; 0: nobody knows
    QString reason; ///< one sentence of the hub, for what is lost or a duplicate

    [[nodiscard]] bool isSource() const { return !kind.isEmpty(); }
    bool operator==(const HostEntry &) const = default;
};

/// A kind of foreign server that the hub can follow.
struct SourceKind
{
    struct Setting
    {
        QString name;
        QString help;
        bool required = false;
        bool secret = false;
        bool operator==(const Setting &) const = default;
    };

    QString kind;
    QString title;
    std::vector<Setting> settings;
    bool operator==(const SourceKind &) const = default;
};

/// The hosts and sources of the hub, by name: asked for when the hub is there, and again with each notice of one.
/// Lives on the main thread.
class HostList : public QObject
{
    Q_OBJECT

public:
    /// `view` must outlive it.
    explicit HostList(HubView &view, QObject *parent = nullptr);

    /// For what no notice tells, as the reason of a further attempt. While an answer is awaited, asks once more behind
    /// it.
    void ask();
    [[nodiscard]] const std::vector<HostEntry> &entries() const { return m_entries; }
    [[nodiscard]] const HostEntry *find(const QString &name) const;
    [[nodiscard]] const std::vector<SourceKind> &kinds() const { return m_kinds; }

Q_SIGNALS:
    /// The entries or the kinds are others than before.
    void changed();

private:
    void take(const Result<QJsonValue> &hosts, const Result<QJsonValue> &sources);

    HubView &m_view;
    std::vector<HostEntry> m_entries;
    std::vector<SourceKind> m_kinds;
    std::map<QString, UnixMs> m_sinceOfSources;
    bool m_asking = false;
    bool m_again = false;
};

} // namespace stepwire
