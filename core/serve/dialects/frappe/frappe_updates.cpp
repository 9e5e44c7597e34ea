#include "core/serve/dialects/frappe/frappe_updates.h"

#include <QJsonDocument>

#include <algorithm>

namespace stepwire {

using namespace Qt::StringLiterals;

void FrappeUpdates::add(const QString &user, const QString &conversation, const QJsonObject &message)
{
    Conversation &all = m_conversations[{user, conversation}];
    // How far the same step is now stands for how far it was.
    const auto sameStep = [&](const QJsonObject &other) {
        const QJsonValue step = message.value(u"step"_s);
        return step.isDouble() && step == other.value(u"step"_s) && message.value(u"type"_s) == u"working"_s
            && other.value(u"type"_s) == u"working"_s && message.value(u"task_id"_s) == other.value(u"task_id"_s);
    };
    if (!all.updates.empty() && sameStep(all.updates.back().message)) {
        all.bytes -= all.updates.back().bytes;
        all.updates.pop_back();
    }
    const qint64 bytes = QJsonDocument(message).toJson(QJsonDocument::Compact).size();
    all.updates.push_back({++m_newest, bytes, message});
    all.bytes += bytes;
    while (all.updates.size() > 1 && (all.updates.size() > mostUpdates || all.bytes > mostBytes)) {
        all.bytes -= all.updates.front().bytes;
        all.updates.pop_front();
    }
    if (m_conversations.size() <= mostConversations)
        return;
    m_conversations.erase(std::min_element(m_conversations.begin(), m_conversations.end(), [](auto &a, auto &b) {
        return a.second.updates.back().number < b.second.updates.back().number;
    }));
}

QJsonArray FrappeUpdates::take(const QString &user, const QString &conversation, const QByteArray &asker,
                               std::optional<quint64> since)
{
    QJsonArray told;
    const auto known = m_conversations.find({user, conversation});
    if (known == m_conversations.end())
        return told;
    Conversation &all = known->second;
    const auto before = all.askers.find(asker);
    quint64 after = 0;
    if (since) {
        after = *since;
    } else if (before != all.askers.end()) {
        after = before->second;
    } else {
        const QJsonValue task = all.updates.back().message.value(u"task_id"_s);
        const auto first = std::find_if(all.updates.begin(), all.updates.end(), [&](const Update &update) {
            return update.message.value(u"task_id"_s) == task;
        });
        after = first->number - 1;
    }
    for (const Update &update : all.updates) {
        if (update.number > after)
            told.append(update.message);
    }
    if (!since) {
        if (before == all.askers.end() && all.askers.size() >= mostAskers)
            all.askers.erase(std::min_element(all.askers.begin(), all.askers.end(),
                                              [](auto &a, auto &b) { return a.second < b.second; }));
        all.askers.insert_or_assign(asker, all.updates.back().number);
    }
    return told;
}

} // namespace stepwire
