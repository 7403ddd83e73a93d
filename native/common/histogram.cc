#include "common/histogram.h"

#include <algorithm>

namespace halfopen {

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (counts_.empty()) counts_.resize(kBuckets);
  for (uint32_t index = 0; index < kBuckets; ++index) counts_[index] += other.counts_[index];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

std::vector<Histogram::Bucket> Histogram::Filled() const {
  std::vector<Bucket> filled;
  for (uint32_t index = 0; index < counts_.size(); ++index) {
    if (counts_[index] != 0) filled.push_back({index, counts_[index]});
  }
  return filled;
}

}  // namespace halfopen
