// Whether the machine stood still: on each core a thread that has nothing to do, goes before all others, and looks at the clock.
//
//   due ──── 1 ms ──── due ──────────── woke late: nobody ran on this core in between but the kernel, or nobody at all
//                          └── a stall ──┘
//
// The host of a virtual machine takes a core for milliseconds, and the guest's own clocks count them for whoever was running: only
// one who was due at a known time can tell.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace halfopen::client {

// Times are CLOCK_MONOTONIC ns.
struct Stall {
  int32_t cpu;
  uint64_t from_ns, to_ns;
};

class Witness {
 public:
  ~Witness() { Stop(); }

  // False, and nothing runs: a core is not ours, or nobody here may go before the others (CAP_SYS_NICE).
  [[nodiscard]] bool Start(const std::vector<int32_t>& cpus);
  // Ends the threads. What all of them saw, ascending by its begin.
  std::vector<Stall> Stop();

 private:
  struct Post {
    int32_t cpu = 0;
    pthread_t thread{};
    const std::atomic<bool>* over = nullptr;
    std::vector<Stall> seen;
  };
  static void* Watch(void* post);

  std::vector<std::unique_ptr<Post>> posts_;
  std::atomic<bool> over_{false};
};

// Stretches in which some core stood still, apart from one another. Times are CLOCK_MONOTONIC ns.
class Stillness {
 public:
  Stillness() = default;
  // Ascending by their begin.
  explicit Stillness(const std::vector<Stall>& stalls);

  // Whether the greater part of the time from `from_ns` to `to_ns` was one: then its length says nothing about anybody else.
  bool Covers(uint64_t from_ns, uint64_t to_ns) const;

 private:
  struct Stretch {
    uint64_t from_ns, to_ns;
  };
  std::vector<Stretch> stretches_;
};

}  // namespace halfopen::client
