// Carries out a fault's steps on one connection and collects the receipts.
//
//   step i:  watching ──point reached──▶ armed ──delay over──▶ struck ──▶ step i + 1
//                                                                 └─ a step that leaves the connection open
//                                                                 stays
//                                                                    *active*: its receipt is written at its
//                                                                    end
#pragma once

#include "client/connection.h"
#include "client/plan.h"
#include "client/report.h"

namespace halfopen::client {

class Misbehaviour {
 public:
  Misbehaviour(Connection& connection, Cohort& cohort);

  void Begin();  // a new round
  // Strikes what is due. May end the round.
  void Check();
  void OnTimer(TimerKind kind, uint64_t at_ns);
  void Answered(bool good) { intact_ = intact_ && good; }
  void Finish(Ending ending, uint64_t now);

  // How much may be read now, at most `want`. 0: nothing.
  size_t ReadLimit(size_t want);
  void Took(uint64_t bytes) { allowance_ -= allowance_ < bytes ? allowance_ : bytes; }
  bool NotReading() const {
    return reading_ == Reading::kNothing || (reading_ == Reading::kPaced && allowance_ == 0);
  }
  // How many bytes of the request may be sent by now, from its first.
  uint64_t SendLimit() const;
  // The current step strikes after the response's end.
  bool WaitsForEnd() const;
  // Nothing is expected to happen: no timeout.
  bool Patient() const;

 private:
  enum class Reading : uint8_t { kAll, kNothing, kPaced };

  const Step& step() const { return plan_.steps[step_]; }
  bool MoreSteps() const { return step_ < plan_.steps.size(); }
  uint64_t Amount() const;
  uint64_t Delay() const;
  bool Reached();
  void Strike();
  void Drain();
  void CutByClose(Action action, Sample& sample);
  void StayOpen(Action action, Sample& sample);
  // `state`: the kernel's after a FIN, before any other close. `called`: the system calls succeeded.
  static void JudgeCut(Action action, uint8_t state, bool called, Sample& sample);
  Sample Describe(uint64_t now) const;
  void Look(Sample& sample) const;
  void EndActive(Outcome outcome, uint64_t now);
  void PacedRead(uint64_t at_ns);
  void PacedSend(uint64_t at_ns);

  Connection& connection_;
  Cohort& cohort_;
  const CohortPlan& plan_;

  uint32_t step_ = 0;
  bool armed_ = false;
  bool striking_ = false;
  bool active_ = false;
  bool vanished_ = false;
  bool intact_ = true;
  Reading reading_ = Reading::kAll;
  bool send_capped_ = false;
  uint64_t allowance_ = 0;    // bytes that may be read in this interval
  uint64_t send_limit_ = 0;   // while send_capped_
  uint64_t amount_ = 0;       // of the current step, random part included
  uint64_t point_ns_ = 0;     // when the current step's point was reached
  uint64_t previous_ns_ = 0;  // when the step before struck
  uint64_t read_pace_ns_ = 0, read_pace_bytes_ = 0;
  uint64_t send_pace_ns_ = 0, send_pace_bytes_ = 0;
  uint64_t paced_ = 0;  // intervals of the active step in which the pace was what limited
  Sample sample_{};     // of the active step
  uint32_t segments_before_ = 0, dropped_before_ = 0;
  uint32_t waiting_before_ = 0;  // bytes that lay unread when a client vanished
};

static_assert(sizeof(Connection) + sizeof(Misbehaviour) <= 1024);

}  // namespace halfopen::client
