// A hashed timing wheel over slot numbers. Setting, moving and cancelling are a few stores; links are kept in
// one array, so a stream costs 16 bytes here, whether it waits or not, and no allocation.
//
//   bucket = due % kBuckets; an entry whose due tick is a round or more away stays where it is when its
//   bucket comes by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/fixed_list.h"

namespace halfopen {

class TimerWheel {
 public:
  static constexpr uint32_t kBuckets = 1024;
  static constexpr uint64_t kNever = UINT64_MAX;

  // Room for `slots` in all, taken at once and used as slots come.
  explicit TimerWheel(uint32_t slots) : links_(slots) { heads_.fill(kNone); }
  bool ok() const { return links_.ok(); }

  // Up to as many as it was made for.
  void Grow(uint32_t slots) {
    while (links_.size() < slots) links_.push_back({kNone, kNone, 0, false});
  }

  bool Has(uint32_t slot) const { return links_[slot].armed; }
  // Of an armed slot.
  uint64_t Due(uint32_t slot) const { return links_[slot].due; }
  uint64_t now() const { return now_; }
  uint32_t count() const { return count_; }
  // Whether some of those due up to `now` were left to the next call.
  bool Behind(uint64_t now) const { return count_ > 0 && now_ < now; }

  // Ticks count up from the wheel's start. Replaces an earlier entry of the slot.
  void Set(uint32_t slot, uint64_t due) {
    Cancel(slot);
    if (due <= now_) due = now_ + 1;
    Link& link = links_[slot];
    link.due = static_cast<uint32_t>(due);
    link.armed = true;
    const uint32_t bucket = link.due % kBuckets;
    link.previous = kNone;
    link.next = heads_[bucket];
    if (link.next != kNone) links_[link.next].previous = slot;
    heads_[bucket] = slot;
    occupied_[bucket / 64] |= uint64_t{1} << (bucket % 64);
    count_++;
  }

  void Cancel(uint32_t slot) {
    Link& link = links_[slot];
    if (!link.armed) return;
    const uint32_t bucket = link.due % kBuckets;
    if (link.previous == kNone)
      heads_[bucket] = link.next;
    else
      links_[link.previous].next = link.next;
    if (link.next != kNone) links_[link.next].previous = link.previous;
    if (heads_[bucket] == kNone) occupied_[bucket / 64] &= ~(uint64_t{1} << (bucket % 64));
    link.armed = false;
    count_--;
  }

  // Calls `fire(slot)` for the entries due up to `now`, already cancelled. `fire` may set and cancel any
  // entry. After `most` of them those that were due in the last `patience` ticks are left to the next call.
  template <typename Fire>
  void Advance(uint64_t now, Fire&& fire, uint32_t most = UINT32_MAX, uint64_t patience = 0) {
    if (count_ == 0 || now <= now_) {
      if (now > now_) now_ = now;
      return;
    }
    const uint64_t from = now - now_ >= kBuckets ? now - kBuckets + 1 : now_ + 1;
    now_ = now;
    for (uint64_t tick = from; tick <= now && count_ > 0; tick++) {
      const uint32_t bucket = static_cast<uint32_t>(tick) % kBuckets;
      if (!(occupied_[bucket / 64] >> (bucket % 64) & 1)) continue;
      const bool may_wait = now - tick < patience;
      // `fire` may set and cancel timers, which moves links: so those that are due are noted first, a batch at a time. What
      // it sets is due after `now`, so no batch holds a slot twice.
      uint32_t count, room;
      do {
        uint32_t due[kBatch];
        count = 0;
        room = may_wait && most < kBatch ? most : kBatch;
        if (room == 0) {
          now_ = tick - 1;
          return;
        }
        for (uint32_t slot = heads_[bucket]; slot != kNone && count < room; slot = links_[slot].next)
          if (static_cast<int32_t>(links_[slot].due - static_cast<uint32_t>(now)) <= 0) due[count++] = slot;
        for (uint32_t i = 0; i < count; i++) Cancel(due[i]);
        for (uint32_t i = 0; i < count; i++) fire(due[i]);
        most -= count < most ? count : most;
      } while (count == room && heads_[bucket] != kNone);
    }
  }

  // The first tick at which something may be due, kNever if nothing waits. Early by whole rounds at most.
  uint64_t Next() const {
    if (count_ == 0) return kNever;
    for (uint32_t ahead = 1; ahead <= kBuckets;) {
      const uint32_t bucket = static_cast<uint32_t>(now_ + ahead) % kBuckets;
      const uint64_t word = occupied_[bucket / 64] >> (bucket % 64);
      if (word) return now_ + ahead + static_cast<uint32_t>(__builtin_ctzll(word));
      ahead += 64 - bucket % 64;
    }
    return now_ + kBuckets;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kBatch = 256;
  struct Link {
    uint32_t previous, next, due;
    bool armed;
  };

  FixedList<Link> links_;
  std::array<uint32_t, kBuckets> heads_;
  uint64_t occupied_[kBuckets / 64] = {};
  uint64_t now_ = 0;
  uint32_t count_ = 0;
};

}  // namespace halfopen
