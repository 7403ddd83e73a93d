// method SP request-target SP HTTP-version (RFC 9112 §3), single spaces and nothing else around them.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "engine/authority.h"
#include "engine/request_parser.h"
#include "engine/scan.h"

namespace halfopen {
namespace {

constexpr std::string_view kHttpScheme = "http://";
constexpr std::string_view kVersionPrefix = "HTTP/1.";
constexpr size_t kMajorAt = 5;

constexpr Refusal kLineTooLong{414, "request line too long"};

Refusal BadMethodEnd(char c) {
  if (c == '\r' || c == '\n') return {400, "request line without a target"};
  return {400, "invalid character in the method"};
}

Refusal BadTargetByte(char c) {
  switch (c) {
    case '\r':
    case '\n': return {400, "request line without a version"};
    case ' ': return {400, "empty target, or more than one space before it"};
    case '#': return {400, "fragment in the target"};
    case '@': return {400, "userinfo in the target"};
    default: return {400, "invalid character in the target"};
  }
}

// One spoken major version, two minors (RFC 9110 §2.5): other digits are another version, other bytes are not HTTP.
Refusal BadVersionByte(size_t matched, char c) {
  if (Is<kDigitChar>(c) && (matched == kMajorAt || matched == kVersionPrefix.size())) {
    return {505, "HTTP version not supported"};
  }
  return {400, "malformed HTTP version"};
}

}  // namespace

ParseStatus RequestParser::RequestLine(const char* data, size_t end, const HeadLimits& limits) {
  size_t at = at_;
  const uint64_t line_limit = uint64_t{line_at_} + limits.request_line;  // at this byte the line must have ended
  const size_t stop = std::min<size_t>(end, line_limit);
  // `at` has reached `stop` within the line: either the input ends here, or the line ought to.
  const auto stopped = [&](State state) { return at == end ? Pause(state, at) : Refuse(kLineTooLong); };
  const auto offset = [&] { return static_cast<uint32_t>(at); };

  for (State state = state_;;) {
    switch (state) {
      case State::kMethod: {
        const uint64_t method_limit = uint64_t{line_at_} + limits.method;
        at = Skip<kTokenChar>(data, at, std::min<size_t>(stop, method_limit));
        if (at == stop) return stopped(State::kMethod);
        if (data[at] != ' ') {
          return Refuse(Is<kTokenChar>(data[at]) ? Refusal{501, "method too long"} : BadMethodEnd(data[at]));
        }
        head_.method_size = offset() - head_.method_at;
        if (std::string_view(data + head_.method_at, head_.method_size) == "CONNECT") {
          return Refuse({501, "CONNECT is not implemented"});
        }
        ++at;
        head_.target_at = head_.path_at = offset();
        [[fallthrough]];
      }

      case State::kTarget:
        if (at == stop) return stopped(State::kTarget);
        if (data[at] != '/') {
          if (data[at] == '*') {
            if (std::string_view(data + head_.method_at, head_.method_size) != "OPTIONS") {
              return Refuse({400, "asterisk as target of another method than OPTIONS"});
            }
            ++at;
            state = State::kAsterisk;
          } else if (Lower(data[at]) == kHttpScheme[0]) {
            state = State::kScheme;
          } else if (Is<kPathChar>(data[at])) {
            return Refuse({400, "target is neither a path nor an http URI"});
          } else {
            return Refuse(BadTargetByte(data[at]));
          }
          continue;
        }
        [[fallthrough]];

      case State::kPath:
        at = Skip<kPathChar>(data, at, stop);
        if (at == stop) return stopped(State::kPath);
        head_.path_size = offset() - head_.path_at;
        if (data[at] == '?') {
          ++at;
          head_.query_at = offset();
          state = State::kQuery;
          continue;
        }
        if (data[at] != ' ') return Refuse(BadTargetByte(data[at]));
        head_.target_size = offset() - head_.target_at;
        ++at;
        [[fallthrough]];

      case State::kVersion: {
        // Nearly always the whole version is here: one comparison instead of eight.
        constexpr std::string_view kUsual = "HTTP/1.1";
        if (matched_ == 0 && stop - at >= kUsual.size() && std::memcmp(data + at, kUsual.data(), kUsual.size()) == 0) {
          at += kUsual.size();
        } else {
          for (; matched_ <= kVersionPrefix.size(); ++matched_, ++at) {
            if (at == stop) return stopped(State::kVersion);
            const char c = data[at];
            const bool expected = matched_ < kVersionPrefix.size() ? c == kVersionPrefix[matched_] : c == '0' || c == '1';
            if (!expected) return Refuse(BadVersionByte(matched_, c));
          }
          head_.minor_version = static_cast<uint8_t>(data[at - 1] - '0');
        }
        [[fallthrough]];
      }

      case State::kLineCr:
        if (at == end) return Pause(State::kLineCr, at);
        if (data[at] != '\r') {
          return Refuse(at == line_limit ? kLineTooLong : Refusal{400, "request line goes on behind the version"});
        }
        ++at;
        [[fallthrough]];

      case State::kLineLf:
        if (at == end) return Pause(State::kLineLf, at);
        if (data[at] != '\n') return Refuse({400, "bare CR"});
        ++at;
        head_.fields_at = offset();
        return GoOn(State::kFieldStart, at);

      case State::kQuery:
        at = Skip<kQueryChar>(data, at, stop);
        if (at == stop) return stopped(State::kQuery);
        if (data[at] != ' ') return Refuse(BadTargetByte(data[at]));
        head_.query_size = offset() - head_.query_at;
        head_.target_size = offset() - head_.target_at;
        ++at;
        state = State::kVersion;
        continue;

      case State::kAsterisk:
        if (at == stop) return stopped(State::kAsterisk);
        if (data[at] != ' ') return Refuse({400, "asterisk as part of a target"});
        head_.path_size = head_.target_size = 1;
        ++at;
        state = State::kVersion;
        continue;

      case State::kScheme:
        // Letters of a scheme have no case (RFC 3986 §3.1). "https" is another origin than a clear-text port's.
        for (; matched_ < kHttpScheme.size(); ++matched_, ++at) {
          if (at == stop) return stopped(State::kScheme);
          if (Lower(data[at]) != kHttpScheme[matched_]) {
            return Refuse(Is<kPathChar>(data[at]) ? Refusal{400, "target is neither a path nor an http URI"}
                                                  : BadTargetByte(data[at]));
          }
        }
        matched_ = 0;
        head_.authority_at = offset();
        [[fallthrough]];

      case State::kAuthority:
        at = Skip<kAuthorityChar>(data, at, stop);
        if (at == stop) return stopped(State::kAuthority);
        if (data[at] != '/' && data[at] != '?' && data[at] != ' ') return Refuse(BadTargetByte(data[at]));
        head_.authority_size = offset() - head_.authority_at;
        if (!IsAuthority({data + head_.authority_at, head_.authority_size})) {
          return Refuse({400, "malformed authority in the target"});
        }
        head_.path_at = offset();
        state = State::kPath;  // it may be empty: "http://x?q", "http://x"
        continue;

      default: return Refuse({500, "parser state out of range"});  // not reachable
    }
  }
}

}  // namespace halfopen
