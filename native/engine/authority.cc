#include "engine/authority.h"

#include <cstddef>
#include <cstdint>

#include "engine/scan.h"

namespace halfopen {
namespace {

bool IsPort(std::string_view text) {
  uint32_t port = 0;
  for (const char c : text) {
    if (!Is<kDigitChar>(c)) return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
    if (port > 65535) return false;
  }
  return true;
}

// Four decimal octets without leading zeros: the tail of an IPv6 address (RFC 3986 §3.2.2). Alone it is a reg-name.
bool IsIpv4(std::string_view text) {
  size_t at = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0 && (at == text.size() || text[at++] != '.')) return false;
    const size_t begin = at;
    uint32_t value = 0;
    while (at < text.size() && at - begin < 4 && Is<kDigitChar>(text[at])) {
      value = value * 10 + static_cast<uint32_t>(text[at++] - '0');
    }
    const size_t digits = at - begin;
    if (digits == 0 || value > 255 || (digits > 1 && text[begin] == '0')) return false;
  }
  return at == text.size();
}

bool IsIpv6(std::string_view text) {
  constexpr int kGroups = 8;
  int groups = 0;
  bool shortened = false;  // "::" seen, stands for at least one group
  size_t at = 0;
  if (text.starts_with("::")) {
    shortened = true;
    at = 2;
  }
  while (at < text.size()) {
    const size_t end = Skip<kHexChar>(text.data(), at, text.size());
    if (end < text.size() && text[end] == '.') {
      groups += 2;
      return IsIpv4(text.substr(at)) && (shortened ? groups < kGroups : groups == kGroups);
    }
    if (end == at || end - at > 4) return false;
    ++groups;
    at = end;
    if (at == text.size()) break;
    if (text[at] != ':' || ++at == text.size()) return false;  // a single colon never ends an address
    if (text[at] == ':') {
      if (shortened) return false;
      shortened = true;
      ++at;
    }
  }
  return shortened ? groups < kGroups : groups == kGroups;
}

}  // namespace

bool IsAuthority(std::string_view text) {
  size_t at = 0;
  if (!text.empty() && text[0] == '[') {
    const size_t close = text.find(']');
    if (close == std::string_view::npos || !IsIpv6(text.substr(1, close - 1))) return false;
    at = close + 1;
  } else {
    for (;;) {
      at = Skip<kHostChar>(text.data(), at, text.size());
      if (text.size() - at < 3 || text[at] != '%' || !Is<kHexChar>(text[at + 1]) || !Is<kHexChar>(text[at + 2])) break;
      at += 3;
    }
    if (at == 0) return false;
  }
  return at == text.size() || (text[at] == ':' && IsPort(text.substr(at + 1)));
}

}  // namespace halfopen
