// A seeded source of decisions: the same seed makes the same decisions on every machine.
#pragma once

#include <cstdint>

namespace halfopen::harness {

inline uint32_t Mix(uint32_t value) {
  value = (value ^ (value >> 16)) * 0x7feb352du;
  value = (value ^ (value >> 15)) * 0x846ca68bu;
  return value ^ (value >> 16);
}

class Random {
 public:
  explicit Random(uint32_t seed) : state_(Mix(seed) | 1u) {}
  uint32_t Next() { return Mix(state_ += 0x9e3779b9u); }
  // In [0, below); 0 when `below` is 0.
  uint32_t Below(uint32_t below) { return below ? Next() % below : 0; }
  bool Chance(uint32_t in) { return Below(in) == 0; }

 private:
  uint32_t state_;
};

}  // namespace halfopen::harness
