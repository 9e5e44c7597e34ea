#include "core/serve/io/connection.h"

#include "core/serve/io/reactor.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace stepwire::io {

/// Many pieces in one call, straight to the descriptor.
static WriteResult writePlain(int descriptor, QByteArrayList &pending, qsizetype &offset, Reactor::Totals &totals)
{
    constexpr qsizetype mostPieces = 64;
    while (!pending.isEmpty()) {
        std::array<iovec, mostPieces> pieces; // NOLINT: filled as far as it is used
        const qsizetype count = std::min(mostPieces, pending.size());
        for (qsizetype i = 0; i < count; ++i) {
            const qsizetype skip = i == 0 ? offset : 0;
            pieces[static_cast<std::size_t>(i)] = {const_cast<char *>(pending[i].constData()) + skip,
                                                   static_cast<std::size_t>(pending[i].size() - skip)};
        }
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = static_cast<std::size_t>(count);
        ssize_t sent = ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? WriteResult::Full : WriteResult::Broken;
        ++totals.writes;
        totals.bytesWritten += static_cast<quint64>(sent);
        qsizetype whole = 0;
        while (whole < count && sent >= pending[whole].size() - (whole == 0 ? offset : 0)) {
            sent -= pending[whole].size() - (whole == 0 ? offset : 0);
            ++whole;
        }
        if (whole > 0) {
            pending.remove(0, whole);
            offset = 0;
        }
        offset += sent;
    }
    offset = 0;
    return WriteResult::Done;
}

Connection::Connection(Reactor &reactor, quint64 id, int descriptor, std::unique_ptr<Stream> stream,
                       std::unique_ptr<Protocol> protocol)
    : m_reactor(reactor),
      m_id(id),
      m_descriptor(descriptor),
      m_stream(std::move(stream)),
      m_protocol(std::move(protocol))
{
    m_reactor.m_poller.add(descriptor, *this, true, false);
}

Connection::~Connection()
{
    leaveGroups();
    if (!m_dead) {
        m_reactor.m_poller.remove(m_descriptor, *this);
        ::close(m_descriptor);
        if (m_counter)
            --*m_counter;
    }
}

void Connection::countIn(std::shared_ptr<std::size_t> counter)
{
    ++*counter;
    m_counter = std::move(counter);
}

void Connection::watch()
{
    if (m_dead || m_hungUp)
        return;
    const bool reading = m_reading || m_ending;
    const bool writing = m_full || (m_stream && m_stream->readNeedsWritable());
    if (reading == m_watchingRead && writing == m_watchingWrite)
        return;
    m_watchingRead = reading;
    m_watchingWrite = writing;
    m_reactor.m_poller.change(m_descriptor, *this, reading, writing);
}

void Connection::ready(Poller::Readiness readiness)
{
    if (readiness.writable && m_full) {
        m_full = false;
        flush();
        if (m_dead)
            return;
        if (!m_full && std::exchange(m_stallTold, false) && !m_closing)
            m_protocol->drained(*this);
        if (m_dead)
            return;
    }
    if (m_ending)
        return discard();
    if (readiness.readable || (readiness.gone && m_reading) || (readiness.writable && m_stream && m_reading)) {
        read();
    } else if (readiness.gone) {
        // It would be told again and again; what was sent before is read when we read again.
        m_hungUp = true;
        m_reactor.m_poller.remove(m_descriptor, *this);
        if (m_closing)
            close();
    }
    watch();
}

void Connection::read()
{
    if (!m_reading || m_closing || m_dead)
        return;
    std::vector<char> &buffer = m_reactor.m_buffer;
    const auto size = static_cast<qsizetype>(buffer.size());
    Stream::Read got;
    if (m_stream) {
        got = m_stream->read(buffer.data(), size);
    } else {
        const ssize_t count = ::recv(m_descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count > 0)
            got = {Stream::Read::Data, count};
        else if (count == 0)
            got = {Stream::Read::End, 0};
        else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            got = {Stream::Read::Broken, 0};
    }
    switch (got.kind) {
    case Stream::Read::Again: return;
    case Stream::Read::Data:
        m_reactor.m_totals.bytesRead += static_cast<quint64>(got.bytes);
        show({buffer.data(), got.bytes});
        // What a decoder holds no descriptor tells of.
        if (!m_dead && m_reading && (m_hungUp || (m_stream && m_stream->buffered())))
            postRead();
        return;
    case Stream::Read::End:
        // It may still read what waits for it.
        if (m_pendingBytes > 0 && !m_hungUp)
            return closeWhenSent();
        return close();
    case Stream::Read::Broken: return close();
    }
}

/// The peer's end is awaited: closing with something unread would destroy what it has not read yet.
void Connection::discard()
{
    std::vector<char> &buffer = m_reactor.m_buffer;
    constexpr int readsAtOnce = 16;
    for (int i = 0; i < readsAtOnce; ++i) {
        const ssize_t count = ::recv(m_descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (count <= 0)
            return close();
    }
}

void Connection::show(QByteArrayView fresh)
{
    const bool kept = !m_input.isEmpty();
    if (kept)
        m_input.append(fresh);
    QByteArrayView rest = kept ? QByteArrayView(m_input) : fresh;
    while (!rest.isEmpty() && !m_dead && !m_closing) {
        const Protocol *before = m_protocol.get();
        rest = rest.sliced(before == nullptr ? 0 : m_protocol->received(*this, rest));
        if (m_protocol.get() == before)
            break;
    }
    if (m_dead)
        return;
    if (rest.isEmpty() || m_closing)
        m_input = QByteArray();
    else if (!kept)
        m_input = rest.toByteArray();
    else if (rest.size() < m_input.size())
        m_input = rest.toByteArray();
}

void Connection::setReading(bool reading)
{
    if (m_reading == reading)
        return;
    m_reading = reading;
    watch();
    if (reading)
        postRead();
}

void Connection::readAgain()
{
    postRead();
}

void Connection::postRead()
{
    if (std::exchange(m_readPosted, true))
        return;
    QMetaObject::invokeMethod(
        &m_reactor,
        [&reactor = m_reactor, id = m_id] {
            Connection *connection = reactor.find(id);
            if (!connection)
                return;
            connection->m_readPosted = false;
            if (!connection->m_reading || connection->m_closing)
                return;
            if (!connection->m_input.isEmpty())
                connection->show({});
            if (!connection->m_dead && (connection->m_hungUp || connection->m_stream))
                connection->read();
        },
        Qt::QueuedConnection);
}

void Connection::send(QByteArray bytes)
{
    if (m_dead || m_closing || m_lost || bytes.isEmpty())
        return;
    if (m_reactor.m_current && m_reactor.m_current->contains(*this))
        m_reactor.settle();
    m_pendingBytes += bytes.size();
    m_output.append(std::move(bytes));
    if (!m_full)
        m_reactor.markDirty(*this);
}

WriteResult Connection::write()
{
    const WriteResult result = m_stream ? m_stream->write(m_output, m_outputOffset)
                                        : writePlain(m_descriptor, m_output, m_outputOffset, m_reactor.m_totals);
    if (result == WriteResult::Done) {
        m_pendingBytes = 0;
    } else {
        m_pendingBytes = -m_outputOffset;
        for (const QByteArray &piece : std::as_const(m_output))
            m_pendingBytes += piece.size();
    }
    return result;
}

WriteResult Connection::writeDirect(const QByteArray &bytes)
{
    ssize_t sent = -1;
    do {
        sent = ::send(m_descriptor, bytes.constData(), static_cast<std::size_t>(bytes.size()),
                      MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return WriteResult::Broken;
    const qsizetype taken = std::max<ssize_t>(sent, 0);
    ++m_reactor.m_totals.writes;
    m_reactor.m_totals.bytesWritten += static_cast<quint64>(taken);
    if (taken == bytes.size())
        return WriteResult::Done;
    m_output.append(bytes);
    m_outputOffset = taken;
    m_pendingBytes = bytes.size() - taken;
    return WriteResult::Full;
}

void Connection::stall()
{
    m_full = true;
    leaveGroups();
    watch();
    if (!std::exchange(m_stallTold, true) && !m_closing)
        m_protocol->stalled(*this);
}

/// Nothing reaches the peer any more; what it said before is still read, up to its end.
void Connection::lose()
{
    if (m_stream || m_closing || !m_reading)
        return close();
    m_lost = true;
    leaveGroups();
    m_output.clear();
    m_outputOffset = 0;
    m_pendingBytes = 0;
}

void Connection::flush()
{
    m_dirty = false;
    if (m_dead || m_full)
        return;
    if (!m_output.isEmpty()) {
        switch (write()) {
        case WriteResult::Done: break;
        case WriteResult::Full: return stall();
        case WriteResult::Broken: return lose();
        }
    }
    if (m_closing && !m_ending) {
        m_ending = true;
        if (m_stream)
            m_stream->end();
        ::shutdown(m_descriptor, SHUT_WR);
        if (m_hungUp)
            return close();
        watch();
    }
}

void Connection::close()
{
    if (std::exchange(m_dead, true))
        return;
    leaveGroups();
    if (!m_hungUp)
        m_reactor.m_poller.remove(m_descriptor, *this);
    m_protocol->closed(*this);
    ::close(m_descriptor);
    if (m_counter)
        --*std::exchange(m_counter, {});
    m_reactor.bury(*this);
}

void Connection::dropPending()
{
    if (m_reactor.m_current && m_reactor.m_current->contains(*this))
        m_reactor.settle();
    const bool begun = m_outputOffset > 0;
    while (m_output.size() > (begun ? 1 : 0))
        m_output.removeLast();
    m_pendingBytes = begun ? m_output.first().size() - m_outputOffset : 0;
}

void Connection::closeWhenSent(int deadlineMs)
{
    if (m_dead || m_closing)
        return;
    if (m_reactor.m_current && m_reactor.m_current->contains(*this))
        m_reactor.settle();
    leaveGroups();
    m_closing = true;
    m_reading = false;
    m_reactor.m_deadlines.set(m_id, deadlineMs);
    m_reactor.markDirty(*this);
    watch();
}

void Connection::setProtocol(std::unique_ptr<Protocol> protocol)
{
    m_reactor.m_formerProtocols.push_back(std::exchange(m_protocol, std::move(protocol)));
    m_reactor.postFlush(); // where the former one ends
}

void Connection::leaveGroups()
{
    while (!m_groups.empty())
        m_groups.back().group->remove(*this);
}

Group::~Group()
{
    if (m_reactor.m_current == this)
        m_reactor.settle();
    while (!m_members.empty())
        remove(*m_members.back());
}

void Group::add(Connection &connection)
{
    if (connection.m_dead || connection.m_closing || connection.m_lost || connection.m_full || contains(connection))
        return;
    // What the group was sent this turn came before this member.
    if (m_reactor.m_current == this)
        m_reactor.settle();
    connection.m_groups.push_back({this, m_members.size()});
    m_members.push_back(&connection);
}

void Group::remove(Connection &connection)
{
    const auto membership =
        std::find_if(connection.m_groups.begin(), connection.m_groups.end(),
                     [this](const Connection::Membership &candidate) { return candidate.group == this; });
    if (membership == connection.m_groups.end())
        return;
    if (m_reactor.m_current == this && !connection.m_dead)
        m_reactor.settle();
    const std::size_t index = membership->index;
    connection.m_groups.erase(membership);
    Connection *last = m_members.back();
    m_members.pop_back();
    if (last == &connection)
        return;
    m_members[index] = last;
    for (Connection::Membership &moved : last->m_groups) {
        if (moved.group == this)
            moved.index = index;
    }
}

bool Group::contains(const Connection &connection) const
{
    return std::any_of(connection.m_groups.begin(), connection.m_groups.end(),
                       [this](const Connection::Membership &membership) { return membership.group == this; });
}

void Group::send(const QByteArray &bytes)
{
    m_reactor.sendTo(*this, bytes);
}

} // namespace stepwire::io
