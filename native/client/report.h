// What a run leaves behind: plain data, read by the binding when the thread is done.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "client/plan.h"
#include "common/histogram.h"

namespace halfopen::client {

// The order of the names in these enums is the order of the names in src/traffic/report.ts.
enum class Error : uint8_t {
  kConnect,
  kReset,
  kTimeout,
  kStatus,
  kTruncated,
  kFraming,
  kIntegrity,
  kLocal,
  kCount
};

enum class Reason : uint8_t {
  kNone,
  kConnectFailed,
  kResponseEndedFirst,
  kPeerClosedFirst,
  kPeerResetFirst,
  kTimedOutFirst,
  kRunEndedFirst,
  kUnreadAtClose,
  kNothingUnread,
  kNeverBehind,
  kCallFailed,
  kNotPermitted,
  kStateUnexpected,
  kSegmentGotThrough,
  // Not why a fault did not take place, but what the peer did to a half-closed reader.
  kBodyCutOff,
  kBodyDiffers
};

// How what came after a step ended.
enum class Outcome : uint8_t { kCut, kComplete, kPeerFin, kPeerReset, kTimeout, kHeld, kNextStep, kFailed };

// One step of one faulty connection. Times are CLOCK_MONOTONIC ns, 0 for never.
struct Sample {
  uint64_t connect_ns, start_ns, sent_ns, first_byte_ns, point_ns, before_ns, after_ns, end_ns;
  uint64_t wire_bytes, body_bytes, sent_bytes;
  uint64_t bytes_after;
  uint64_t round, tag;
  uint32_t connection, chunks;
  uint32_t unread, receive_buffer, window, unacked, retransmits, segments_after, dropped;
  uint16_t status;
  uint8_t step;
  Action action;
  Reason reason;
  Outcome outcome;
  uint8_t tcp_state;
  bool has_window, zero_window, body_complete, ok;
};

struct Second {
  uint64_t requests = 0, bytes = 0, errors = 0;
};

// An answer whose latency counts unless the machine stood still. CLOCK_MONOTONIC ns.
struct Timed {
  uint64_t due_ns, done_ns;
};

struct Phase {
  uint64_t requests = 0, errors = 0;
  uint64_t stalled = 0;  // of the requests: not in the latency, for the machine stood still
  Histogram latency;
  std::vector<Timed> unsettled;  // until that is known
};

struct CohortReport {
  uint64_t requests = 0, sent_requests = 0, unfinished = 0;
  uint64_t bytes = 0, body_bytes = 0, chunks = 0, connects = 0;
  std::array<uint64_t, static_cast<size_t>(Error::kCount)> errors{};
  Histogram latency, service, ttfb, connect;
  std::vector<Second> seconds;
  std::vector<Phase> phases;
  std::vector<Sample> samples;
  uint64_t samples_not_kept = 0;

  uint64_t error_count() const {
    uint64_t sum = 0;
    for (const uint64_t count : errors) sum += count;
    return sum;
  }
};

}  // namespace halfopen::client
