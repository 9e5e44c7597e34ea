#pragma once

#include "core/hub/hub_link.h"

#include <deque>

namespace stepwire::test {

/// A link whose hub is the test: keeps what was asked until the test answers.
class FakeLink : public HubLink
{
public:
    struct Call
    {
        QString method;
        QJsonObject params;
        Answered answered;
    };

    void setSink(Sink *given) override { sink = given; }
    void call(const QString &method, const QJsonObject &params, Answered answered) override
    {
        calls.push_back({method, params, std::move(answered)});
    }

    [[nodiscard]] Call take()
    {
        Call call = calls.empty() ? Call{QStringLiteral("nothing was asked"), {}, {}} : calls.front();
        if (!calls.empty())
            calls.pop_front();
        return call;
    }
    void play(const Event &event) const { sink->eventReceived({event, {}, 0}); }

    Sink *sink = nullptr;
    std::deque<Call> calls;
};

} // namespace stepwire::test
