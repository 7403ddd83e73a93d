#include "client/response_reader.h"

#include <algorithm>
#include <cstring>

namespace halfopen::client {
namespace {

constexpr uint64_t kFnvOffset = 0xcbf29ce484222325u;
constexpr uint64_t kFnvPrime = 0x100000001b3u;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool Same(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool ListHas(std::string_view list, std::string_view lower) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (Same(Trim(list.substr(0, comma)), lower)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// 1 to 18 decimal digits.
bool Decimal(std::string_view text, uint64_t* value) {
  if (text.empty() || text.size() > 18) return false;
  uint64_t sum = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    sum = sum * 10 + static_cast<uint64_t>(c - '0');
  }
  *value = sum;
  return true;
}

}  // namespace

void ResponseReader::Reset(bool head_only, bool hash) {
  state_ = State::kStatusLine;
  head_only_ = head_only;
  hash_wanted_ = hash;
  keep_alive_ = true;
  chunked_ = false;
  malformed_ = false;
  status_ = 0;
  head_bytes_ = 0;
  chunks_ = 0;
  length_ = kNoLength;
  left_ = 0;
  body_bytes_ = 0;
  hash_ = kFnvOffset;
  line_.reset();
}

bool ResponseReader::TakeLine(const char*& at, const char* end, std::string_view* line) {
  const auto size = static_cast<size_t>(end - at);
  const auto* feed = static_cast<const char*>(std::memchr(at, '\n', size));
  const size_t taken = feed == nullptr ? size : static_cast<size_t>(feed - at) + 1;
  head_bytes_ += static_cast<uint32_t>(std::min<size_t>(taken, kHeadLimit + 1));
  if (head_bytes_ > kHeadLimit) {
    malformed_ = true;
    return false;
  }
  if (feed == nullptr || line_ != nullptr) {
    if (line_ == nullptr) line_ = std::make_unique<std::string>();
    line_->append(at, taken);
    at += taken;
    if (feed == nullptr) return false;
    *line = *line_;
  } else {
    *line = std::string_view(at, taken);
    at += taken;
  }
  if (line->size() < 2 || (*line)[line->size() - 2] != '\r') {
    malformed_ = true;
    return false;
  }
  line->remove_suffix(2);
  return true;
}

bool ResponseReader::StatusLine(std::string_view line) {
  // HTTP/1.x SP 3DIGIT [SP reason]
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || (line[7] != '0' && line[7] != '1') ||
      line[8] != ' ') {
    return false;
  }
  uint64_t code = 0;
  if (!Decimal(line.substr(9, 3), &code) || code < 100 || (line.size() > 12 && line[12] != ' ')) return false;
  status_ = static_cast<uint16_t>(code);
  keep_alive_ = line[7] == '1';
  return true;
}

bool ResponseReader::Field(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line[0] == ' ' || line[0] == '\t') return false;
  const std::string_view name = line.substr(0, colon);
  switch (name.size()) {  // only the fields that frame are looked at
    case 10:
      if (Same(name, "connection")) {
        const std::string_view value = line.substr(colon + 1);
        if (ListHas(value, "close")) keep_alive_ = false;
        if (ListHas(value, "keep-alive")) keep_alive_ = true;
      }
      return true;
    case 14: {
      if (!Same(name, "content-length")) return true;
      uint64_t length = 0;
      if (!Decimal(Trim(line.substr(colon + 1)), &length)) return false;
      if (length_ != kNoLength && length_ != length) return false;
      length_ = length;
      return true;
    }
    case 17:
      if (!Same(name, "transfer-encoding")) return true;
      chunked_ = Same(Trim(line.substr(colon + 1)), "chunked");
      return chunked_;
    default:
      return true;
  }
}

bool ResponseReader::EndOfHead() {
  if (chunked_ && length_ != kNoLength) return false;
  head_bytes_ = 0;
  if (status_ < 200) {  // an interim response; the one that counts follows (101 is never asked for)
    const bool hash = hash_wanted_;
    Reset(head_only_, hash);
    return true;
  }
  if (head_only_ || status_ == 204 || status_ == 304 || length_ == 0) {
    state_ = State::kDone;
  } else if (chunked_) {
    state_ = State::kChunkSize;
  } else if (length_ != kNoLength) {
    left_ = length_;
    state_ = State::kSized;
  } else {
    keep_alive_ = false;
    state_ = State::kUntilFin;
  }
  return true;
}

bool ResponseReader::ChunkSize(std::string_view line) {
  uint64_t size = 0;
  size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = Lower(line[digits]);
    uint64_t value = 0;
    if (c >= '0' && c <= '9') {
      value = static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<uint64_t>(c - 'a') + 10;
    } else {
      break;
    }
    if (digits == 15) return false;
    size = size * 16 + value;
  }
  if (digits == 0 || (digits < line.size() && line[digits] != ';')) return false;
  if (size == 0) {
    state_ = State::kTrailer;
  } else {
    head_bytes_ = 0;
    left_ = size;
    ++chunks_;
    state_ = State::kChunkData;
  }
  return true;
}

void ResponseReader::Body(const char* data, size_t size) {
  body_bytes_ += size;
  if (!hash_wanted_) return;
  uint64_t hash = hash_;
  for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<uint8_t>(data[i])) * kFnvPrime;
  hash_ = hash;
}

ResponseReader::Result ResponseReader::Feed(const char* data, size_t size) {
  const char* at = data;
  const char* const end = data + size;
  std::string_view line;
  bool good = true;
  while (good && at < end && state_ != State::kDone) {
    switch (state_) {
      case State::kUntilFin:
        Body(at, static_cast<size_t>(end - at));
        at = end;
        continue;
      case State::kSized:
      case State::kChunkData: {
        const size_t part = static_cast<size_t>(std::min<uint64_t>(left_, static_cast<uint64_t>(end - at)));
        Body(at, part);
        at += part;
        left_ -= part;
        if (left_ == 0) state_ = state_ == State::kSized ? State::kDone : State::kChunkEnd;
        continue;
      }
      default:
        break;
    }
    if (!TakeLine(at, end, &line)) {
      good = !malformed_;
      break;
    }
    switch (state_) {
      case State::kStatusLine:
        good = StatusLine(line);
        state_ = State::kFields;
        break;
      case State::kFields:
        good = line.empty() ? EndOfHead() : Field(line);
        break;
      case State::kChunkSize:
        good = ChunkSize(line);
        break;
      case State::kChunkEnd:
        good = line.empty();
        state_ = State::kChunkSize;
        break;
      case State::kTrailer:
        if (line.empty()) state_ = State::kDone;
        break;
      default:
        break;
    }
    line_.reset();
  }
  const auto used = static_cast<size_t>(at - data);
  if (!good) return {Status::kMalformed, used};
  return {state_ == State::kDone ? Status::kDone : Status::kNeedMore, used};
}

bool ResponseReader::EndOfStream() {
  if (state_ != State::kUntilFin) return false;
  state_ = State::kDone;
  return true;
}

}  // namespace halfopen::client
