#include "core/serve/socketio/client.h"
#include "core/serve/socketio/room.h"

namespace stepwire::socketio {

// ---- rooms --------------------------------------------------------------------------------------------------------

void Namespace::add(Room &room, Socket &socket)
{
    room.members.insert(&socket);
    if (socket.m_client->grouped())
        room.group.add(*socket.m_client->session().connection());
    else
        room.individual.insert(&socket);
}

void Namespace::remove(Room &room, Socket &socket)
{
    room.members.erase(&socket);
    room.individual.erase(&socket);
    // Without a connection it has gone, and left its groups.
    if (io::Connection *connection = socket.m_client->session().connection())
        room.group.remove(*connection);
}

Namespace::Room *Namespace::findRoom(const QString &name) const
{
    const auto it = m_rooms.find(name);
    return it == m_rooms.end() ? nullptr : it->second.get();
}

void Namespace::joinRoom(Socket &socket, const QString &name)
{
    std::unique_ptr<Room> &room = m_rooms[name];
    if (!room)
        room = std::make_unique<Room>(m_server.m_reactor);
    add(*room, socket);
}

void Namespace::leaveRoom(Socket &socket, const QString &name)
{
    Room *room = findRoom(name);
    if (!room)
        return;
    remove(*room, socket);
    if (room->members.empty())
        m_rooms.erase(name);
}

void Namespace::regroup(Socket &socket)
{
    const bool grouped = socket.m_client->grouped();
    const auto move = [&](Room &room) {
        if (grouped) {
            room.individual.erase(&socket);
            room.group.add(*socket.m_client->session().connection());
        } else {
            room.individual.insert(&socket);
        }
    };
    move(*m_everybody);
    for (const auto &[name, since] : socket.m_rooms) {
        if (Room *room = findRoom(name))
            move(*room);
    }
}

std::size_t Namespace::socketsIn(const QString &room) const
{
    return select({room}, {}).size();
}

std::vector<Socket *> Namespace::select(const std::vector<QString> &rooms, const std::vector<QString> &except) const
{
    std::unordered_set<Socket *> left;
    const auto collect = [this](std::unordered_set<Socket *> &into, const QString &name) {
        if (const Room *room = findRoom(name))
            into.insert(room->members.begin(), room->members.end());
        if (const auto it = m_sockets.find(name); it != m_sockets.end())
            into.insert(it->second.get());
    };
    for (const QString &name : except)
        collect(left, name);
    std::unordered_set<Socket *> wanted;
    for (const QString &name : rooms)
        collect(wanted, name);
    std::vector<Socket *> selected;
    for (Socket *socket : rooms.empty() ? m_everybody->members : wanted) {
        if (!left.contains(socket))
            selected.push_back(socket);
    }
    return selected;
}

// ---- events -------------------------------------------------------------------------------------------------------

engineio::Outgoing Namespace::encode(const QString &event, QByteArrayView jsonArguments, const QString &offset) const
{
    Q_ASSERT(!isReservedEvent(event));
    return engineio::Outgoing::text(encodeEvent(m_name, event, jsonArguments, offset));
}

engineio::Outgoing Namespace::prepare(const QString &event, QCborArray arguments, Delivery delivery,
                                      std::vector<QString> rooms, std::vector<QString> except)
{
    Q_ASSERT(!isReservedEvent(event));
    arguments.prepend(event);
    QString offset;
    if (m_store && delivery == Delivery::Reliable)
        offset = m_store->nextOffset();
    else if (m_store && arguments.last().isString())
        offset = m_store->offset(); // the client takes a text at the end for one
    if (!offset.isNull())
        arguments.append(offset);
    auto packet = outgoing(socketio::encode({PacketType::Event, m_name, {}, arguments}));
    if (!offset.isNull() && delivery == Delivery::Reliable)
        m_store->append({offset, packet, std::move(rooms), std::move(except)});
    return packet;
}

engineio::Outgoing Namespace::prepareJson(const QString &event, QByteArrayView jsonArguments, const QString &offset,
                                          Delivery delivery, std::vector<QString> rooms, std::vector<QString> except)
{
    if (!m_store || !offset.isNull())
        return encode(event, jsonArguments, offset);
    if (delivery == Delivery::Volatile) {
        const bool endsInText = jsonArguments.isEmpty() || jsonArguments.back() == '"';
        return encode(event, jsonArguments, endsInText ? m_store->offset() : QString());
    }
    const QString next = m_store->nextOffset();
    auto packet = encode(event, jsonArguments, next);
    if (!next.isNull())
        m_store->append({next, packet, std::move(rooms), std::move(except)});
    return packet;
}

void Namespace::deliver(const engineio::Outgoing &packet, Delivery delivery, const std::vector<QString> &rooms,
                        const std::vector<QString> &except)
{
    Room *room = rooms.empty() ? m_everybody.get() : findRoom(rooms.front());
    const bool wholeRoom = except.empty() && (rooms.empty() || (rooms.size() == 1 && !m_sockets.contains(rooms[0])));
    if (!wholeRoom) {
        for (const Socket *socket : select(rooms, except))
            socket->m_client->send(packet, delivery);
        return;
    }
    if (!room)
        return;
    room->group.send(packet.frames());
    for (const Socket *socket : room->individual)
        socket->m_client->send(packet, delivery);
}

void Namespace::emit(const QString &event, const QCborArray &arguments, Delivery delivery)
{
    all().emit(event, arguments, delivery);
}

void Namespace::emitJson(const QString &event, QByteArrayView jsonArguments, const QString &offset, Delivery delivery)
{
    all().emitJson(event, jsonArguments, offset, delivery);
}

void Namespace::disconnectAll(bool close)
{
    all().disconnect(close);
}

Broadcast Namespace::to(const QString &room)
{
    Broadcast broadcast(*this);
    broadcast.to(room);
    return broadcast;
}

Broadcast Namespace::except(const QString &room)
{
    Broadcast broadcast(*this);
    broadcast.except(room);
    return broadcast;
}

Broadcast Namespace::all()
{
    return Broadcast(*this);
}

// ---- Broadcast ------------------------------------------------------------------------------------------------------

Broadcast &Broadcast::to(const QString &room)
{
    m_rooms.push_back(room);
    return *this;
}

Broadcast &Broadcast::except(const QString &room)
{
    m_except.push_back(room);
    return *this;
}

void Broadcast::emit(const QString &event, const QCborArray &arguments, Delivery delivery)
{
    send(m_nsp.prepare(event, arguments, delivery, m_rooms, m_except), delivery);
}

void Broadcast::emitJson(const QString &event, QByteArrayView jsonArguments, const QString &offset, Delivery delivery)
{
    send(m_nsp.prepareJson(event, jsonArguments, offset, delivery, m_rooms, m_except), delivery);
}

void Broadcast::send(const engineio::Outgoing &packet, Delivery delivery)
{
    m_nsp.deliver(packet, delivery, m_rooms, m_except);
}

std::vector<std::shared_ptr<Socket>> Broadcast::sockets() const
{
    std::vector<std::shared_ptr<Socket>> sockets;
    for (Socket *socket : m_nsp.select(m_rooms, m_except))
        sockets.push_back(socket->shared_from_this());
    return sockets;
}

void Broadcast::join(const QString &room)
{
    for (const auto &socket : sockets())
        socket->join(room);
}

void Broadcast::leave(const QString &room)
{
    for (const auto &socket : sockets())
        socket->leave(room);
}

void Broadcast::disconnect(bool close)
{
    for (const auto &socket : sockets())
        socket->disconnect(close);
}

} // namespace stepwire::socketio
