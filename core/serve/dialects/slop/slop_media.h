#pragma once

#include "core/hub/hub.h"
#include "core/serve/dialects/slop/slop_results.h"

#include <functional>

namespace stepwire::slop {

/// Jobs as `/media` and `/notifications` have them. Lives on the hub's thread.
class Media
{
public:
    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        [[nodiscard]] virtual bool isHeard(const QString &room) const = 0;
        virtual void tellRoom(const QString &room, const QString &event, const QJsonObject &data) = 0;
        /// To all of `/notifications`.
        virtual void notify(const QJsonObject &notification) = 0;
    };

    Media(Hub &hub, const Results &results, Mediator &mediator) : m_hub(hub), m_results(results), m_mediator(mediator)
    {
    }

    /// Where those are who want to hear of one.
    [[nodiscard]] static QString roomOf(const QString &mediaId) { return QStringLiteral("media:") + mediaId; }
    void follow(const Event &event);
    /// What there is to be told to somebody new: an event and its data, for one that is over.
    [[nodiscard]] std::optional<std::pair<QString, QJsonObject>> endOf(const QString &mediaId) const;

private:
    void notifyOf(const Event &event);
    [[nodiscard]] std::pair<QString, QJsonObject> endOf(const Job &job) const;

    Hub &m_hub;
    const Results &m_results;
    Mediator &m_mediator;
};

} // namespace stepwire::slop
