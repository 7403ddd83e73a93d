// epoll and timers of one thread. Events and timers name a slot and its generation, so that what comes late
// for a socket that was closed in the meantime is not taken for its successor's.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace halfopen::client {

enum class TimerKind : uint8_t {
  // of a connection
  kPreconnect,
  kBegin,
  kStrike,
  kPacedRead,
  kPacedSend,
  kHoldEnd,
  // of a cohort (slot = its index)
  kCohortStart,
  kArrivalsBegin,
  kArrival,
  kCohortEnd,
  kGraceEnd,
  // of the run
  kSweep
};

struct Timer {
  uint64_t at_ns;
  uint32_t slot;
  uint32_t generation;
  TimerKind kind;
};

class Loop {
 public:
  Loop() = default;
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] bool Open();
  // Any thread: ends the wait that is under way, or the next.
  void Wake();

  // Edge-triggered, both directions, once for the life of the socket.
  [[nodiscard]] bool Watch(int fd, uint32_t slot, uint32_t generation);
  void At(uint64_t at_ns, TimerKind kind, uint32_t slot, uint32_t generation = 0);

  struct Event {
    uint32_t slot, generation, events;
  };
  // From now on its sleep ends so much before a timer, and the rest is spent looking: an idle core takes its time to wake.
  void WakeEarly(uint64_t early_ns) { early_ns_ = early_ns; }
  // Sleeps until an event, the first timer, or `until_ns`; precise to microseconds. Valid until the next
  // call.
  std::span<const Event> Wait(uint64_t until_ns);
  // The first timer that is due, or false.
  bool PopDue(uint64_t now_ns, Timer* timer);

 private:
  static constexpr int kBatch = 512;

  int epoll_ = -1;
  int wake_ = -1;
  uint64_t early_ns_ = 0;
  bool has_pwait2_ = true;  // Linux ≥ 5.11
  std::vector<epoll_event> ready_;
  std::vector<Event> events_;
  std::vector<Timer> timers_;  // a binary heap, the earliest in front
};

}  // namespace halfopen::client
