#include "client/cohort.h"

#include <algorithm>
#include <cmath>

#include "client/random.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kSettleNs = 250'000'000;
constexpr size_t kMaxSamples = 200'000;      // 40 MB; more are counted, not kept
constexpr size_t kMaxWaiting = 1'000'000;    // a rate far beyond the server must not fill the memory
constexpr uint64_t kFirstRetry = 1'000'000;  // after a failed round; doubles up to about a second
constexpr uint32_t kArrivalDraw = 1000;      // above the draws of a fault's steps

}  // namespace

Cohort::Cohort(const CohortPlan& plan, uint32_t index, uint32_t first_slot, RunContext& context)
    : plan_(plan),
      index_(index),
      first_slot_(first_slot),
      context_(context),
      connections_(std::make_unique<Connection[]>(plan.connections)) {
  for (uint32_t i = 0; i < plan.connections; ++i) connections_[i].Attach(*this, first_slot + i, i);
  report_.phases.resize(plan.phase_ends_ns.size());
}

void Cohort::Schedule() {
  second_end_ns_ = context_.started_ns;
  const uint64_t start = context_.started_ns + plan_.start_ns;
  context_.loop.At(start, TimerKind::kCohortStart, index_);
  if (plan_.duration_ns != 0) context_.loop.At(start + plan_.duration_ns, TimerKind::kCohortEnd, index_);
}

void Cohort::OnTimer(TimerKind kind) {
  switch (kind) {
    case TimerKind::kCohortStart:
      Start();
      break;
    case TimerKind::kArrivalsBegin:
      BeginArrivals();
      break;
    case TimerKind::kArrival:
      Arrive();
      break;
    case TimerKind::kCohortEnd:
      NoMoreRounds();
      break;
    case TimerKind::kGraceEnd:
      EndNow();
      break;
    default:
      break;
  }
}

void Cohort::Start() {
  if (state_ != State::kWaiting) return;
  state_ = State::kRunning;
  const uint64_t now = MonotonicNs();
  const bool each_begins = !plan_.open_loop || Preconnects();
  unsettled_ = Preconnects() ? plan_.connections : 0;
  for (uint32_t i = 0; i < plan_.connections; ++i) {
    if (each_begins) {
      // A nanosecond apart at least, so that connections begin, and get their rounds, in order.
      context_.loop.At(now + plan_.ramp_ns * i / plan_.connections + i,
                       Preconnects() ? TimerKind::kPreconnect : TimerKind::kBegin, first_slot_ + i);
    } else {
      idle_.push_back(&connections_[i]);
    }
  }
  if (!plan_.open_loop) return;
  if (unsettled_ == 0) {
    BeginArrivals();
  } else {
    context_.loop.At(now + plan_.ramp_ns + kSettleNs, TimerKind::kArrivalsBegin, index_);
  }
}

void Cohort::ReadyToBegin(Connection& connection) {
  if (plan_.open_loop) return BeginWaiting(connection);
  if (!MoreRounds()) {
    if (state_ == State::kRunning) NoMoreRounds();
    return;
  }
  ++busy_;
  connection.BeginRound(next_round_++, MonotonicNs());
}

void Cohort::Settled(Connection& connection) {
  idle_.push_back(&connection);
  if (unsettled_ > 0 && --unsettled_ == 0) BeginArrivals();
}

// Requests become due when everyone had the chance to connect, so that no handshake weighs on the first of
// them; but a server that accepts nobody does not put them off for good.
void Cohort::BeginArrivals() {
  if (arrivals_from_ns_ != 0 || state_ != State::kRunning) return;
  arrivals_from_ns_ = MonotonicNs();
  ScheduleArrival();
}

void Cohort::ScheduleArrival() {
  if (plan_.poisson) {
    const double unit = Unit(Draw(context_.seed, index_, next_round_, kArrivalDraw));
    arrival_at_ns_ += -std::log1p(-unit) * 1e9 / plan_.rate;
  } else {
    arrival_at_ns_ = static_cast<double>(next_round_) * 1e9 / plan_.rate;
  }
  context_.loop.At(arrivals_from_ns_ + static_cast<uint64_t>(arrival_at_ns_), TimerKind::kArrival, index_);
}

void Cohort::Arrive() {
  if (!MoreRounds()) return;
  const uint64_t due = arrivals_from_ns_ + static_cast<uint64_t>(arrival_at_ns_);
  const uint64_t round = next_round_++;
  // Scheduled first: a round may end, and the cohort with it, before it returns.
  if (MoreRounds()) ScheduleArrival();
  if (idle_.empty()) {
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back({round, due});
    } else {
      report_.unfinished += plan_.answers;
    }
  } else {
    Connection& connection = *idle_.front();
    idle_.pop_front();
    ++busy_;
    context_.Late(due, MonotonicNs());
    connection.BeginRound(round, due);
  }
  if (!MoreRounds() && state_ == State::kRunning) NoMoreRounds();
}

void Cohort::RoundDone(Connection& connection, bool failed) {
  --busy_;
  if (state_ == State::kDone) return;
  if (plan_.open_loop) {
    if (connection.connected() || waiting_.empty()) return BeginWaiting(connection);
    return BeginLater(connection, failed);
  }
  if (!MoreRounds()) {
    if (state_ == State::kRunning) NoMoreRounds();
    FinishIfIdle();
    return;
  }
  if (connection.connected() && plan_.think_ns == 0) {
    ++busy_;
    connection.BeginRound(next_round_++, MonotonicNs());
    return;
  }
  BeginLater(connection, failed);
}

// Through the loop, never from inside: a round that fails at once would otherwise begin the next one on its
// own stack.
void Cohort::BeginLater(const Connection& connection, bool failed) {
  const uint64_t pause = failed ? kFirstRetry << std::min<uint32_t>(connection.failures(), 10) : 0;
  context_.loop.At(MonotonicNs() + std::max(plan_.think_ns, pause), TimerKind::kBegin, connection.slot());
}

void Cohort::BeginWaiting(Connection& connection) {
  if (waiting_.empty()) {
    idle_.push_back(&connection);
    FinishIfIdle();
    return;
  }
  const Waiting next = waiting_.front();
  waiting_.pop_front();
  ++busy_;
  connection.BeginRound(next.round, next.due_ns);
}

void Cohort::NoMoreRounds() {
  if (state_ == State::kDone || state_ == State::kEnding) return;
  const bool by_time = plan_.rounds == 0 || next_round_ < plan_.rounds;
  state_ = State::kEnding;
  if (plan_.duration_ns != 0) {
    const uint64_t end = context_.started_ns + plan_.start_ns + plan_.duration_ns;
    context_.loop.At((by_time ? std::max(end, MonotonicNs()) : end) + plan_.grace_ns, TimerKind::kGraceEnd,
                     index_);
  }
  FinishIfIdle();
}

void Cohort::FinishIfIdle() {
  if (state_ == State::kEnding && busy_ == 0 && waiting_.empty()) EndNow();
}

void Cohort::EndNow() {
  if (state_ == State::kDone) return;
  state_ = State::kDone;
  report_.unfinished += waiting_.size() * plan_.answers;
  waiting_.clear();
  for (uint32_t i = 0; i < plan_.connections; ++i) connections_[i].EndNow();
}

void Cohort::Sweep(uint64_t now) {
  if (state_ != State::kRunning && state_ != State::kEnding) return;
  for (uint32_t i = 0; i < plan_.connections; ++i) connections_[i].Sweep(now);
}

void Cohort::Answered(uint64_t now, uint64_t due_ns, uint64_t start_ns) {
  ++report_.requests;
  ++SecondOf(now).requests;
  report_.service.Record(now - start_ns);
  if (plan_.open_loop) report_.latency.Record(now - due_ns);
  if (Phase* phase = PhaseOf(due_ns)) {
    ++phase->requests;
    if (context_.watched) phase->unsettled.push_back({due_ns, now});
    else phase->latency.Record(now - due_ns);
  }
}

void Cohort::Settle(const Stillness& still) {
  for (Phase& phase : report_.phases) {
    for (const Timed& each : phase.unsettled) {
      if (still.Covers(each.due_ns, each.done_ns)) ++phase.stalled;
      else phase.latency.Record(each.done_ns - each.due_ns);
    }
    phase.unsettled = {};
  }
}

void Cohort::Failed(Error error, uint64_t now, uint64_t due_ns, uint64_t count) {
  report_.errors[static_cast<size_t>(error)] += count;
  SecondOf(now).errors += count;
  if (Phase* phase = PhaseOf(due_ns)) phase->errors += count;
}

void Cohort::Keep(const Sample& sample) {
  if (report_.samples.size() < kMaxSamples) {
    report_.samples.push_back(sample);
  } else {
    ++report_.samples_not_kept;
  }
}

Second& Cohort::SecondOf(uint64_t now) {
  while (now >= second_end_ns_) {
    report_.seconds.emplace_back();
    second_end_ns_ += kSecond;
  }
  return report_.seconds.back();
}

Phase* Cohort::PhaseOf(uint64_t due_ns) {
  for (size_t i = 0; i < plan_.phase_ends_ns.size(); ++i) {
    if (due_ns < context_.started_ns + plan_.phase_ends_ns[i]) return &report_.phases[i];
  }
  return nullptr;
}

}  // namespace halfopen::client
