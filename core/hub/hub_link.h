#pragma once

#include "core/model/snapshot.h"
#include "core/model/request.h"

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>

#include <functional>

namespace stepwire {

/// What a face knows of a hub: subscribe and request. Whether the hub is in this process, behind a socket or on
/// another machine cannot be told from here. Belongs to one thread, which gets every callback.
class HubLink
{
public:
    /// An event as it came: `encoded` is the event object of the protocol, `skipped` how many came before it that
    /// were not sent.
    struct Received
    {
        Event event;
        QByteArray encoded;
        quint64 skipped = 0;
    };

    /// Told what the hub says. The default of each is to ignore it.
    class Sink
    {
    public:
        virtual ~Sink() = default;
        virtual void snapshotReceived(const Snapshot &, const QByteArray & /*encoded*/) { }
        virtual void eventReceived(const Received &) { }
        /// Nothing more will come. `reason` is one sentence.
        virtual void linkLost(const QString & /*reason*/) { }
    };

    using Answered = std::function<void(const Result<QJsonValue> &)>;

    virtual ~HubLink() = default;
    virtual void setSink(Sink *sink) = 0;
    /// A method of the protocol, `subscribe` included; the answer comes later, exactly once unless the link is lost.
    virtual void call(const QString &method, const QJsonObject &params, Answered answered) = 0;
};

} // namespace stepwire
