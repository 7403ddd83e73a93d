// Decodes a chunked request body (RFC 9112 §7.1), strictly, resumable at every byte, in place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace halfopen {

// What the framing of one body may cost beside its data. Bytes.
struct ChunkLimits {
  uint32_t extensions = 4 * 1024;  // from each ';' to before the line's CR
  uint32_t overhead = 16 * 1024;   // all framing: this, and kOverheadPerByte for each byte of data so far
};

//  kSize ─hex─▶ kSizeMore ─CR─▶ kSizeLf ─LF─▶ kData ─all of it─▶ kDataCr ─CR─▶ kDataLf ─LF─▶ kSize
//                   │';'            ▲  └─ size 0 ──▶ kTrailerStart ─CR─▶ kFinalLf ─LF─▶ kDone
//                   ▼               │                  │ token ▲
//   kExtName… ─'='─▶ kExtValue… ─CR─┘                  ▼       └─LF─ kTrailerLf ◀─CR─ kTrailerValue
//                    (token or quoted)             kTrailerName ─────────':'───────────────▲
//
// Trailer fields are checked and dropped: nothing downstream may mistake them for headers (RFC 9110 §6.5.1).
class ChunkedDecoder {
 public:
  static constexpr uint32_t kMaxSizeDigits = 16;           // so a size always fits 64 bits
  static constexpr uint32_t kMaxTrailers = 16 * 1024;      // bytes of the trailer section
  static constexpr uint32_t kMaxTrailerFields = 100;
  static constexpr uint32_t kOverheadPerByte = 2;

  enum class Status : uint8_t {
    kNeedMore,  // all input consumed, the body goes on
    kData,      // `data`, `size` of the result hold body bytes (a view into the input)
    kDone,      // the body and its trailer section ended; `consumed` says where
    kRefused    // malformed, or framing grew out of proportion
  };
  struct Result {
    Status status;
    size_t consumed;   // input bytes used by this call; call again with the rest after kData
    const char* data;  // kData only
    size_t size;
  };

  explicit ChunkedDecoder(const ChunkLimits& limits = {})
      : overhead_left_(limits.overhead), extensions_left_(limits.extensions) {}
  void Reset(const ChunkLimits& limits = {}) { *this = ChunkedDecoder(limits); }
  // Returns after each run of body bytes, so one call never yields more than one run.
  // After kDone or kRefused the answer stays until Reset(), and consumes nothing.
  Result Decode(const char* input, size_t size);
  const char* why() const { return why_; }  // after kRefused: one sentence, static storage

 private:
  enum class State : uint8_t {
    kSize, kSizeMore, kSizeLf,
    kExtName, kExtNameMore, kExtValue, kExtToken, kExtQuoted, kExtEscaped, kExtQuotedEnd,
    kData, kDataCr, kDataLf,
    kTrailerStart, kTrailerName, kTrailerValue, kTrailerLf, kFinalLf,
    kDone, kRefused
  };
  static constexpr size_t kNameBuffer = 20;  // the longest name forbidden in trailers has 19 letters

  // Each takes one framing byte; null, or why it is refused.
  const char* Step(char c);
  const char* StepSize(char c);
  const char* StepExtension(char c);
  const char* StepTrailer(char c);

  uint64_t left_ = 0;  // while in a size line: the size read so far; in data: bytes still to come
  uint64_t overhead_left_;
  const char* why_ = "";
  uint32_t extensions_left_;
  uint16_t trailers_ = 0;    // bytes so far
  uint8_t trailer_fields_ = 0;
  uint8_t size_digits_ = 0;
  uint8_t name_size_ = 0;    // of the trailer name being read; stops at kNameBuffer
  State state_ = State::kSize;
  char name_[kNameBuffer] = {};
};

static_assert(sizeof(ChunkedDecoder) <= 64, "one is kept for every request with a body in flight");

}  // namespace halfopen
