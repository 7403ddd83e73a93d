// Latency histogram with a fixed relative error of 0.1 % (HDR layout), for nanoseconds up to 2^36 (69 s).
//
//   value   0 … 2047   2048 … 4095   4096 … 8191   …  2^36, and all above
//   step          1             2             4
//   index   0 … 2047   2048 … 3071   3072 … 4095   …
//
// src/measures/histogram.ts reads it back and has the same arithmetic.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace halfopen {

class Histogram {
 public:
  void Record(uint64_t value) {
    if (counts_.empty()) counts_.resize(kBuckets);
    ++counts_[IndexOf(value)];
    ++count_;
    sum_ += value;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }
  void Merge(const Histogram& other);

  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }
  uint64_t min() const { return count_ == 0 ? 0 : min_; }
  uint64_t max() const { return max_; }

  struct Bucket {
    uint32_t index;
    uint64_t count;
  };
  std::vector<Bucket> Filled() const;  // ascending

  static uint32_t IndexOf(uint64_t value) {
    if (value > kHighest) value = kHighest;
    if (value < (1u << (kSubBits + 1))) return static_cast<uint32_t>(value);
    const auto shift = static_cast<uint32_t>(std::bit_width(value)) - 1 - kSubBits;
    return (shift << kSubBits) + static_cast<uint32_t>(value >> shift);
  }

 private:
  static constexpr uint32_t kSubBits = 10;
  static constexpr uint64_t kHighest = uint64_t{1} << 36;
  static constexpr uint32_t kBuckets = ((36 - kSubBits) << kSubBits) + (1u << kSubBits) + 1;

  std::vector<uint64_t> counts_;  // 216 KiB, taken at the first value
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t min_ = UINT64_MAX;
  uint64_t max_ = 0;
};

}  // namespace halfopen
