// A strict HTTP/1.x request head parser: one pass, resumable at every byte, no allocation, no system call.
//
// The caller keeps the head contiguous: `data` always points at the first byte of the head (after a completed request:
// the byte behind it), and every call passes all bytes received so far. The parser remembers how far it came, so no
// byte is looked at twice.
#pragma once

#include <cstddef>
#include <cstdint>

namespace halfopen {

// Bounds of what a head may hold (RFC 9112 leaves them to us). Sizes in bytes.
struct HeadLimits {
  uint32_t method = 32;
  uint32_t request_line = 8 * 1024;
  uint32_t head = 32 * 1024;
  uint32_t field = 16 * 1024;
  uint32_t fields = 100;
};

// Offsets count from the first byte of the head as the caller passed it.
struct RequestHead {
  uint32_t method_at = 0, method_size = 0;
  uint32_t target_at = 0, target_size = 0;        // as sent
  uint32_t path_at = 0, path_size = 0;            // of origin-form or absolute-form; "*" for asterisk-form. May be empty.
  uint32_t query_at = 0, query_size = 0;          // without '?'
  uint32_t authority_at = 0, authority_size = 0;  // absolute-form's authority if there is one, else the Host field's value
  uint32_t fields_at = 0, fields_size = 0;        // all field lines, each with its CRLF; without the final empty line
  uint32_t field_count = 0;
  uint32_t size = 0;                              // of the whole head with the final empty line (and a leading CRLF)
  uint64_t content_length = 0;
  uint8_t minor_version = 1;                      // 0 or 1
  bool has_content_length = false;
  bool chunked = false;
  bool keep_alive = true;                         // version's default, changed by Connection
  bool expect_continue = false;                   // HTTP/1.1 and Expect: 100-continue
  bool upgrade = false;                           // Connection names upgrade (never acted upon)
};

enum class ParseStatus : uint8_t { kNeedMore, kDone, kRefused };

// Why a head is refused: the status to answer with, and one sentence for the log.
struct Refusal {
  uint16_t status = 0;
  const char* why = "";  // static storage
};

class RequestParser {
 public:
  // Forgets the last head. Cheap.
  void Reset();
  // `size` ≥ what earlier calls for this head passed.
  ParseStatus Parse(const char* data, size_t size, const HeadLimits& limits);
  const RequestHead& head() const { return head_; }  // whole only after kDone
  const Refusal& refusal() const { return refusal_; }  // after kRefused
  // True until the first byte that is not a leading CRLF has been seen.
  bool untouched() const;

 private:
  RequestHead head_;
  Refusal refusal_;
  // (the implementer adds the state here: small, trivially copyable, it is saved beside a partial head)
};

}  // namespace halfopen
