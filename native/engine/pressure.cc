// When connections or descriptors run out: who is let in, who has to go, and when accepting is tried again.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr uint64_t kListenerKey = UINT64_MAX;
constexpr uint32_t kReapEveryMs = 100;  // a walk over all connections, while new ones keep coming
constexpr uint32_t kTellEveryMs = 60'000;

constexpr char kTryLater[] =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

void Engine::PauseAccept(uint32_t ms) {
  accept_paused_ = true;
  accept_again_ms_ = now_ms_ + ms;
  if (listener_ >= 0) sys::Watch(epoll_, EPOLL_CTL_MOD, listener_, 0, kListenerKey);
}

void Engine::ResumeAccept() {
  accept_paused_ = exhausted_ = false;
  accept_again_ms_ = 0;
  if (listener_ >= 0) sys::Watch(epoll_, EPOLL_CTL_MOD, listener_, EPOLLIN, kListenerKey);
}

// No descriptor, or no memory for one: the queue stays as it is, and level-triggered readiness would spin on it.
void Engine::OnExhausted(int error) {
  stats_.accept_exhausted++;
  exhausted_ = true;
  if (error == EMFILE || error == ENFILE) TurnAway();
  Reap(1 + stats_.connections / 10);
  PauseAccept(next_pause_ms_);
  next_pause_ms_ = std::min(2 * next_pause_ms_, options_.max_accept_pause_ms);
  if (now_ms_ < tell_again_ms_) return;
  tell_again_ms_ = now_ms_ + kTellEveryMs;
  Tell(Event::kExhausted, Connection{}, 0, error, static_cast<int32_t>(stats_.connections));
}

// One client of those that wait in the queue hears that it does so in vain.
void Engine::TurnAway() {
  if (spare_ < 0) return;
  close(spare_);
  sockaddr_storage peer{};
  if (const int fd = sys::Accept(listener_, &peer); fd >= 0) {
    stats_.turned_away++;
    // Read first: what is left unread would make a RST of the end, which destroys the answer.
    (void)sys::Receive(fd, receive_.get(), kReceive);
    if (sys::Send(fd, kTryLater, sizeof kTryLater - 1) > 0) stats_.refused[503 - 400]++;
    sys::Close(fd);
  }
  spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

// Closes up to `count` connections that wait for a request, the longest waiting first; none before its time under pressure
// is over.
void Engine::Reap(uint64_t count) {
  if (now_ms_ < reap_again_ms_) return;
  reap_again_ms_ = now_ms_ + kReapEveryMs;
  waiting_.clear();
  for (uint32_t slot = 0; slot < slots_; slot++) {
    const Connection& c = At(slot);
    if (c.phase != Phase::kOpen || !Idle(c) || c.unread || c.readable) continue;
    if (c.deadline_kind != kIdleDeadline && c.deadline_kind != kFirstByte) continue;
    const uint32_t waits = static_cast<uint32_t>(now_ms_) - c.since;
    if (waits >= options_.keep_alive_pressure_ms) waiting_.push_back({waits, slot});
  }
  if (count < waiting_.size()) {
    std::nth_element(waiting_.begin(), waiting_.begin() + count, waiting_.end(),
                     [](const Waiting& a, const Waiting& b) { return a.ms > b.ms; });
    waiting_.shrink(count);
  }
  for (const Waiting& each : waiting_) Close(At(each.slot));
  stats_.closed_pressure += waiting_.size();
}

}  // namespace halfopen
