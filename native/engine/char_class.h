// Which bytes may stand where: one table for the request parser and the chunked decoder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace halfopen {

enum CharClass : uint8_t {
  kTokenChar = 1 << 0,      // tchar, RFC 9110 §5.6.2: methods, field names
  kValueChar = 1 << 1,      // VCHAR, obs-text, SP, HTAB, RFC 9110 §5.5
  kPathChar = 1 << 2,
  kQueryChar = 1 << 3,      // path and '?'
  kHostChar = 1 << 4,       // reg-name without its '%'
  kAuthorityChar = 1 << 5,  // what an authority without userinfo may hold, in any order
  kDigitChar = 1 << 6,
  kHexChar = 1 << 7
};

namespace char_class_detail {

constexpr std::string_view kAlnum = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

constexpr void Add(std::array<uint8_t, 256>& table, std::string_view chars, uint8_t classes) {
  for (const char c : chars) table[static_cast<uint8_t>(c)] = static_cast<uint8_t>(table[static_cast<uint8_t>(c)] | classes);
}

constexpr std::array<uint8_t, 256> Build() {
  std::array<uint8_t, 256> table{};
  Add(table, kAlnum, kTokenChar | kPathChar | kQueryChar | kHostChar | kAuthorityChar);
  Add(table, "!#$%&'*+-.^_`|~", kTokenChar);
  Add(table, "0123456789", kDigitChar | kHexChar);
  Add(table, "abcdefABCDEF", kHexChar);

  // RFC 3986 §3.3 and §3.4, and the seven characters that browsers leave raw all the same (WHATWG URL, query set).
  // Percent signs are not looked behind: whether "%zz" names anything is the application's question.
  Add(table, "-._~!$&'()*+,;=:@/%" "[]{}|^`", kPathChar | kQueryChar);
  Add(table, "?", kQueryChar);

  // RFC 3986 §3.2.2. A comma would be legal, but stands there only where someone joined two Host lines.
  Add(table, "-._~!$&'()*+;=", kHostChar | kAuthorityChar);
  Add(table, "%:[]", kAuthorityChar);

  for (size_t c = 0; c < 256; ++c) {
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) table[c] |= kValueChar;
  }
  return table;
}

}  // namespace char_class_detail

inline constexpr std::array<uint8_t, 256> kCharClasses = char_class_detail::Build();

template <CharClass kClass>
constexpr bool Is(char c) {
  return (kCharClasses[static_cast<uint8_t>(c)] & kClass) != 0;
}

// Only letters change, so equality after it is equality without regard to case (RFC 9110 §5.1).
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// `lower` is in lower case.
constexpr bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

}  // namespace halfopen
