// What a run shall do: plain data, filled by the binding, read by the thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace halfopen::client {

// The order of these names is the order of the names in src/traffic/plan.ts.
enum class Point : uint8_t {
  kConnected,
  kUploaded,
  kSent,
  kHead,
  kBody,
  kChunks,
  kUnread,
  kEnd,
  kPrevious,
  kCount
};
enum class Action : uint8_t {
  kFin,
  kClose,
  kRst,
  kHalfClose,
  kStall,
  kSlowRead,
  kSlowSend,
  kResume,
  kVanish,
  kUnplug,
  kCount
};

struct Trigger {
  Point point = Point::kConnected;
  uint64_t amount = 0;
  uint64_t amount_spread = 0;
  uint64_t delay_ns = 0;
  uint64_t delay_spread_ns = 0;
};

struct Step {
  Trigger at;
  Action action = Action::kFin;
  uint64_t pace_bytes = 1;
  uint64_t pace_ns = 1'000'000;
};

struct Expectation {
  int32_t status = 0;        // 0: anything below 400
  int64_t body_bytes = -1;   // -1: any
  bool hash_wanted = false;  // 64-bit FNV-1a of the body
  uint64_t hash = 0;
};

struct CohortPlan {
  sockaddr_storage address{};
  socklen_t address_size = 0;

  std::string request;           // one batch, as it goes out
  std::vector<uint32_t> tag_at;  // where 16 hexadecimal digits of the round's tag go
  uint32_t answers = 1;          // responses to a batch
  bool head_only = false;        // HEAD: responses have no body

  uint32_t connections = 1;
  bool keep_alive = true;
  bool open_loop = false;
  bool poisson = false;
  double rate = 0;        // rounds a second, open loop
  uint64_t think_ns = 0;  // closed loop

  uint64_t start_ns = 0;
  uint64_t ramp_ns = 0;
  uint64_t duration_ns = 0;  // 0: until the rounds are done
  uint64_t grace_ns = 0;
  uint64_t timeout_ns = 0;
  uint64_t rounds = 0;                  // 0: no limit
  std::vector<uint64_t> phase_ends_ns;  // since the run's begin, ascending

  std::vector<Step> steps;  // empty: healthy
  uint32_t receive_buffer = 0;
  uint64_t hold_ns = 0;  // 0: no limit of its own

  Expectation expect;
};

struct Plan {
  uint64_t seed = 0;
  uint64_t run = 0;  // for the tags only
  uint64_t deadline_ns = 0;
  int32_t cpu = -1;
  bool prompt = false;  // the thread goes before others on its core
  std::vector<int32_t> watched;  // cores of which is asked whether they stood still
  std::string network;  // file of the network namespace that the thread enters; empty: it stays where it is
  std::vector<CohortPlan> cohorts;
};

}  // namespace halfopen::client
