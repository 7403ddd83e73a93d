#include "engine/trailer_rules.h"

namespace halfopen {
namespace {

constexpr std::string_view kForbidden[] = {
    // framing and the connection
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    // routing
    "forwarded", "host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    // who asks
    "authorization", "cookie", "proxy-authorization", "set-cookie",
    // what is asked, and whether
    "cache-control", "expect", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
    "max-forwards", "pragma", "range",
    // how the content is to be read
    "content-encoding", "content-range", "content-type"};

}  // namespace

bool IsForbiddenInTrailers(std::string_view name) {
  for (const std::string_view forbidden : kForbidden) {
    if (name == forbidden) return true;
  }
  return false;
}

}  // namespace halfopen
