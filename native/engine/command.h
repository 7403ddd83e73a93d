// A command record as the engine reads it (protocol.h).
#pragma once

#include <cstdint>

#include "engine/protocol.h"

namespace halfopen {

struct Command {
  int32_t ops;
  int32_t slot;
  int32_t seq;
  int32_t at;
  int32_t size;
  int32_t argument;

  bool has(int32_t bits) const { return ops & bits; }
};
static_assert(sizeof(Command) == kCommandInts * sizeof(int32_t));

}  // namespace halfopen
