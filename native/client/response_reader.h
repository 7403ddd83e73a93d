// Reads HTTP/1.x responses off a stream, one after the other, resumable at every byte, and checks their
// framing (RFC 9112 §6 and §7). Keeps counts, not bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace halfopen::client {

class ResponseReader {
 public:
  enum class Status : uint8_t {
    kNeedMore,  // all input used, the response goes on
    kDone,      // the response ended; `used` says where
    kMalformed
  };
  struct Result {
    Status status;
    size_t used;
  };

  // For the next response. `head_only`: it answers a HEAD. `hash`: FNV-1a over the body.
  void Reset(bool head_only, bool hash);
  Result Feed(const char* data, size_t size);
  // The peer sent FIN. True when that is the proper end of the response.
  bool EndOfStream();

  bool started() const { return state_ != State::kStatusLine || line_ != nullptr; }
  bool head_done() const { return state_ >= State::kSized; }
  uint16_t status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }
  uint64_t body_bytes() const { return body_bytes_; }
  uint32_t chunks() const { return chunks_; }
  uint64_t hash() const { return hash_; }

 private:
  //  kStatusLine ─▶ kFields ─┬─▶ kSized ────────────────────────────────┬─▶ kDone
  //       ▲            │     ├─▶ kUntilFin ──FIN──────────────────────▶─┤
  //       └── 1xx ─────┘     └─▶ kChunkSize ⇄ kChunkData/kChunkEnd ─▶ kTrailer
  enum class State : uint8_t {
    kStatusLine,
    kFields,
    kSized,  // from here on the head is done
    kUntilFin,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailer,
    kDone
  };

  // The next line without its CRLF; false when it is not whole yet, or too long (then malformed_).
  bool TakeLine(const char*& at, const char* end, std::string_view* line);
  bool StatusLine(std::string_view line);
  bool Field(std::string_view line);
  bool EndOfHead();
  bool ChunkSize(std::string_view line);
  void Body(const char* data, size_t size);

  static constexpr uint32_t kHeadLimit = 64 * 1024;
  static constexpr uint64_t kNoLength = UINT64_MAX;

  State state_ = State::kStatusLine;
  bool head_only_ = false;
  bool hash_wanted_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool malformed_ = false;
  uint16_t status_ = 0;
  uint32_t head_bytes_ = 0;  // framing bytes since the last body byte
  uint32_t chunks_ = 0;
  uint64_t length_ = kNoLength;
  uint64_t left_ = 0;  // of a sized body or of a chunk
  uint64_t body_bytes_ = 0;
  uint64_t hash_ = 0;
  std::unique_ptr<std::string>
      line_;  // a line cut by the end of the input; rare, so not part of every connection
};

}  // namespace halfopen::client
