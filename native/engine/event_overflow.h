// Event records that found no room in the shared array: told while the application side held it, or more of them at once
// than it takes. A busy client must not end the process by them, so growth is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "engine/protocol.h"

namespace halfopen {

class EventOverflow {
 public:
  static constexpr size_t kPerSlot = 4;  // what one connection may be told at once besides its answers

  // Memory is used as records come.
  explicit EventOverflow(uint32_t slots) : spare_(slots) { Grow(kPerSlot * slots); }
  EventOverflow(const EventOverflow&) = delete;
  EventOverflow& operator=(const EventOverflow&) = delete;
  ~EventOverflow() { std::free(records_); }

  bool ok() const { return records_ != nullptr; }
  bool empty() const { return size_ == taken_; }

  // Room for `more` records, and then for one a connection: that it is lost. False: out of memory.
  bool Ensure(size_t more) { return size_ + more + spare_ <= capacity_ || Grow(2 * (size_ + more + spare_)); }

  // The next record. Only if no memory was left in spite of Ensure() is it one that nobody reads.
  int32_t* Add() {
    if (size_ == capacity_ && !Grow(2 * size_ + 1)) return nobody_;
    return records_ + kEventInts * size_++;
  }

  // The oldest record, which is gone with the next call. Not when empty.
  const int32_t* Take() { return records_ + kEventInts * taken_++; }
  // Of what was taken.
  void Compact() {
    if (taken_ == 0) return;
    size_ -= taken_;
    std::memmove(records_, records_ + kEventInts * taken_, size_ * kRecord);
    taken_ = 0;
  }

 private:
  static constexpr size_t kRecord = kEventInts * sizeof(int32_t);

  bool Grow(size_t capacity) {
    auto* larger = static_cast<int32_t*>(std::malloc(capacity * kRecord));
    if (!larger) return false;
    if (size_ > 0) std::memcpy(larger, records_, size_ * kRecord);
    std::free(records_);
    records_ = larger;
    capacity_ = capacity;
    return true;
  }

  int32_t* records_ = nullptr;
  size_t size_ = 0, capacity_ = 0, taken_ = 0, spare_;
  int32_t nobody_[kEventInts];
};

}  // namespace halfopen
