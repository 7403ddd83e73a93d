#include "client/witness.h"

#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>

#include "common/clock.h"

namespace halfopen::client {
namespace {

constexpr uint64_t kEveryNs = 1'000'000;  // 2 % of a core where waking is dear
constexpr uint64_t kLateNs = 250'000;     // interrupts and the kernel's own work for a socket take less
constexpr size_t kMaxSeen = 100'000;     // of one core: minutes on a machine that is hardly there

void SleepUntil(uint64_t ns) {
  const timespec at{static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) != 0) {
  }
}

}  // namespace

void* Witness::Watch(void* data) {
  Post& post = *static_cast<Post*>(data);
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  for (uint64_t due = MonotonicNs() + kEveryNs; !post.over->load(std::memory_order_relaxed);) {
    SleepUntil(due);
    const uint64_t now = MonotonicNs();
    if (now - due > kLateNs && post.seen.size() < kMaxSeen) post.seen.push_back({post.cpu, due, now});
    due = std::max(due + kEveryNs, now);
  }
  return nullptr;
}

bool Witness::Start(const std::vector<int32_t>& cpus) {
  over_ = false;
  sched_param before_the_client{};
  before_the_client.sched_priority = sched_get_priority_min(SCHED_FIFO) + 1;
  for (const int32_t cpu : cpus) {
    auto post = std::make_unique<Post>();
    post->cpu = cpu;
    post->over = &over_;
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET(static_cast<size_t>(cpu), &core);
    pthread_attr_t how;
    bool started = false;
    if (pthread_attr_init(&how) == 0) {
      started = pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED) == 0 &&
                pthread_attr_setschedpolicy(&how, SCHED_FIFO) == 0 &&
                pthread_attr_setschedparam(&how, &before_the_client) == 0 &&
                pthread_attr_setaffinity_np(&how, sizeof core, &core) == 0 &&
                pthread_create(&post->thread, &how, &Witness::Watch, post.get()) == 0;
      pthread_attr_destroy(&how);
    }
    if (!started) {
      Stop();
      return false;
    }
    posts_.push_back(std::move(post));
  }
  return !posts_.empty();
}

std::vector<Stall> Witness::Stop() {
  over_.store(true, std::memory_order_relaxed);
  std::vector<Stall> seen;
  for (const auto& post : posts_) {
    pthread_join(post->thread, nullptr);
    seen.insert(seen.end(), post->seen.begin(), post->seen.end());
  }
  posts_.clear();
  std::sort(seen.begin(), seen.end(), [](const Stall& a, const Stall& b) { return a.from_ns < b.from_ns; });
  return seen;
}

Stillness::Stillness(const std::vector<Stall>& stalls) {
  for (const Stall& stall : stalls) {
    if (!stretches_.empty() && stall.from_ns <= stretches_.back().to_ns)
      stretches_.back().to_ns = std::max(stretches_.back().to_ns, stall.to_ns);
    else
      stretches_.push_back({stall.from_ns, stall.to_ns});
  }
}

bool Stillness::Covers(uint64_t from_ns, uint64_t to_ns) const {
  const auto after = [](uint64_t ns, const Stretch& stretch) { return ns < stretch.to_ns; };
  auto at = std::upper_bound(stretches_.begin(), stretches_.end(), from_ns, after);
  uint64_t still = 0;
  for (; at != stretches_.end() && at->from_ns < to_ns; ++at)
    still += std::min(at->to_ns, to_ns) - std::max(at->from_ns, from_ns);
  return still > 0 && 2 * still >= to_ns - from_ns;
}

}  // namespace halfopen::client
