// The system calls of engine/sys.h over real sockets, failing as a seed says. One set of faults a thread.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <unordered_map>

#include "test/harness/random.h"

namespace halfopen::harness {

enum class Weather : uint8_t {
  kFair,  // nothing fails
  kMild,  // what a kernel may do at any time and nobody may notice: short reads and writes, EAGAIN, EINTR, spurious events
  kHarsh  // and errors: ECONNRESET, EMFILE, ENOBUFS, no memory, a clock that jumps
};

struct FaultCounts {
  uint64_t short_reads = 0, short_writes = 0, again = 0, interrupted = 0, spurious = 0;
  uint64_t reset = 0, accept = 0, watch = 0, other = 0, memory = 0, jumps = 0;
  uint64_t sum() const {
    return short_reads + short_writes + again + interrupted + spurious + reset + accept + watch + other + memory + jumps;
  }
  void Add(const FaultCounts& other);
  void Print() const;
};

class Faults {
 public:
  Faults(Weather its, uint32_t seed) : weather(its), random(seed) { current = this; }
  ~Faults() { current = nullptr; }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  bool Mild(uint32_t in) { return weather != Weather::kFair && random.Chance(in); }
  bool Harsh(uint32_t in) { return weather == Weather::kHarsh && random.Chance(in); }

  // An edge that the engine was cheated of, and that is made up for at the next poll.
  void Owe(int fd, uint32_t events) {
    if (const auto watched = keys.find(fd); watched != keys.end()) watched->second.owed |= events;
  }

  struct Watched {
    uint64_t key = 0;
    uint32_t owed = 0;
  };

  static thread_local Faults* current;
  Weather weather;
  Random random;
  FaultCounts counts;
  std::unordered_map<int, Watched> keys;
  int open = 0;              // connections accepted and not closed
  uint64_t ahead_ns = 0;     // of the real clock
  uint32_t fail_nth = 0;     // allocation that fails, 0: none
  uint32_t allocations = 0;  // of the engine so far
};

}  // namespace halfopen::harness
