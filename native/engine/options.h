// What an engine is told at its birth. Checked on the JavaScript side. Sizes in bytes, times in milliseconds.
#pragma once

#include <cstdint>

#include "engine/request_head.h"

namespace halfopen {

struct Options {
  uint32_t backlog = 1024;
  bool reuse_port = false;
  bool coalesce = true;
  uint32_t gather_us = 200;  // body bytes alone wait so long for company while the loop is busy; microseconds
  uint32_t max_connections = 10'000;
  uint32_t low_water = 16 * 1024;
  uint32_t notsent_lowat = 64 * 1024;  // TCP_NOTSENT_LOWAT: bounds unsent bytes in the kernel
  uint32_t head_timeout_ms = 10'000;
  uint32_t keep_alive_ms = 65'000;
  uint32_t body_timeout_ms = 30'000;
  uint32_t stall_timeout_ms = 30'000;
  uint32_t user_timeout_ms = 30'000;
  uint32_t probe_idle_ms = 60'000;
  uint32_t probe_interval_ms = 10'000;
  uint32_t probe_count = 6;
  uint64_t max_body = 1024 * 1024;
  uint32_t pipeline = 8;         // unanswered requests beyond which nothing more is read
  uint32_t pipeline_burst = 32;  // …and beyond which nothing more that was read is told
  HeadLimits head;
};

}  // namespace halfopen
