#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <new>

#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr uint64_t kListenerKey = UINT64_MAX;
constexpr int kBatch = 512;  // socket events taken at once
constexpr uint64_t kTurnNs =
    1'000'000;  // how long further rounds may go on before the rest of the loop is due
constexpr uint32_t kMaxSkip = 16;

}  // namespace

// All that does not grow with what clients do is taken here; Init() tells whether there was memory for it.
Engine::Engine(const Options& options, const Shared& shared, Host& host)
    : options_(options), shared_(shared), host_(host), next_pause_ms_(options.accept_pause_ms),
      crowded_((uint64_t{options.max_connections} * 9 + 9) / 10), pages_(shared.backlog.size() / kPage),
      free_slots_(shared.backlog.size()), closed_(shared.backlog.size()), ready_(shared.backlog.size()),
      scratch_ready_(shared.backlog.size()), touched_(shared.backlog.size()), overdue_(shared.backlog.size()),
      waiting_(shared.backlog.size()),
      next_(new (std::nothrow) int32_t[shared.commands.size() / kCommandInts]),
      most_commands_(static_cast<uint32_t>(shared.commands.size() / kCommandInts)),
      overflow_(static_cast<uint32_t>(shared.backlog.size())), receive_(new (std::nothrow) char[kReceive]),
      start_ns_(sys::NowNs()), retries_(static_cast<uint32_t>(shared.backlog.size())),
      deadlines_(static_cast<uint32_t>(shared.backlog.size())) {}

bool Engine::HasMemory() const {
  return pages_.ok() && free_slots_.ok() && closed_.ok() && ready_.ok() && scratch_ready_.ok() && touched_.ok() &&
         overdue_.ok() && waiting_.ok() && next_ && overflow_.ok() && receive_ && batch_.ok() && retries_.ok() &&
         deadlines_.ok();
}

Engine::~Engine() {
  for (uint32_t slot = 0; slot < slots_; slot++)
    if (At(slot).fd >= 0) Close(At(slot));
  if (listener_ >= 0) close(listener_);
  if (spare_ >= 0) close(spare_);
  if (epoll_ >= 0) close(epoll_);
}

int Engine::Init() {
  if (!HasMemory()) return ENOMEM;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return errno;
  spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return 0;
}

uint64_t Engine::ReadClock() {
  const uint64_t now = sys::NowNs();
  now_ms_ = (now - start_ns_) / 1'000'000;
  return now;
}

void Engine::Turn(bool stay) {
  epoll_event ready[kBatch];
  uint64_t began = 0;
  for (;;) {
    const uint64_t from = looked_ns_ = ReadClock();
    Advance();
    scratch_ready_.swap(ready_);
    for (uint32_t slot : scratch_ready_) {
      Connection& c = At(slot);
      c.in_ready = false;
      if (c.phase == Phase::kOpen || c.phase == Phase::kLingering) Read(c);
    }
    scratch_ready_.clear();

    const int count = sys::Poll(epoll_, ready, kBatch);
    for (int i = 0; i < count; i++) {
      const uint64_t key = ready[i].data.u64;
      if (key == kListenerKey) {
        Accept();
        continue;
      }
      Connection& c = At(static_cast<uint32_t>(key));
      if (c.generation == static_cast<uint32_t>(key >> 32) && c.fd >= 0) OnSocket(c, ready[i].events);
      if (NearlyFull()) DeliverAll(1);
    }
    DeliverAll(2);
    FreeClosed();
    if (dead_ || !stay || busy() || !host_.Quiet()) return;
    // Delays that were left over have waited for nothing but a look at the sockets.
    const bool behind = retries_.Behind(now_ms_);
    if (!behind && !WorthALook(count)) return;
    const uint64_t now = sys::NowNs();
    if (behind) retry_portion_.Took(now - from);
    if (!began)
      began = now;
    else if (now - began > kTurnNs)
      return;
  }
}

// Under load the next batch has arrived while this one was served: looking once more is cheaper than a whole turn of the loop.
// When the look was in vain, the next few are skipped.
bool Engine::WorthALook(int count) {
  if (count == 0) {
    if (looking_) skip_ = skip_next_ = skip_next_ * 2 + 1 > kMaxSkip ? kMaxSkip : skip_next_ * 2 + 1;
    looking_ = false;
    return false;
  }
  if (skip_ > 0) {
    skip_--;
    return false;
  }
  skip_next_ /= 2;
  looking_ = true;
  return true;
}

bool Engine::NearlyFull() const {
  return (events_ + 2 * options_.pipeline_burst) * kEventInts > shared_.events.size() ||
         shared_.control[kHeadBytes] + 2 * options_.head.head > shared_.heads.size() ||
         shared_.control[kBodyBytes] + kReceive > shared_.bodies.size();
}

bool Engine::DeliverAll(int rounds) {
  if (delivering_ || dead_) return false;
  while ((events_ > 0 || (has_commands() && (!held_ns_ || left_))) && rounds-- > 0) {
    const uint32_t count = events_;
    if (count > 0) {
      delivering_ = true;
      shared_.control[kCommandPause] = most_commands_;  // not for a look, which could not be had
      const bool alive = host_.Deliver(count);
      delivering_ = false;
      if (!alive) {
        dead_ = true;
        return false;
      }
      events_ -= count;
      int32_t* events = shared_.events.data();
      std::memmove(events, events + size_t{count} * kEventInts,
                   size_t{events_} * kEventInts * sizeof(int32_t));
      if (events_ == 0) shared_.control[kHeadBytes] = shared_.control[kBodyBytes] = 0;
    }
    CarryDue();
    TakeOverflow();
  }
  return true;
}

// Events told while the application side held the array, and more of them than it had room for.
void Engine::TakeOverflow() {
  while (!overflow_.empty() && !EventsFull())
    std::memcpy(&shared_.events[size_t{events_++} * kEventInts], overflow_.Take(), kEventInts * sizeof(int32_t));
  overflow_.Compact();
}

int32_t* Engine::Tell(Event kind, const Connection& c, uint32_t seq, int32_t a, int32_t b) {
  int32_t* record =
      EventsFull() || !overflow_.empty() ? overflow_.Add() : &shared_.events[size_t{events_++} * kEventInts];
  record[0] = static_cast<int32_t>(kind);
  record[1] = static_cast<int32_t>(c.slot);
  record[2] = static_cast<int32_t>(seq);
  record[3] = a;
  record[4] = b;
  return record;
}

void Engine::OnSocket(Connection& c, uint32_t ready) {
  if ((ready & EPOLLERR) || c.error) {
    int error = c.error;
    if (!error) sys::GetOption(c.fd, SOL_SOCKET, SO_ERROR, &error, sizeof error);
    return OnError(c, error ? error : ECONNRESET);
  }
  if ((ready & EPOLLOUT) && c.blocked) SendQueued(c);
  if (c.fd < 0 || !(ready & (EPOLLIN | EPOLLRDHUP | EPOLLHUP))) return;
  c.readable = true;
  const bool fin = ready & (EPOLLRDHUP | EPOLLHUP);
  // Seen in the events, so neither an unread body nor a full pipeline hides it. What came before it is read
  // first.
  if (fin) c.fin_queued = true;
  Read(c);
  if (fin && c.fd >= 0) OnFin(c);
}

// Has the connection looked at again without waiting for its socket.
void Engine::Later(Connection& c) {
  if (c.in_ready) return;
  c.in_ready = true;
  ready_.push_back(c.slot);
}

void Engine::FreeClosed() {
  for (uint32_t slot : closed_) {
    Connection& c = At(slot);
    const uint32_t generation = c.generation + 1, seq = c.seq_in;
    const bool in_ready = c.in_ready, overdue = c.overdue;
    c = Connection{};
    c.slot = slot;
    c.generation = generation;
    c.seq_in = seq;
    c.seq_out = seq + 1;
    c.in_ready = in_ready;
    c.overdue = overdue;
    free_slots_.push_back(slot);
  }
  if (!closed_.empty() && accept_paused_) ResumeAccept();
  closed_.clear();
  if (draining_ && !idle_told_ && stats_.connections == 0) {
    idle_told_ = true;
    Tell(Event::kIdle, Connection{}, 0);
  }
}

Census Engine::Count() const {
  Census census;
  for (uint32_t slot = 0; slot < slots_; slot++) {
    const Connection& c = *Find(slot);
    if (c.fd < 0) continue;
    if (c.phase == Phase::kLingering) census.lingering++;
    else if (!Idle(c)) census.active++;
    else if (c.unread || c.deadline_kind == kHeadDeadline) census.head++;
    else if (c.served) census.idle++;
    else census.silent++;
    census.blocked += c.blocked;
    census.awaiting_body += c.want_body;
    census.paused += c.want_drain;
    census.queued_bytes += c.queued;
  }
  census.backing_off = retries_.count();
  return census;
}

const Connection* Engine::Find(uint32_t slot) const {
  return slot < slots_ ? &pages_[slot / kPage][slot % kPage] : nullptr;
}

Gone Engine::Peek(uint32_t slot, uint32_t seq, int* error) {
  *error = 0;
  if (slot >= slots_) return Gone::kReset;
  Connection& c = At(slot);
  if (c.fd < 0 || c.seq_out != seq || !c.pending()) return Gone::kReset;
  return PeekSocket(c, error);
}

int Engine::DefineHead(uint32_t token, std::span<const char> bytes) {
  if (token == 0 || token > kTokens || bytes.size() > 32 * 1024) return EINVAL;
  std::unique_ptr<char[]> copy(new (std::nothrow) char[bytes.size()]);
  if (!copy) return ENOMEM;
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  heads_[token] = {std::move(copy), bytes.size()};
  return 0;
}

int64_t Engine::NextDueMs() {
  uint64_t next = retries_.Next();
  const uint64_t deadline = deadlines_.Next();
  if (deadline != TimerWheel::kNever && deadline * kDeadlineTickMs < next) next = deadline * kDeadlineTickMs;
  if (accept_again_ms_ && accept_again_ms_ < next) next = accept_again_ms_;
  if (!overdue_.empty() && ends_given_ms_ + 1 < next) next = ends_given_ms_ + 1;
  if (stats_.connections > 0 && flights_at_ms_ < next) next = flights_at_ms_;
  return next == TimerWheel::kNever ? -1 : static_cast<int64_t>(next);
}

}  // namespace halfopen
