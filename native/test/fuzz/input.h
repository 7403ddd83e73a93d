// How a fuzz input is read: one byte of settings, then the bytes of the connection. Seeds are made to the same rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "engine/request_head.h"

namespace halfopen::test {

struct FuzzInput {
  uint8_t settings = 0;
  std::string_view bytes;
};

inline FuzzInput ReadFuzzInput(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  return {data[0], {reinterpret_cast<const char*>(data) + 1, size - 1}};
}

// Half of the inputs meet limits so narrow that short inputs reach them.
inline HeadLimits LimitsFor(uint8_t settings) {
  if ((settings & 1) == 0) return {};
  HeadLimits limits;
  limits.method = 5;
  limits.request_line = 24u + (settings >> 4);
  limits.field = 20u + (settings >> 4);
  limits.fields = 3;
  limits.head = 60u + (settings >> 2);
  return limits;
}

// What must hold, or the fuzzer has a finding.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace halfopen::test
