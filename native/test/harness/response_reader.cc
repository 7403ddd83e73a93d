#include "test/harness/response_reader.h"

#include <charconv>

namespace halfopen::harness {
namespace {

bool Number(std::string_view text, int base, size_t* into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *into, base);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

Reading ReadChunks(std::string_view wire, size_t at, Response* into) {
  for (;;) {
    const size_t line = wire.find("\r\n", at);
    if (line == std::string_view::npos) return wire.size() - at > 18 ? Reading::kMalformed : Reading::kMore;
    size_t size = 0;
    if (!Number(wire.substr(at, line - at), 16, &size)) return Reading::kMalformed;
    at = line + 2;
    if (wire.size() < at + size + 2) return Reading::kMore;
    if (wire.substr(at + size, 2) != "\r\n") return Reading::kMalformed;
    into->body.append(wire.substr(at, size));
    at += size + 2;
    if (size > 0) continue;
    into->size = at;
    return Reading::kWhole;
  }
}

}  // namespace

Reading ReadResponse(std::string_view wire, bool ended, bool head_only, Response* into) {
  *into = {};
  const size_t end = wire.find("\r\n\r\n");
  if (!wire.starts_with(std::string_view("HTTP/1.1 ").substr(0, wire.size()))) return Reading::kMalformed;
  if (end == std::string_view::npos) return Reading::kMore;
  size_t status = 0, length = 0;
  if (!Number(wire.substr(9, 3), 10, &status) || status < 100) return Reading::kMalformed;
  into->status = static_cast<int>(status);
  bool has_length = false, chunked = false, dated = false;
  for (size_t at = wire.find("\r\n") + 2; at < end + 2;) {
    const size_t stop = wire.find("\r\n", at);
    const std::string_view line = wire.substr(at, stop - at);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return Reading::kMalformed;
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    if (name == "Content-Length") {
      if (has_length || !Number(value, 10, &length)) return Reading::kMalformed;
      has_length = true;
    } else if (name == "Transfer-Encoding") {
      if (chunked || value != "chunked") return Reading::kMalformed;
      chunked = true;
    } else if (name == "Connection") {
      into->closes = value == "close";
    } else if (name == "Date") {
      if (dated) return Reading::kMalformed;
      dated = true;
    } else if (name == "X-Id") {
      into->id = value;
    }
    at = stop + 2;
  }
  if (has_length && chunked) return Reading::kMalformed;
  into->size = end + 4;
  if (status < 200 || status == 204 || status == 304 || head_only) return Reading::kWhole;
  if (chunked) return ReadChunks(wire, end + 4, into);
  into->close_delimited = !has_length;
  if (has_length ? wire.size() < end + 4 + length : !ended) return Reading::kMore;
  into->body = wire.substr(end + 4, has_length ? length : std::string_view::npos);
  into->size += into->body.size();
  return Reading::kWhole;
}

}  // namespace halfopen::harness
