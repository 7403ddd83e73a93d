// Decodes a chunked request body (RFC 9112 §7.1), strictly, resumable at every byte, in place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace halfopen {

class ChunkedDecoder {
 public:
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

  void Reset();
  // Returns after each run of body bytes, so one call never yields more than one run.
  Result Decode(const char* input, size_t size);
  const char* why() const;  // after kRefused: one sentence, static storage
};

}  // namespace halfopen
