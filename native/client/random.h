// Random decisions that do not depend on the order in which the network lets things happen: each is a
// function of the seed and of what is being decided, so a run replays from its seed.
#pragma once

#include <cstdint>

namespace halfopen::client {

// SplitMix64's finalizer: a bijection, so different inputs never collide.
inline uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Uniform in [0, 1), 53 bits.
inline double Unit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

// The `what`-th decision about round `round` of cohort `cohort`.
inline uint64_t Draw(uint64_t seed, uint32_t cohort, uint64_t round, uint32_t what) {
  return Mix(Mix(Mix(seed + 0x9e3779b97f4a7c15u * (cohort + 1)) + round) + what);
}

// A tag for a round: unique in a run, because (cohort, round) is and every later step is a bijection. `run`
// tells apart runs that share a seed, for a server that sees several.
inline uint64_t Tag(uint64_t seed, uint64_t run, uint32_t cohort, uint64_t round) {
  return Mix(((uint64_t{cohort} << 48) ^ round) + Mix(Mix(seed) + run));
}

}  // namespace halfopen::client
