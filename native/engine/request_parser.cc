// The frame of a head: an empty line that may precede it, the field lines, the empty line that ends it.
// The request line has its own file, request_line.cc; what fields mean is in field_rules.cc.
#include "engine/request_parser.h"

#include <algorithm>
#include <string_view>

#include "engine/scan.h"

namespace halfopen {
namespace {

Refusal BadLineStart(char c) {
  if (c == ' ' || c == '\t') return {400, "line begins with whitespace"};  // obs-fold, RFC 9112 §5.2, or §2.2
  if (c == ':') return {400, "empty field name"};
  if (c == '\n') return {400, "bare LF"};
  return {400, "invalid character in a field name"};
}

Refusal BadNameEnd(char c) {
  if (c == ' ' || c == '\t') return {400, "whitespace before a field's colon"};  // RFC 9112 §5.1
  if (c == '\r' || c == '\n') return {400, "field line without a colon"};
  return {400, "invalid character in a field name"};
}

Refusal BadValueEnd(char c) {
  return {400, c == '\n' ? "bare LF" : "control character in a field value"};
}

}  // namespace

ParseStatus RequestParser::Parse(const char* data, size_t size, const HeadLimits& limits) {
  if (state_ >= State::kDone) return state_ == State::kDone ? ParseStatus::kDone : ParseStatus::kRefused;

  const size_t end = std::min<size_t>(size, limits.head);
  ParseStatus status = ParseStatus::kDone;
  if (state_ <= State::kAfterLeading) status = Opening(data, end);
  if (status == ParseStatus::kDone && state_ <= State::kLineLf) status = RequestLine(data, end, limits);
  if (status == ParseStatus::kDone) status = Fields(data, end, limits);

  if (status == ParseStatus::kNeedMore && size > end) return Refuse({431, "head too large"});
  return status;
}

ParseStatus RequestParser::Opening(const char* data, size_t end) {
  size_t at = at_;
  if (state_ == State::kFresh) {
    if (at == end) return Pause(State::kFresh, at);
    if (data[at] == '\r') {
      ++at;
      state_ = State::kLeadingLf;
    }
  }
  if (state_ == State::kLeadingLf) {
    if (at == end) return Pause(State::kLeadingLf, at);
    if (data[at] != '\n') return Refuse({400, "bare CR before the request line"});
    ++at;
    state_ = State::kAfterLeading;
  }
  if (at == end) return Pause(state_, at);
  if (!Is<kTokenChar>(data[at])) {
    return Refuse({400, data[at] == '\r' ? "more than one empty line before the request line" : "not a request line"});
  }
  line_at_ = head_.method_at = static_cast<uint32_t>(at);
  return GoOn(State::kMethod, at);
}

ParseStatus RequestParser::Fields(const char* data, size_t end, const HeadLimits& limits) {
  size_t at = at_;
  uint64_t line_limit = uint64_t{line_at_} + limits.field;  // at this byte the line must have ended
  for (State state = state_;;) {
    switch (state) {
      case State::kFieldStart:
        if (at == end) return Pause(State::kFieldStart, at);
        if (data[at] == '\r') {
          head_.fields_size = static_cast<uint32_t>(at) - head_.fields_at;
          ++at;
          state = State::kFinalLf;
          continue;
        }
        if (!Is<kTokenChar>(data[at])) return Refuse(BadLineStart(data[at]));
        if (head_.field_count == limits.fields) return Refuse({431, "too many fields"});
        line_at_ = static_cast<uint32_t>(at);
        line_limit = uint64_t{line_at_} + limits.field;
        [[fallthrough]];

      case State::kFieldName: {
        const size_t stop = std::min<size_t>(end, line_limit);
        at = Skip<kTokenChar>(data, at, stop);
        if (at == end) return Pause(State::kFieldName, at);
        if (at == stop) return Refuse({431, "field too large"});
        if (data[at] != ':') return Refuse(BadNameEnd(data[at]));
        colon_at_ = static_cast<uint32_t>(at);
        ++at;
        [[fallthrough]];
      }

      case State::kFieldValue: {
        const size_t stop = std::min<size_t>(end, line_limit);
        at = SkipValue(data, at, stop);
        if (at == end) return Pause(State::kFieldValue, at);
        if (data[at] != '\r') return Refuse(at == stop ? Refusal{431, "field too large"} : BadValueEnd(data[at]));
        ++at;
        [[fallthrough]];
      }

      case State::kFieldLf: {
        if (at == end) return Pause(State::kFieldLf, at);
        if (data[at] != '\n') return Refuse({400, "bare CR"});
        ++at;
        ++head_.field_count;
        const KnownField field = LookupField({data + line_at_, colon_at_ - line_at_});
        if (field != KnownField::kOther) {
          const auto value_end = static_cast<uint32_t>(at - 2);
          const Refusal refusal = ApplyField(field, data, colon_at_ + 1, value_end, head_, facts_);
          if (refusal.status != 0) return Refuse(refusal);
        }
        state = State::kFieldStart;
        continue;
      }

      case State::kFinalLf: {
        if (at == end) return Pause(State::kFinalLf, at);
        if (data[at] != '\n') return Refuse({400, "bare CR"});
        ++at;
        const Refusal refusal = FinishFields(head_, facts_);
        if (refusal.status != 0) return Refuse(refusal);
        head_.size = static_cast<uint32_t>(at);
        state_ = State::kDone;
        return ParseStatus::kDone;
      }

      default: return Refuse({500, "parser state out of range"});  // not reachable
    }
  }
}

ParseStatus RequestParser::Pause(State state, size_t at) {
  state_ = state;
  at_ = static_cast<uint32_t>(at);
  return ParseStatus::kNeedMore;
}

ParseStatus RequestParser::GoOn(State state, size_t at) {
  Pause(state, at);
  return ParseStatus::kDone;
}

ParseStatus RequestParser::Refuse(Refusal refusal) {
  state_ = State::kRefused;
  refusal_ = refusal;
  return ParseStatus::kRefused;
}

}  // namespace halfopen
