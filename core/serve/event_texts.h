#pragma once

#include "core/wire/native/native.h"

namespace stepwire {

/// The newest event as the protocol's object, encoded once for all carriers. Lives on the hub's thread.
class EventTexts
{
public:
    [[nodiscard]] const QByteArray &of(const EventPtr &event)
    {
        if (m_event != event) {
            m_event = event;
            m_text = native::encodeEvent(*event);
        }
        return m_text;
    }

private:
    EventPtr m_event;
    QByteArray m_text;
};

} // namespace stepwire
