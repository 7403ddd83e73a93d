// Reads the same bytes whole, byte by byte, and in two parts cut at every offset: the logs must be one log.
#pragma once

#include <string>
#include <string_view>

#include "test/check.h"
#include "test/guarded_bytes.h"
#include "test/wire_reader.h"

namespace halfopen::test {

// Returns the reader that got the bytes whole. Each part ends at a guard page.
inline WireReader ReadUnderEveryCut(std::string_view bytes, std::string_view about, const HeadLimits& limits = {}) {
  GuardedBytes memory(bytes.size());
  WireReader whole(limits);
  whole.Read(memory.Place(bytes));

  WireReader bytewise(limits);
  // Above this size, copying every prefix to the guard would take longer than it teaches.
  constexpr size_t kSmall = 2048;
  const bool small = bytes.size() <= kSmall;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    bytewise.Read(small ? memory.Place(bytes.substr(0, size)) : bytes.substr(0, size));
  }
  CHECK_EQUAL(whole.log(), bytewise.log(), std::string(about) + ": byte by byte");

  // Long inputs repeat one byte or one request: a stride that shares no factor with them meets every phase.
  const size_t stride = small ? 1 : 61;
  for (size_t cut = 0; cut <= bytes.size(); cut += stride) {
    WireReader parts(limits);
    parts.Read(memory.Place(bytes.substr(0, cut)));
    parts.Read(memory.Place(bytes));
    CHECK_EQUAL(whole.log(), parts.log(), std::string(about) + ": cut at " + std::to_string(cut));
  }
  return whole;
}

}  // namespace halfopen::test
