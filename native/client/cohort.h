// Connections that behave alike: says who begins a round and when, and keeps the books.
//
//   kWaiting ──start──▶ kRunning ──rounds or time used up──▶ kEnding ──all ended, or grace over──▶ kDone
#pragma once

#include <deque>
#include <memory>

#include "client/connection.h"
#include "client/loop.h"
#include "client/plan.h"
#include "client/report.h"
#include "client/witness.h"

namespace halfopen::client {

// What all connections of a run share. Owned by the run.
struct RunContext {
  uint64_t seed = 0;
  uint64_t run = 0;
  bool own_network = false;   // the thread is in a network namespace made for it
  uint64_t started_ns = 0;
  Loop loop;
  bool watched = false;          // some stretches may turn out not to count
  Histogram lag;                 // how late timers made requests leave and steps strike
  std::vector<Timed> unsettled;  // lateness likewise
  std::vector<char> receive;  // one for all: nothing is kept between reads
  std::string outgoing;       // a request with its tag, built anew for every send
  uint64_t open = 0;
  uint64_t cuts = 0;

  void Late(uint64_t due_ns, uint64_t now) {
    if (watched) unsettled.push_back({due_ns, now});
    else lag.Record(now - due_ns);
  }
};

class Cohort {
 public:
  // `first_slot`: the loop's slot of its first connection; the others follow.
  Cohort(const CohortPlan& plan, uint32_t index, uint32_t first_slot, RunContext& context);

  void Schedule();  // once, when the run begins
  void OnTimer(TimerKind kind);
  void Sweep(uint64_t now);
  void EndNow();  // the run is over
  void Settle(const Stillness& still);  // after that, where cores were watched
  bool done() const { return state_ == State::kDone; }

  Connection& connection(uint32_t index) { return connections_[index]; }
  const CohortPlan& plan() const { return plan_; }
  uint32_t index() const { return index_; }
  RunContext& context() { return context_; }
  CohortReport& report() { return report_; }
  const CohortReport& report() const { return report_; }

  // From connections.
  void ReadyToBegin(Connection& connection);  // its kBegin timer; open loop: a request waits for it
  void Settled(Connection& connection);       // its first connect came to an end, good or bad
  // May begin the next round before it returns.
  void RoundDone(Connection& connection, bool failed);
  void Answered(uint64_t now, uint64_t due_ns, uint64_t start_ns);
  void Failed(Error error, uint64_t now, uint64_t due_ns, uint64_t count);
  Second& SecondOf(uint64_t now);
  void Keep(const Sample& sample);

 private:
  enum class State : uint8_t { kWaiting, kRunning, kEnding, kDone };
  struct Waiting {
    uint64_t round, due_ns;
  };

  bool MoreRounds() const {
    return state_ == State::kRunning && (plan_.rounds == 0 || next_round_ < plan_.rounds);
  }
  bool Preconnects() const { return plan_.open_loop && plan_.steps.empty() && plan_.keep_alive; }
  void Start();
  void BeginArrivals();
  void Arrive();
  void ScheduleArrival();
  void BeginWaiting(Connection& connection);
  void BeginLater(const Connection& connection, bool failed);
  void NoMoreRounds();
  void FinishIfIdle();
  Phase* PhaseOf(uint64_t due_ns);

  const CohortPlan& plan_;
  const uint32_t index_;
  const uint32_t first_slot_;
  RunContext& context_;
  std::unique_ptr<Connection[]> connections_;
  State state_ = State::kWaiting;

  uint64_t next_round_ = 0;
  uint32_t busy_ = 0;
  uint32_t unsettled_ = 0;
  std::deque<Connection*> idle_;   // open loop: the longest idle goes next
  std::deque<Waiting> waiting_;    // open loop: due, and no connection free
  uint64_t arrivals_from_ns_ = 0;  // open loop's origin
  double arrival_at_ns_ = 0;       // since that, of the next
  uint64_t second_end_ns_ = 0;
  CohortReport report_;
};

}  // namespace halfopen::client
