// Everything that waits hangs in one of two wheels: delays of applications (1 ms ticks), deadlines (coarse
// ticks). A deadline that moves back costs one store: the wheel's entry stays where it is and is put off when
// it comes up.
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

// Long delays share ticks, for a lateness of a twelfth at most (an eighth below 48 ms, which is 4 ms): with thousands of streams
// each wake-up finds caches that the last ones' streams have emptied, and costs some 200 µs before the first of them is asked.
uint32_t GridOf(uint32_t ms) {
  if (ms < 32) return 1;
  if (ms < 96) return 4;
  if (ms < 240) return 8;
  return 20;
}

// Of those that share a tick a portion is asked between two looks at the sockets: whoever sends a request waits for no more of
// them. After so many milliseconds all of the others: the grid has used up most of the lateness that the schedule allows.
constexpr uint64_t kRetryPatienceMs = 2;

// How often progress is looked for: so often in a stall's time, and after so many milliseconds. A client that read just after
// a look gets that much longer.
constexpr uint32_t kStallLooks = 4;
constexpr uint32_t kLookMs = 500;

constexpr size_t kEndsATurn = 1;  // deadlines that end something: each is work for the application, or a dozen system calls
constexpr size_t kLooksATurn = 8;  // …and that end nothing, but ask the kernel about a socket that the caches have forgotten

}  // namespace

void Engine::WatchStall(Connection& c) {
  const auto now = static_cast<uint32_t>(now_ms_);
  if (options_.min_write_rate > 0) {
    // A rate is that of all the time in which bytes waited: a queue that empties now and then starts nothing anew.
    c.progress_at = now - c.progress_at;
  } else {
    int unacked = 0;
    if (sys::Unacked(c.fd, &unacked) == 0) c.acked = c.written - static_cast<uint64_t>(unacked);
    c.progress_at = now;
  }
  LookForProgress(c);
}

// Nothing waits any more.
void Engine::UnwatchStall(Connection& c) {
  ClearDeadline(c);
  c.progress_at = static_cast<uint32_t>(now_ms_) - c.progress_at;
}

void Engine::LookForProgress(Connection& c) {
  const uint32_t spent = static_cast<uint32_t>(now_ms_) - c.progress_at;
  const uint32_t left = options_.stall_timeout_ms > spent ? options_.stall_timeout_ms - spent : 0;
  SetDeadline(c, kStall, std::max(1u, std::min({left, options_.stall_timeout_ms / kStallLooks, kLookMs})));
}

void Engine::SetDeadline(Connection& c, Deadline kind, uint32_t ms) {
  // While bytes wait to be sent, their progress is what counts; the rest is looked at when they have left.
  if (c.blocked && kind != kStall && kind != kLinger) return;
  c.deadline_kind = kind;
  c.since = static_cast<uint32_t>(now_ms_);
  if (kind == kNoDeadline || ms == 0) {
    c.deadline = 0;
    return;
  }
  const uint64_t tick = (now_ms_ + ms) / kDeadlineTickMs + 1;
  c.deadline = static_cast<uint32_t>(tick);
  if (!deadlines_.Has(c.slot) || deadlines_.Due(c.slot) > tick) deadlines_.Set(c.slot, tick);
}

void Engine::ClearDeadline(Connection& c) { SetDeadline(c, kNoDeadline, 0); }

void Engine::SetRetry(Connection& c, uint32_t ms) {
  // Ticks are whole milliseconds that have passed: one more, so that no delay is ever shorter than asked for.
  const uint32_t grid = GridOf(ms);
  const uint64_t due = (now_ms_ + ms + grid) / grid * grid;
  c.retry_seq = c.seq_out;
  retries_.Set(c.slot, due);
}

void Engine::Advance() {
  if (accept_again_ms_ && now_ms_ >= accept_again_ms_) ResumeAccept();
  if (now_ms_ >= flights_at_ms_) LookAtFlights();
  const auto retry = [this](uint32_t slot) {
    Connection& c = At(slot);
    if (c.phase == Phase::kOpen && c.pending() && c.retry_seq == c.seq_out)
      Tell(Event::kRetry, c, c.retry_seq);
  };
  retries_.Advance(now_ms_, retry, retry_portion_.size(), kRetryPatienceMs);
  const size_t waited = overdue_.size();
  deadlines_.Advance(now_ms_ / kDeadlineTickMs, [this](uint32_t slot) {
    Connection& c = At(slot);
    if (c.fd < 0 || c.deadline == 0) return;
    if (c.deadline > deadlines_.now()) {
      deadlines_.Set(slot, c.deadline);
    } else if (!c.overdue) {
      c.overdue = true;
      overdue_.push_back(slot);
    }
  });
  if (!overdue_.empty()) EndOverdue(waited);
}

// Thousands that came together have their deadlines together, and all of a tick at once: they are ended over the time of a tick, a few a
// turn, and others have their turn in between. `waited`: how many there were before this turn.
void Engine::EndOverdue(size_t waited) {
  const size_t all = overdue_.size();
  if (all > waited) ends_a_ms_ = all / kDeadlineTickMs + 1;
  ends_left_ = waited == 0 ? ends_a_ms_ : std::min(all, ends_left_ + ends_a_ms_ * (now_ms_ - ends_given_ms_));
  ends_given_ms_ = now_ms_;
  const size_t most = std::min(kEndsATurn, ends_left_);
  size_t done = 0, ended = 0, looks = 0;
  for (; done < all && ended < most && looks < kLooksATurn; done++) {
    Connection& c = At(overdue_[done]);
    c.overdue = false;
    // Met in the meantime, put off, or of a predecessor; what was put off hangs in the wheel.
    if (c.fd < 0 || c.deadline == 0 || c.deadline > deadlines_.now()) continue;
    OnDeadline(c);
    if (c.deadline == 0 || c.deadline_kind == kLinger) ended++;
    else looks++;
  }
  ends_left_ -= ended;
  overdue_.drop_front(done);
}

void Engine::OnDeadline(Connection& c) {
  const auto kind = static_cast<Deadline>(c.deadline_kind);
  c.deadline = 0;
  switch (kind) {
    case kNoDeadline:
      return;
    case kFirstByte:
      stats_.closed_silent++;
      return Close(c);  // no answer is on its way that a RST could destroy, here and in the next case
    case kIdleDeadline:
      stats_.closed_idle++;
      return Close(c);
    case kHeadDeadline:
      if (c.incoming == Incoming::kSkip) return CloseGently(c);  // the request has its answer
      return Refuse(c, 408);
    case kBodyDeadline:
      c.want_body = false;
      if (c.incoming == Incoming::kBody && !c.body_cut)
        Tell(Event::kBodyError, c, c.seq_in, static_cast<int32_t>(Gone::kInputTimeout));
      c.close_after = c.body_cut = true;
      return;
    case kStall: {
      if (Progressed(c) || static_cast<uint32_t>(now_ms_) - c.progress_at < options_.stall_timeout_ms)
        return LookForProgress(c);
      stats_.stalled++;
      return Fail(c, Alive(c, options_.stall_timeout_ms / 2 + 1000) ? Gone::kStalled : Gone::kVanished, ETIMEDOUT);
    }
    case kLinger:
      return Close(c);
  }
}

// Whether the client acknowledged enough since it last did. A successful send is no progress: the
// kernel's buffer takes it also when nobody reads (what was written less SIOCOUTQ is what has arrived).
bool Engine::Progressed(Connection& c) {
  int unacked = 0;
  if (sys::Unacked(c.fd, &unacked) != 0) return false;
  const uint64_t acked = c.written - static_cast<uint64_t>(unacked);
  const uint32_t spent = static_cast<uint32_t>(now_ms_) - c.progress_at;
  if (acked - c.acked < std::max<uint64_t>(1, uint64_t{options_.min_write_rate} * spent / 1000)) return false;
  c.acked = acked;
  c.progress_at = static_cast<uint32_t>(now_ms_);
  return true;
}

// Whether the client's kernel has answered not long ago: a stalled reader acknowledges window probes, one that
// vanished does not.
bool Engine::Alive(const Connection& c, uint32_t within_ms) {
  tcp_info info{};
  if (sys::GetOption(c.fd, IPPROTO_TCP, TCP_INFO, &info, sizeof info) != 0) return false;
  return info.tcpi_last_ack_recv < within_ms;
}

}  // namespace halfopen
