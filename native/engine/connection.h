// One client connection: what the engine knows of it between turns. 192 bytes, and no buffer
// while idle.
#pragma once

#include <netinet/in.h>

#include <cstdint>

#include "engine/chunked_decoder.h"
#include "engine/out_queue.h"
#include "engine/protocol.h"
#include "engine/request_parser.h"

namespace halfopen {

// Bytes received but not consumed yet, and how far a head among them was parsed.
struct Unread {
  Block* bytes = nullptr;
  RequestParser parser;
};

// What the incoming bytes are.
//
//   kHead ──request with a body──▶ kBody ──last byte──▶ kHead
//     │                              │ response ended first ──▶ kSkip ──last byte──▶ kHead
//     └──refused──▶ kIgnore          └──framing refused──▶ kIgnore
enum class Incoming : uint8_t { kHead, kBody, kSkip, kIgnore };

// How the connection is doing.
//
//   kOpen ──last response sent, or refusal──▶ kLingering ──FIN, or deadline──▶ kClosed
//     └──────────── reset, abort, idle FIN ──────────────────────────────────▶ kClosed
//
// kLingering: our FIN is out, what the client still sends is read and dropped, so that no RST destroys the
// last answer on its way (RFC 9112 §9.6). kClosed: the descriptor is closed, the slot is given back after the
// turn.
enum class Phase : uint8_t { kFree, kOpen, kLingering, kClosed };

// Three lines of the cache. The first has what every turn of a connection needs, so that a stream that only waits costs one.
struct alignas(64) Connection {
  int fd = -1;
  uint32_t slot = 0;
  uint32_t generation = 0;  // of the slot: told to epoll, so that an event for a predecessor is recognised
  Phase phase = Phase::kFree;
  Incoming incoming = Incoming::kHead;

  bool readable : 1 = false;     // the kernel may hold bytes that were not read yet
  bool fin_queued : 1 = false;   // a FIN was announced; bytes before it may still be unread
  bool peer_fin : 1 = false;     // the client sent a FIN
  bool close_after : 1 = false;  // no further request is served once the pending ones are answered
  bool chunked_in : 1 = false;
  bool chunked_out : 1 = false;      // the response being sent is framed by chunks
  bool close_delimited : 1 = false;  // …or by the end of the connection
  bool close_drained : 1 = false;    // to be closed as soon as the queue is empty
  bool want_body : 1 = false;        // the application waits for body bytes
  bool body_asked : 1 = false;       // …and has been given some
  bool drain_body : 1 = false;       // all that arrived is told, asked for or not
  bool body_cut : 1 = false;         // it was told that the body ends early
  bool expect : 1 = false;           // 100 Continue is owed before the body is read
  bool head_out : 1 = false;         // the head of the response being answered was queued
  bool want_drain : 1 = false;
  bool want_sent : 1 = false;
  bool refusal_bodyless : 1 = false;
  bool served : 1 = false;    // at least one request came
  bool in_ready : 1 = false;  // listed in Engine::ready_
  bool overdue : 1 = false;   // …and in Engine::overdue_
  bool held : 1 = false;      // its commands of this flush wait for company
  bool blocked : 1 = false;   // the kernel refused bytes: EPOLLOUT will come
  bool user_timeout : 1 = false;  // TCP_USER_TIMEOUT is set

  uint32_t seq_in = 0;     // the last request told to JS; goes on counting over the slot's successive connections
  uint32_t seq_out = 0;    // the request being answered: seq_in + 1 when none is
  uint32_t retry_seq = 0;  // whose kRetry is owed

  int32_t first_command = -1, last_command = -1;  // this flush's, chained in Engine::next_

  OutQueue out;
  uint64_t queued = 0;  // bytes in `out`

  // Here the second line begins.
  uint32_t sent_seq = 0;    // whose kSent is owed
  uint32_t deadline = 0;    // tick of the deadline in force, 0: none
  uint32_t since = 0;       // when the deadline in force was set, milliseconds, may wrap
  uint8_t deadline_kind = 0;
  uint8_t peer_family = 0;  // AF_INET or AF_INET6
  uint16_t refusal = 0;     // status of the refusal owed after the pending answers, 0: none
  uint16_t error = 0;       // errno that a look at the socket took from it, 0: none
  uint16_t peer_port = 0;
  uint32_t ahead = 0;         // bytes of heads told since nothing was unanswered
  Unread* unread = nullptr;
  ChunkedDecoder* decoder = nullptr;  // only while a chunked body is being read
  uint64_t body_left = 0;             // bytes of a body with a length
  uint64_t body_seen = 0;
  uint32_t body_waited = 0;   // milliseconds that the client let the application wait for this body
  uint32_t linger_began = 0;  // while lingering: since when, milliseconds, may wrap,
  uint32_t lingered = 0;      // …and bytes read and dropped
  uint32_t flown = 0;         // low half of `written`, when it was last looked whether something is in flight

  uint64_t written = 0;   // bytes the kernel took
  uint64_t acked = 0;     // …of which the client had acknowledged when it last made progress
  uint32_t progress_at = 0;  // …and when a look found that, milliseconds, may wrap; while nothing waits: how long ago that was
  uint64_t response_at = 0;  // where in all that is written the response being answered begins, once head_out
  uint8_t peer_address[16] = {};

  uint32_t pending() const { return seq_in + 1 - seq_out; }
};
static_assert(sizeof(Connection) == 192);

}  // namespace halfopen
