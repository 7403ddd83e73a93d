// What the few fields mean that decide framing, routing and the connection's life. All others pass unread.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/char_class.h"
#include "engine/request_head.h"

namespace halfopen {

enum class KnownField : uint8_t { kOther, kHost, kExpect, kConnection, kContentLength, kTransferEncoding };

inline KnownField LookupField(std::string_view name) {
  switch (name.size()) {
    case 4: return EqualsIgnoringCase(name, "host") ? KnownField::kHost : KnownField::kOther;
    case 6: return EqualsIgnoringCase(name, "expect") ? KnownField::kExpect : KnownField::kOther;
    case 10: return EqualsIgnoringCase(name, "connection") ? KnownField::kConnection : KnownField::kOther;
    case 14: return EqualsIgnoringCase(name, "content-length") ? KnownField::kContentLength : KnownField::kOther;
    case 17: return EqualsIgnoringCase(name, "transfer-encoding") ? KnownField::kTransferEncoding : KnownField::kOther;
    default: return KnownField::kOther;
  }
}

// What the fields so far have said, beyond what RequestHead keeps.
struct FieldFacts {
  bool host = false;
  bool close = false;       // Connection: close
  bool keep_alive = false;  // Connection: keep-alive
};

// Takes one field line into account; data[value_at, value_end) is its value with the whitespace around it.
Refusal ApplyField(KnownField field, const char* data, uint32_t value_at, uint32_t value_end, RequestHead& head,
                   FieldFacts& facts);

// What can only be said once all fields are known.
Refusal FinishFields(RequestHead& head, const FieldFacts& facts);

}  // namespace halfopen
