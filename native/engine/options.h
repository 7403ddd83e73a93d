// What an engine is told at its birth. Checked on the JavaScript side. Sizes in bytes, times in milliseconds.
#pragma once

#include <cstdint>

#include "engine/chunked_decoder.h"
#include "engine/request_head.h"

namespace halfopen {

struct Options {
  uint32_t backlog = 1024;
  bool reuse_port = false;
  bool coalesce = true;
  uint32_t gather_us = 500;  // body bytes alone wait so long for company while the loop is busy; microseconds
  uint32_t portion = 32;  // after body bytes of so many (a third of a millisecond) those who have asked meanwhile come first
  uint32_t max_connections = 10'000;
  uint32_t max_in_flight = 0;  // requests told and not answered; beyond: 503. 0: any number
  uint32_t low_water = 16 * 1024;
  uint32_t notsent_lowat = 64 * 1024;  // TCP_NOTSENT_LOWAT: bounds unsent bytes in the kernel
  uint32_t first_byte_ms = 10'000;    // of a new connection; then it is closed in silence
  uint32_t head_timeout_ms = 10'000;  // from a head's first byte to its last, whatever comes between
  uint32_t keep_alive_ms = 65'000;
  uint32_t keep_alive_pressure_ms = 1'000;  // the same, when nine tenths of max_connections are open
  uint32_t body_timeout_ms = 30'000;        // for one wait
  uint32_t min_body_rate = 240;             // bytes a second, over all waits for a body together; 0: any
  uint32_t min_body_after_ms = 5'000;       // of waiting, before that rate counts
  uint32_t stall_timeout_ms = 30'000;
  uint32_t min_write_rate = 0;  // acknowledged bytes a second, on average over stall_timeout_ms; 0: any
  uint32_t linger_idle_ms = 2'000;     // a connection that we ended is still read: so long without a byte,
  uint32_t linger_ms = 10'000;         // …so long in all,
  uint32_t max_linger = 1024 * 1024;   // …and so many bytes
  uint32_t accept_pause_ms = 100;      // when descriptors have run out; doubles up to the next
  uint32_t max_accept_pause_ms = 1'000;
  uint32_t user_timeout_ms = 30'000;
  uint32_t probe_idle_ms = 60'000;
  uint32_t probe_interval_ms = 10'000;
  uint32_t probe_count = 6;
  uint64_t max_body = 1024 * 1024;
  uint32_t pipeline = 8;         // unanswered requests beyond which nothing more is read
  uint32_t pipeline_burst = 32;  // …and beyond which nothing more that was read is told
  uint32_t pipeline_bytes = 64 * 1024;  // of heads told since nothing was unanswered; beyond, nothing more is read
  HeadLimits head;
  ChunkLimits chunks;
};

}  // namespace halfopen
