// How connections end: the client's FIN, errors, refusals, our own close.
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

Gone KindOf(int error) {
  switch (error) {
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return Gone::kVanished;
    default:
      return Gone::kReset;  // ECONNRESET, EPIPE, ECONNABORTED, ENOTCONN
  }
}

}  // namespace

bool Engine::Idle(const Connection& c) const { return c.pending() == 0 && c.refusal == 0 && c.out.empty(); }

// A FIN: the client sends no more, and may or may not read on (contract rule 9). Requests before it are
// answered.
void Engine::OnFin(Connection& c) {
  c.fin_queued = true;
  if (c.phase == Phase::kLingering) {
    if (!c.readable) Close(c);
    return;
  }
  if (c.phase != Phase::kOpen) return;
  const bool first = !c.peer_fin;
  c.peer_fin = true;
  if (first && c.incoming == Incoming::kBody && !c.body_cut) {
    // What arrived before the end stays readable (contract rule 27).
    c.want_body = c.drain_body = true;
    c.readable = true;
    Read(c);
    c.drain_body = false;
    if (c.phase != Phase::kOpen) return;
  }
  if (c.incoming == Incoming::kBody && !c.readable && !c.unread && !c.body_cut) {
    c.body_cut = true;
    c.want_body = false;
    Tell(Event::kBodyError, c, c.seq_in, static_cast<int32_t>(Gone::kFin));
  }
  if (first && c.pending() > 0) Tell(Event::kFin, c, c.seq_in);
  CloseIfSpent(c);
}

// After a FIN: no request is left, and none can come.
void Engine::CloseIfSpent(Connection& c) {
  if (c.phase != Phase::kOpen || !c.peer_fin || c.readable || c.in_ready || c.pending() > 0 || c.refusal)
    return;
  if (c.out.empty())
    Close(c);
  else
    c.close_drained = true;
}

void Engine::OnError(Connection& c, int error) {
  if (c.phase == Phase::kClosed) return;
  Gone why = KindOf(error);
  // The kernel's user timeout also ends a client that answers probes but never reads. The gaps between probes double, so
  // that its last answer is about half of that time old; who vanished has been silent for all of it. (In less than two
  // seconds there may be no probe at all: then such a reader counts as vanished.)
  if (why == Gone::kVanished && Alive(c, options_.user_timeout_ms / 4 * 3)) why = Gone::kStalled;
  Fail(c, why, error);
}

// The connection is lost: whoever still has a stake in it is told.
void Engine::Fail(Connection& c, Gone why, int error) {
  if (c.phase == Phase::kClosed || c.phase == Phase::kFree) return;
  if (c.want_sent || c.pending() > 0)
    Tell(Event::kGone, c, c.pending() > 0 ? c.seq_in : c.sent_seq, static_cast<int32_t>(why), error);
  Reset(c);
}

// The gateway's own answer to a request it does not pass on; sent when those before it have theirs.
// `bodyless`: to a HEAD, whose client takes no body.
void Engine::Refuse(Connection& c, uint16_t status, bool bodyless) {
  if (c.refusal || c.phase != Phase::kOpen) return;
  c.refusal = status;
  c.refusal_bodyless = bodyless;
  c.close_after = true;
  c.incoming = Incoming::kIgnore;
  DropUnread(c);
  if (status >= 400 && status < 600) stats_.refused[status - 400u]++;
  if (c.pending() == 0) SendRefusal(c);
}

// Closes once everything queued has left, so that the client can read it all.
void Engine::CloseGently(Connection& c) {
  if (c.phase != Phase::kOpen) return;
  c.close_after = true;
  c.incoming = Incoming::kIgnore;
  DropUnread(c);
  if (!c.out.empty()) {
    c.close_drained = true;
    return;
  }
  if (c.peer_fin) return Close(c);
  Linger(c);
}

void Engine::Linger(Connection& c) {
  if (sys::Shutdown(c.fd) != 0) return Close(c);
  c.phase = Phase::kLingering;
  c.linger_began = static_cast<uint32_t>(now_ms_);
  c.lingered = 0;
  SetDeadline(c, kLinger, std::min(options_.linger_idle_ms, options_.linger_ms));
  c.readable = true;
  Later(c);
}

// `more` bytes came to a connection that we ended. False: enough of them, it is closed.
bool Engine::MayLinger(Connection& c, size_t more) {
  const uint32_t spent = static_cast<uint32_t>(now_ms_) - c.linger_began;
  if (spent >= options_.linger_ms || more > options_.max_linger - c.lingered) {
    Close(c);
    return false;
  }
  c.lingered += static_cast<uint32_t>(more);
  SetDeadline(c, kLinger, std::min(options_.linger_idle_ms, options_.linger_ms - spent));
  return true;
}

// RST: what the kernel still holds is dropped, the client can't take the end for a regular one.
void Engine::Reset(Connection& c) {
  const linger hard{1, 0};
  sys::SetOption(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  Close(c);
}

void Engine::Close(Connection& c) {
  if (c.fd < 0) return;
  sys::Close(c.fd);  // leaves the epoll set by itself: no descriptor is ever duplicated
  c.fd = -1;
  c.phase = Phase::kClosed;
  c.out.Clear(slab_);
  c.queued = 0;
  shared_.backlog[c.slot] = 0;
  AnsweredUpTo(c, c.seq_in + 1);
  DropUnread(c);
  delete c.decoder;
  c.decoder = nullptr;
  retries_.Cancel(c.slot);
  deadlines_.Cancel(c.slot);
  stats_.connections--;
  closed_.push_back(c.slot);
}

Gone Engine::PeekSocket(Connection& c, int* error) {
  const int state = sys::State(c.fd, POLLIN | POLLRDHUP);
  if (state & POLLERR) {
    sys::GetOption(c.fd, SOL_SOCKET, SO_ERROR, error, sizeof *error);
    // Reading the error takes it from the socket; the event that follows must still find one.
    if (!*error) *error = c.error ? c.error : ECONNRESET;
    c.error = static_cast<uint16_t>(*error);
    return KindOf(*error);
  }
  return state & (POLLRDHUP | POLLHUP) ? Gone::kFin : Gone::kNone;
}

}  // namespace halfopen
