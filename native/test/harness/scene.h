// What client and application of a run agree on: a request's path names the shape of its answer and an id, from which
// both derive the bytes of either body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "test/harness/random.h"

namespace halfopen::harness {

//  o  one record: head, body, end            a  aborts, at once or in mid-body
//  k  the same, and wants to be told kSent   n  never answers
//  s  streamed in pieces                     b  reads the body, then answers
//  e  asks for delays, then answers          i  answers without a look at the body
//  r  large buffers by reference             l  reads the body while it streams
//  t  streamed, a piece in a turn of the loop and then some more, with no word to the engine in between
inline constexpr char kShapes[] = "okserbiltan";

inline uint32_t AnswerSize(char shape, uint32_t id) {
  const uint32_t dice = Mix(id);
  switch (shape) {
    case 's':
    case 'l':
    case 'a':
      return dice % 60'000;
    case 't':
      return dice % 20'000;
    case 'r':
      return 40'000 + dice % 300'000;
    default:
      return dice % 3'000;
  }
}

inline char BodyByte(uint32_t id, size_t at) { return static_cast<char>('a' + (id * 7 + at * 3 + at / 1000) % 26); }

inline std::string BodyPart(uint32_t id, size_t from, size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; i++) out[i] = BodyByte(id, from + i);
  return out;
}

// Whose code runs on this thread: memory may run out for the engine, not for its test.
class Side {
 public:
  static bool engine_runs() { return engine_; }
  static Side Engine() { return Side(true); }
  static Side Test() { return Side(false); }
  ~Side() { engine_ = before_; }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

 private:
  explicit Side(bool engine) : before_(engine_) { engine_ = engine; }
  static inline thread_local bool engine_ = false;
  const bool before_;
};

// What must hold in every run.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace halfopen::harness
