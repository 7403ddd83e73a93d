// A connection's input as parser and decoder see it: head, body by Content-Length or chunks, the next head.
// Everything it learns goes into a log, so that two ways of cutting the same bytes can be compared by one string.
#pragma once

#include <string>
#include <string_view>

#include "engine/chunked_decoder.h"
#include "engine/request_parser.h"

namespace halfopen::test {

// One line with every fact of a parsed head. `data` is what the parser was given.
std::string Describe(const RequestHead& head, const char* data);

class WireReader {
 public:
  explicit WireReader(const HeadLimits& limits = {}) : limits_(limits) {}

  // All bytes of the connection so far, wherever they lie now.
  void Read(std::string_view all);

  const std::string& log() const { return log_; }
  int complete() const { return complete_; }        // requests whose body ended
  int heads() const { return heads_; }              // requests whose head was accepted
  int refused_with() const { return refused_with_; }  // 0: not refused
  bool closing() const { return phase_ == Phase::kClosing; }
  bool between_requests() const { return phase_ == Phase::kHead && parser_.untouched(); }

 private:
  enum class Phase { kHead, kLengthBody, kChunkedBody, kClosing, kRefused };

  void EndRequest(bool keep_alive);
  void Refuse(int status, const char* why);

  HeadLimits limits_;
  RequestParser parser_;
  ChunkedDecoder decoder_;
  Phase phase_ = Phase::kHead;
  size_t at_ = 0;  // where in the connection's bytes the present phase goes on
  uint64_t left_ = 0;
  std::string body_;
  std::string log_;
  int heads_ = 0;
  int complete_ = 0;
  int refused_with_ = 0;
};

}  // namespace halfopen::test
