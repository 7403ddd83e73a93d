// One plan on one thread. Execute() is the thread's whole work; everything else may be called from elsewhere.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "client/cohort.h"
#include "client/plan.h"

namespace halfopen::client {

class Run {
 public:
  enum class How : uint8_t { kFinished, kStopped, kDeadline, kNoNetwork };
  enum class Counter : uint8_t { kElapsedNs, kRequests, kErrors, kBytes, kOpen, kCuts, kCount };

  explicit Run(Plan plan);
  ~Run();

  [[nodiscard]] bool Open();  // before Execute; false: no descriptors
  void Execute();
  void Stop();
  uint64_t Read(Counter counter) const {
    return counters_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }

  // Once Execute has returned.
  How how() const { return how_; }
  const Plan& plan() const { return plan_; }
  const std::vector<std::unique_ptr<Cohort>>& cohorts() const { return cohorts_; }
  const Histogram& lag() const { return context_.lag; }
  bool watched() const { return context_.watched; }
  const std::vector<Stall>& stalls() const { return stalls_; }
  uint64_t started_ns() const { return context_.started_ns; }
  uint64_t ended_ns() const { return ended_ns_; }
  uint64_t cpu_ns() const { return cpu_ns_; }
  bool pinned() const { return pinned_; }

 private:
  void OnTimer(const Timer& timer);
  void Publish(uint64_t now);
  void Settle();
  bool AllDone() const;

  const Plan plan_;
  RunContext context_;
  std::vector<std::unique_ptr<Cohort>> cohorts_;
  std::vector<Connection*> slots_;
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Counter::kCount)> counters_{};
  std::atomic<bool> stop_{false};
  std::vector<Stall> stalls_;
  How how_ = How::kFinished;
  uint64_t ended_ns_ = 0;
  uint64_t cpu_ns_ = 0;
  bool pinned_ = false;
};

}  // namespace halfopen::client
