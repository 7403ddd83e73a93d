// What a request head says, what it may cost, and why it is refused: the plain data the parser's files share.
#pragma once

#include <cstdint>

namespace halfopen {

// Bounds of what a head may hold (RFC 9112 leaves them to us). Sizes in bytes, line ends not counted but in `head`.
struct HeadLimits {
  uint32_t method = 32;              // beyond: 501
  uint32_t request_line = 8 * 1024;  // beyond: 414
  uint32_t head = 32 * 1024;         // beyond: 431, as for the two below
  uint32_t field = 16 * 1024;        // one line: name, colon and value
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

// Why a head is refused: the status to answer with, and one sentence for the log.
struct Refusal {
  uint16_t status = 0;   // 0: not refused
  const char* why = "";  // static storage
};

}  // namespace halfopen
