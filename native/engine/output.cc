// Bytes out: the commands of one connection become one system call; what the kernel refuses is queued. Which commands are
// carried out when is in flush.cc, how responses are framed in framing.cc.
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>

#include "engine/command.h"
#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr int kGather = 32;  // blocks of a queue sent at once

}  // namespace

// Carries out one connection's commands. Those of an exchange that is over are for nobody and dropped.
void Engine::Run(Connection& c, std::span<const char> ref) {
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  batch_.Clear();
  bool waits = true;
  for (int32_t i = c.first_command; i >= 0; i = next_[static_cast<size_t>(i)]) {
    const Command& command = commands[i];
    if (static_cast<uint32_t>(command.seq) != c.seq_out || c.pending() == 0) continue;
    if (command.ops != kOpRetry) waits = false;
    if (!batch_.Fits(32 * 1024)) {
      Send(c);
      if (c.phase != Phase::kOpen) return;
    }
    if (command.has(kOpHead | kOpHeadRaw)) BeginResponse(c, i);
    if (command.has(kOpData | kOpRef)) i = AddBody(c, i, ref);
    const Command& last = commands[i];
    if (last.has(kOpAbort)) return AbortResponse(c, last.has(kModNow));
    if (last.has(kOpRetry)) SetRetry(c, static_cast<uint32_t>(last.argument));
    if (last.has(kOpDrain)) c.want_drain = true;
    if (last.has(kOpRead)) WantBody(c);
    if (last.has(kOpEnd)) EndResponse(c, last.has(kModNotify));
    if (c.phase != Phase::kOpen) return;
  }
  if (!waits) Send(c);  // an application that has nothing to say changes nothing of the connection
}

// One system call for all of it; what the kernel refuses is queued.
void Engine::Send(Connection& c) {
  int count = 0;
  const iovec* vectors = batch_.vectors(&count);
  size_t sent = 0;
  const size_t total = batch_.total();
  if (count > 0 && c.out.empty()) {
    ssize_t taken;
    do {
      if (count == 1) {
        taken = sys::Send(c.fd, vectors[0].iov_base, vectors[0].iov_len);
      } else {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(vectors);
        message.msg_iovlen = static_cast<size_t>(count);
        taken = sys::SendVectors(c.fd, &message);
      }
    } while (taken < 0 && errno == EINTR);
    if (taken < 0 && errno != EAGAIN) {
      const int error = errno;
      batch_.Clear();
      return OnError(c, error);
    }
    sent = taken > 0 ? static_cast<size_t>(taken) : 0;
    c.written += sent;
  }
  if (sent < total) {
    size_t skip = sent;
    for (int i = 0; i < count; i++) {
      const size_t size = vectors[i].iov_len;
      const size_t from = std::min(skip, size);
      skip -= from;
      if (!c.out.Append(slab_, static_cast<const char*>(vectors[i].iov_base) + from, size - from)) {
        batch_.Clear();
        return Fail(c, Gone::kReset, ENOMEM);
      }
    }
    c.queued += total - sent;
    if (!c.blocked) {
      c.blocked = true;
      WatchStall(c);
    }
  }
  batch_.Clear();
  AfterSend(c);
}

// EPOLLOUT: the kernel has room again.
void Engine::SendQueued(Connection& c) {
  while (!c.out.empty()) {
    iovec vectors[kGather];
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = static_cast<size_t>(c.out.Peek(vectors, kGather));
    const ssize_t taken = sys::SendVectors(c.fd, &message);
    if (taken < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return OnError(c, errno);
      break;
    }
    c.written += static_cast<size_t>(taken);
    c.queued -= static_cast<size_t>(taken);
    c.out.Pop(slab_, static_cast<size_t>(taken));
  }
  AfterSend(c);
}

// What follows from the state of the queue.
void Engine::AfterSend(Connection& c) {
  shared_.backlog[c.slot] = static_cast<uint32_t>(std::min<uint64_t>(c.queued, UINT32_MAX));
  if (c.want_drain && c.queued <= options_.low_water) {
    c.want_drain = false;
    Tell(Event::kDrained, c, c.seq_out);
  }
  if (!c.out.empty()) return;
  if (c.blocked) {
    c.blocked = false;
    UnwatchStall(c);
    if (c.want_body) WaitForBody(c);
  }
  if (c.want_sent) {
    c.want_sent = false;
    Tell(Event::kSent, c, c.sent_seq);
  }
  if (c.close_drained) return CloseGently(c);
  if (c.pending() > 0) {
    if (c.unread && c.incoming == Incoming::kHead && c.pending() < options_.pipeline) Later(c);
    return;
  }
  if (c.refusal) return SendRefusal(c);
  if (c.phase != Phase::kOpen) return;
  const bool last = c.peer_fin || draining_;
  if (c.close_after || (last && !c.unread && !c.readable)) return CloseGently(c);
  if (c.incoming == Incoming::kSkip) {
    SetDeadline(c, kHeadDeadline, options_.head_timeout_ms);
    return Later(c);
  }
  if (c.deadline_kind != kHeadDeadline)
    SetDeadline(c, kIdleDeadline, Crowded() ? options_.keep_alive_pressure_ms : options_.keep_alive_ms);
  if (c.unread || c.readable) Later(c);
}

}  // namespace halfopen
