// A strict HTTP/1.x request head parser: one pass, resumable at every byte, no allocation, no system call.
//
// The caller keeps the head contiguous: `data` always points at the first byte of the head (after a completed request:
// the byte behind it), and every call passes all bytes received so far. The bytes may move between calls, their values
// may not change. The parser remembers how far it came: it refuses at the first byte that no valid head could have
// there (a field's meaning is judged at the end of its line), and cutting the input elsewhere never changes the answer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/field_rules.h"
#include "engine/request_head.h"

namespace halfopen {

enum class ParseStatus : uint8_t { kNeedMore, kDone, kRefused };

//  kFresh ─CR─▶ kLeadingLf ─LF─▶ kAfterLeading      at most one empty line before the request (RFC 9112 §2.2)
//    └─────────── token ───────────┘
//    ▼
//  kMethod ─SP─▶ kTarget ─'/'─▶ kPath ─'?'─▶ kQuery ─SP─▶ kVersion ─8 bytes─▶ kLineCr ─CR─▶ kLineLf
//                   ├─'*'─▶ kAsterisk ──SP──────────────────▲                                  │ LF
//                   └─'h'─▶ kScheme ─"http://"─▶ kAuthority ┘ (or into kPath, kQuery)          ▼
//  kDone ◀─LF─ kFinalLf ◀─CR─ kFieldStart ─token─▶ kFieldName ─':'─▶ kFieldValue ─CR─▶ kFieldLf
//                                  ▲────────────────────────── LF ────────────────────────┘
class RequestParser {
 public:
  // Forgets the last head. Cheap.
  void Reset() { *this = RequestParser{}; }
  // `size` ≥ what earlier calls for this head passed. After kDone or kRefused the answer stays until Reset().
  ParseStatus Parse(const char* data, size_t size, const HeadLimits& limits);
  const RequestHead& head() const { return head_; }  // whole only after kDone
  const Refusal& refusal() const { return refusal_; }  // after kRefused
  // True until the first byte that is not a leading CRLF has been seen.
  bool untouched() const { return state_ <= State::kAfterLeading; }

 private:
  enum class State : uint8_t {
    kFresh, kLeadingLf, kAfterLeading,
    kMethod, kTarget, kAsterisk, kScheme, kAuthority, kPath, kQuery, kVersion, kLineCr, kLineLf,
    kFieldStart, kFieldName, kFieldValue, kFieldLf, kFinalLf,
    kDone, kRefused
  };

  // kDone from the first two: that part is complete, parsing goes on behind it.
  ParseStatus Opening(const char* data, size_t end);
  ParseStatus RequestLine(const char* data, size_t end, const HeadLimits& limits);
  ParseStatus Fields(const char* data, size_t end, const HeadLimits& limits);
  ParseStatus Pause(State state, size_t at);  // kNeedMore
  ParseStatus GoOn(State state, size_t at);   // kDone
  ParseStatus Refuse(Refusal refusal);

  RequestHead head_;
  Refusal refusal_;
  uint32_t at_ = 0;       // the first byte not yet judged
  uint32_t line_at_ = 0;  // where the line being read begins
  uint32_t colon_at_ = 0;
  State state_ = State::kFresh;
  uint8_t matched_ = 0;  // how much of "http://" or "HTTP/1.1" has been seen
  FieldFacts facts_;
};

}  // namespace halfopen
