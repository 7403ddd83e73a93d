// What the engine and its JavaScript side say to each other: fixed-size records in typed arrays, bytes in
// arenas. src/engines/native-protocol.ts mirrors this file; a test compares the two.
//
//   events    engine → JS   int32[kEventInts] a record, `control[kEventCount]` of them a delivery
//   commands  JS → engine   int32[kCommandInts] a record, `control[kCommandCount]` of them a flush
//
// An exchange is named by its slot (the connection) and its seq (the request on that slot). A slot's seq goes
// on counting when the slot is given to another connection, so a late record can never reach a successor.
#pragma once

#include <cstdint>

namespace halfopen {

// Cells of the control array.
// kCommandPause: so many commands, and then the application side sees whether there is room for more, and, outside of a
// delivery, whether the sockets should be looked at.
enum Control : uint32_t { kCommandCount, kArenaUsed, kFlushes, kHeadBytes, kBodyBytes, kCommandPause, kControlCells };
inline constexpr uint32_t kPauseEvery = 32;

inline constexpr uint32_t kEventInts = 12;
inline constexpr uint32_t kCommandInts = 6;

enum class Event : int32_t {
  // flags, head at, head size, then from the start of the head: path at, path size, query size, method size,
  // fields at. The head's text is in the heads arena.
  kRequest = 1,
  kBody,       // at, size: bytes in the body arena
  kBodyEnd,    //
  kBodyError,  // Gone, errno: the body will never be whole
  kDrained,    // the queue is at low water
  kSent,       // the last byte of the response was handed to the kernel
  kRetry,      // the delay asked for is over
  kFin,        // the client sent a FIN; whichever request the application side has come to by now
  kGone,       // Gone, errno: the connection is dead, and with it every request up to this one that is not over
  kIdle,       // slot unused: draining has ended, no connection is left
  kExhausted,  // slot unused; errno, open connections: accepting pauses. Told once a minute at most
};

// Flags of kRequest.
enum RequestFlag : int32_t {
  kHttp11 = 1 << 0,
  kHasBody = 1 << 1,
  kKeepAlive = 1 << 2,
};

// Mirrors the kinds of CloseReason.
enum class Gone : int32_t { kNone, kFin, kReset, kVanished, kStalled, kInputTimeout, kShutdown };

// Operations of a command; one record may hold several, carried out in the order of their bits.
//   ops, slot, seq, at, size, argument
enum Op : int32_t {
  kOpHead = 1 << 0,     // argument: token of a defined head
  kOpHeadRaw = 1 << 1,  // at, size: status line and fields in the arena
  kOpData = 1 << 2,     // at, size: body bytes in the arena
  kOpRef = 1 << 3,      // body bytes are the buffer passed to this flush
  kOpEnd = 1 << 4,
  kOpAbort = 1 << 5,  // end the connection so that the client sees a truncation
  kOpRetry = 1 << 6,  // argument: milliseconds
  kOpDrain = 1 << 7,  // kDrained once, at low water
  kOpRead = 1 << 8,   // the application wants body bytes
  // Modifiers.
  kModMany = 1 << 12,    // the bytes are those of several chunks
  kModNotify = 1 << 13,  // with kOpEnd: kSent
  kModFramed = 1 << 14,  // with a head: it holds its own Content-Length
  kModNoBody = 1 << 15,  // with a head: no body follows (HEAD, 204, 304)
  kModDated = 1 << 16,   // with a head: it holds its own Date
  kModHttp10 = 1 << 17,  // with a head: the request was HTTP/1.0
  kModKeep = 1 << 18,    // with a head: the client wants the connection kept
  kModNow = 1 << 19,     // with kOpAbort: RST at once; else what is queued still leaves
};

}  // namespace halfopen
