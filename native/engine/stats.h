// What an engine counts, and what it finds when it is asked.
#pragma once

#include <array>
#include <cstdint>

namespace halfopen {

// Counted as it happens.
struct Stats {
  uint64_t accepted = 0, requests = 0, connections = 0;
  uint64_t in_flight = 0;  // requests told and not answered
  // By status from 400 on: the gateway's own answers.
  std::array<uint64_t, 200> refused{};
  uint64_t accept_full = 0;       // accepting stopped: as many connections as may be
  uint64_t accept_exhausted = 0;  // …or no descriptor, no memory for one more
  uint64_t turned_away = 0;       // connections that then got a 503 by way of the spare descriptor
  // Connections ended by the engine itself.
  uint64_t closed_silent = 0;    // no first byte
  uint64_t closed_idle = 0;      // no further request
  uint64_t closed_pressure = 0;  // the longest idle, so that others find room
  uint64_t stalled = 0;          // no progress, or too little, while bytes waited
  uint64_t cut_drain = 0;        // still busy when the grace of a stop was over
};

// Counted when asked for, by a walk over all connections.
struct Census {
  // Each connection is in one of these.
  uint64_t silent = 0;     // has not sent anything yet
  uint64_t head = 0;       // a part of a request's head is here
  uint64_t active = 0;     // a request is being answered
  uint64_t idle = 0;       // waits for its next request
  uint64_t lingering = 0;  // ended by us, read until the client ends it too
  // Any of them may also be these.
  uint64_t blocked = 0;        // bytes wait for the kernel
  uint64_t awaiting_body = 0;  // the application waits for body bytes
  uint64_t paused = 0;         // a body waits for its queue to drain
  uint64_t backing_off = 0;    // a body waits for its next try
  uint64_t queued_bytes = 0;
};

}  // namespace halfopen
