#include "engine/field_rules.h"

#include <cstddef>
#include <limits>

#include "engine/authority.h"
#include "engine/scan.h"

namespace halfopen {
namespace {

constexpr bool IsOws(char c) { return c == ' ' || c == '\t'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsOws(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsOws(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next member off a comma-separated list (RFC 9110 §5.6.1). `rest` ends as nothing after the last one,
// so a list with a comma at its end yields an empty last member.
struct ListMember {
  std::string_view text;
  bool last;
};
ListMember NextMember(std::string_view& rest) {
  const size_t comma = rest.find(',');
  const bool last = comma == std::string_view::npos;
  const std::string_view member = Trimmed(rest.substr(0, comma));
  rest = last ? std::string_view{} : rest.substr(comma + 1);
  return {member, last};
}

// RFC 9112 §3.2: exactly one, valid, in any version; equal copies are copies.
Refusal Host(std::string_view value, uint32_t value_at, RequestHead& head, FieldFacts& facts) {
  if (facts.host) return {400, "more than one Host field"};
  if (!IsAuthority(value)) return {400, "malformed Host field"};
  facts.host = true;
  if (head.authority_size == 0) {  // an absolute-form target has named it already, and wins (RFC 9112 §3.2.2)
    head.authority_at = value_at;
    head.authority_size = static_cast<uint32_t>(value.size());
  }
  return {};
}

// RFC 9110 §8.6. Folding equal copies into one is allowed; two parsers folding differently is how smuggling starts.
Refusal ContentLength(std::string_view value, RequestHead& head) {
  if (head.chunked) return {400, "Content-Length beside Transfer-Encoding"};
  if (head.has_content_length) return {400, "more than one Content-Length field"};
  if (value.empty()) return {400, "empty Content-Length"};
  uint64_t length = 0;
  for (const char c : value) {
    if (!Is<kDigitChar>(c)) return {400, "Content-Length is not a decimal number"};
    const auto digit = static_cast<uint64_t>(c - '0');
    if (length > (std::numeric_limits<uint64_t>::max() - digit) / 10) return {400, "Content-Length overflows"};
    length = length * 10 + digit;
  }
  head.has_content_length = true;
  head.content_length = length;
  return {};
}

// RFC 9112 §6.1 and §6.3: `chunked`, once, alone. Lists are read to tell a coding we lack (501) from nonsense (400).
Refusal TransferEncoding(std::string_view value, RequestHead& head) {
  if (head.minor_version == 0) return {400, "Transfer-Encoding in HTTP/1.0"};
  if (head.has_content_length) return {400, "Transfer-Encoding beside Content-Length"};
  if (head.chunked) return {400, "more than one Transfer-Encoding field"};
  bool other_coding = false;
  for (std::string_view rest = value;;) {
    const ListMember coding = NextMember(rest);
    if (coding.text.empty() || Skip<kTokenChar>(coding.text.data(), 0, coding.text.size()) != coding.text.size()) {
      return {400, "malformed Transfer-Encoding"};
    }
    if (!EqualsIgnoringCase(coding.text, "chunked")) {
      other_coding = true;
    } else if (!coding.last) {
      return {400, "chunked is not the last transfer coding"};
    }
    if (coding.last) break;
  }
  if (other_coding) return {501, "transfer coding not implemented"};
  head.chunked = true;
  return {};
}

// RFC 9110 §7.6.1. Unknown options are not our business; an upgrade is noticed and never acted upon (§7.8).
void Connection(std::string_view value, RequestHead& head, FieldFacts& facts) {
  for (bool last = false; !last;) {
    const ListMember option = NextMember(value);
    if (EqualsIgnoringCase(option.text, "close")) facts.close = true;
    if (EqualsIgnoringCase(option.text, "keep-alive")) facts.keep_alive = true;
    if (EqualsIgnoringCase(option.text, "upgrade")) head.upgrade = true;
    last = option.last;
  }
}

// RFC 9110 §10.1.1; HTTP/1.0 knows no expectations, and no 1xx could answer them.
Refusal Expect(std::string_view value, RequestHead& head) {
  if (head.minor_version == 0) return {};
  if (!EqualsIgnoringCase(value, "100-continue")) return {417, "unknown expectation"};
  head.expect_continue = true;
  return {};
}

}  // namespace

Refusal ApplyField(KnownField field, const char* data, uint32_t value_at, uint32_t value_end, RequestHead& head,
                   FieldFacts& facts) {
  const std::string_view value = Trimmed({data + value_at, value_end - value_at});
  switch (field) {
    case KnownField::kHost: return Host(value, static_cast<uint32_t>(value.data() - data), head, facts);
    case KnownField::kContentLength: return ContentLength(value, head);
    case KnownField::kTransferEncoding: return TransferEncoding(value, head);
    case KnownField::kExpect: return Expect(value, head);
    case KnownField::kConnection: Connection(value, head, facts); return {};
    case KnownField::kOther: return {};
  }
  return {};
}

Refusal FinishFields(RequestHead& head, const FieldFacts& facts) {
  if (!facts.host && head.minor_version >= 1) return {400, "no Host field"};
  head.keep_alive = !facts.close && (head.minor_version >= 1 || facts.keep_alive);  // RFC 9112 §9.3
  return {};
}

}  // namespace halfopen
