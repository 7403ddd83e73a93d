#include "client/loop.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "common/clock.h"

namespace halfopen::client {
namespace {

constexpr uint64_t kWakeKey = UINT64_MAX;
constexpr uint32_t kInterest = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

bool Later(const Timer& a, const Timer& b) { return a.at_ns > b.at_ns; }

}  // namespace

Loop::~Loop() {
  if (wake_ >= 0) close(wake_);
  if (epoll_ >= 0) close(epoll_);
}

bool Loop::Open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_ < 0 || wake_ < 0) return false;
  ready_.resize(kBatch);
  events_.reserve(kBatch);
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = kWakeKey;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &interest) == 0;
}

void Loop::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);  // full means awake already
}

bool Loop::Watch(int fd, uint32_t slot, uint32_t generation) {
  epoll_event interest{};
  interest.events = kInterest;
  interest.data.u64 = uint64_t{slot} << 32 | generation;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest) == 0;
}

void Loop::At(uint64_t at_ns, TimerKind kind, uint32_t slot, uint32_t generation) {
  timers_.push_back({at_ns, slot, generation, kind});
  std::push_heap(timers_.begin(), timers_.end(), Later);
}

bool Loop::PopDue(uint64_t now_ns, Timer* timer) {
  if (timers_.empty() || timers_.front().at_ns > now_ns) return false;
  *timer = timers_.front();
  std::pop_heap(timers_.begin(), timers_.end(), Later);
  timers_.pop_back();
  return true;
}

std::span<const Loop::Event> Loop::Wait(uint64_t until_ns) {
  if (!timers_.empty()) until_ns = std::min(until_ns, timers_.front().at_ns);
  const uint64_t now = MonotonicNs();
  const uint64_t sleep = until_ns > now + early_ns_ ? until_ns - now - early_ns_ : 0;
  int count = -1;
  if (has_pwait2_) {
    const timespec timeout{static_cast<time_t>(sleep / 1'000'000'000),
                           static_cast<long>(sleep % 1'000'000'000)};
    count = static_cast<int>(syscall(SYS_epoll_pwait2, epoll_, ready_.data(), kBatch, &timeout, nullptr, 0));
    // ENOSYS before Linux 5.11, EPERM under some sandboxes.
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) has_pwait2_ = false;
  }
  if (!has_pwait2_) {
    // Rounded down: rather a short spin than a late timer.
    count = epoll_wait(epoll_, ready_.data(), kBatch,
                       static_cast<int>(std::min<uint64_t>(sleep / 1'000'000, 1000)));
  }
  events_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready_[static_cast<size_t>(i)];
    if (event.data.u64 == kWakeKey) {
      uint64_t drained = 0;
      [[maybe_unused]] const ssize_t got = read(wake_, &drained, sizeof drained);
      continue;
    }
    events_.push_back(
        {static_cast<uint32_t>(event.data.u64 >> 32), static_cast<uint32_t>(event.data.u64), event.events});
  }
  return events_;
}

}  // namespace halfopen::client
