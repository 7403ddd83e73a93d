// CLOCK_MONOTONIC, the one clock of engine, fault client and probes.
#pragma once

#include <time.h>

#include <cstdint>

namespace halfopen {

// Nanoseconds since an origin that all processes of a machine share.
inline uint64_t MonotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace halfopen
