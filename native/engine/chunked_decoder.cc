#include "engine/chunked_decoder.h"

#include <algorithm>
#include <string_view>

#include "engine/char_class.h"
#include "engine/trailer_rules.h"

namespace halfopen {
namespace {

uint64_t HexValue(char c) { return static_cast<uint64_t>(c <= '9' ? c - '0' : Lower(c) - 'a' + 10); }

}  // namespace

ChunkedDecoder::Result ChunkedDecoder::Decode(const char* input, size_t size) {
  if (state_ == State::kDone) return {Status::kDone, 0, nullptr, 0};
  if (state_ == State::kRefused) return {Status::kRefused, 0, nullptr, 0};

  for (size_t at = 0; at < size;) {
    if (state_ == State::kData) {
      const auto run = static_cast<size_t>(std::min<uint64_t>(size - at, left_));
      left_ -= run;
      overhead_left_ += uint64_t{kOverheadPerByte} * run;  // of bytes that really came, so 64 bits hold it
      if (left_ == 0) state_ = State::kDataCr;
      return {Status::kData, at + run, input + at, run};
    }
    const char* why = Step(input[at++]);
    if (why != nullptr) {
      state_ = State::kRefused;
      why_ = why;
      return {Status::kRefused, at, nullptr, 0};
    }
    if (state_ == State::kDone) return {Status::kDone, at, nullptr, 0};
  }
  return {Status::kNeedMore, size, nullptr, 0};
}

const char* ChunkedDecoder::Step(char c) {
  if (state_ >= State::kTrailerStart) return StepTrailer(c);

  // Small chunks behind long size lines make a server work for nothing (CVE-2024-22019).
  if (overhead_left_ == 0) return "chunk framing out of proportion to the data";
  --overhead_left_;

  switch (state_) {
    case State::kDataCr:
      if (c != '\r') return "no CRLF after a chunk's data";
      state_ = State::kDataLf;
      return nullptr;
    case State::kDataLf:
      if (c != '\n') return "no CRLF after a chunk's data";
      state_ = State::kSize;
      return nullptr;
    case State::kSize:
    case State::kSizeMore: return StepSize(c);
    case State::kSizeLf:
      if (c != '\n') return "bare CR in a chunk size line";
      state_ = left_ == 0 ? State::kTrailerStart : State::kData;
      return nullptr;
    default: return StepExtension(c);
  }
}

// chunk-size = 1*HEXDIG: no sign, prefix or space, and an end to leading zeros.
const char* ChunkedDecoder::StepSize(char c) {
  if (Is<kHexChar>(c)) {
    if (state_ == State::kSize) size_digits_ = 0;
    if (size_digits_ == kMaxSizeDigits) return "chunk size of too many digits";
    ++size_digits_;
    left_ = left_ * 16 + HexValue(c);
    state_ = State::kSizeMore;
    return nullptr;
  }
  if (state_ == State::kSizeMore && c == '\r') {
    state_ = State::kSizeLf;
    return nullptr;
  }
  if (state_ == State::kSizeMore && c == ';') return StepExtension(c);
  return "malformed chunk size";
}

// *( ";" token [ "=" ( token / quoted-string ) ] ), RFC 9112 §7.1.1, without its "bad whitespace": the RFC wants
// that parsed for old senders' sake, but a size line that two parsers read differently is a request smuggled.
const char* ChunkedDecoder::StepExtension(char c) {
  if (c == '\r') {
    if (state_ != State::kExtNameMore && state_ != State::kExtToken && state_ != State::kExtQuotedEnd) {
      return "chunk extension cut short";
    }
    state_ = State::kSizeLf;
    return nullptr;
  }
  if (extensions_left_ == 0) return "chunk extensions too long";
  --extensions_left_;

  switch (state_) {
    case State::kExtName:
    case State::kExtNameMore:
    case State::kExtToken:
      if (Is<kTokenChar>(c)) {
        if (state_ == State::kExtName) state_ = State::kExtNameMore;
        return nullptr;
      }
      if (state_ == State::kExtName) break;
      if (state_ == State::kExtNameMore && c == '=') {
        state_ = State::kExtValue;
        return nullptr;
      }
      [[fallthrough]];
    case State::kSizeMore:
    case State::kExtQuotedEnd:
      if (c != ';') break;
      state_ = State::kExtName;
      return nullptr;
    case State::kExtValue:
      if (c == '"') {
        state_ = State::kExtQuoted;
      } else if (Is<kTokenChar>(c)) {
        state_ = State::kExtToken;
      } else {
        break;
      }
      return nullptr;
    case State::kExtQuoted:  // RFC 9110 §5.6.4
      if (!Is<kValueChar>(c)) break;
      if (c == '\\') state_ = State::kExtEscaped;
      if (c == '"') state_ = State::kExtQuotedEnd;
      return nullptr;
    case State::kExtEscaped:
      if (!Is<kValueChar>(c)) break;
      state_ = State::kExtQuoted;
      return nullptr;
    default: break;
  }
  return "malformed chunk extension";
}

// The same field lines as in a head (RFC 9112 §5), one byte at a time: trailers are rare and short.
const char* ChunkedDecoder::StepTrailer(char c) {
  if (++trailers_ > kMaxTrailers) return "trailer section too large";

  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') {
        state_ = State::kFinalLf;
        return nullptr;
      }
      if (!Is<kTokenChar>(c)) return "malformed trailer field name";
      if (++trailer_fields_ > kMaxTrailerFields) return "too many trailer fields";
      name_size_ = 0;
      state_ = State::kTrailerName;
      [[fallthrough]];
    case State::kTrailerName:
      if (Is<kTokenChar>(c)) {
        if (name_size_ < kNameBuffer) name_[name_size_++] = Lower(c);
        return nullptr;
      }
      if (c != ':') return "malformed trailer field name";
      if (IsForbiddenInTrailers({name_, name_size_})) return "field not allowed in trailers";
      state_ = State::kTrailerValue;
      return nullptr;
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerLf;
      } else if (!Is<kValueChar>(c)) {
        return "control character in a trailer field value";
      }
      return nullptr;
    case State::kTrailerLf:
      if (c != '\n') return "bare CR in the trailer section";
      state_ = State::kTrailerStart;
      return nullptr;
    default:  // kFinalLf
      if (c != '\n') return "bare CR in the trailer section";
      state_ = State::kDone;
      return nullptr;
  }
}

}  // namespace halfopen
