// How many of those that are due in one moment are served before others have their turn: as many as take some fifty
// microseconds, on this machine, with this application. A fixed number is either dear (each portion costs a call into JavaScript
// and a look at the sockets) or long, because what one of them takes differs by ten from case to case.
#pragma once

#include <algorithm>
#include <cstdint>

namespace halfopen {

class Portion {
 public:
  static constexpr uint32_t kFirst = 32, kLeast = 8, kMost = 128;
  static constexpr uint64_t kAimNs = 50'000;

  uint32_t size() const { return size_; }
  // A whole portion took so long.
  void Took(uint64_t ns) {
    if (ns > kAimNs) size_ = std::max(kLeast, size_ / 2);
    else if (ns < kAimNs / 2) size_ = std::min(kMost, size_ * 2);
  }

 private:
  uint32_t size_ = kFirst;
};

}  // namespace halfopen
