#include "client/misbehaviour.h"

#include <algorithm>

#include "client/cohort.h"
#include "client/random.h"
#include "client/socket.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

constexpr uint32_t kAmountDraw = 0, kDelayDraw = 1;  // two a step

}  // namespace

Misbehaviour::Misbehaviour(Connection& connection, Cohort& cohort)
    : connection_(connection), cohort_(cohort), plan_(cohort.plan()) {}

void Misbehaviour::Begin() {
  step_ = 0;
  armed_ = striking_ = active_ = vanished_ = send_capped_ = false;
  intact_ = true;
  reading_ = Reading::kAll;
  allowance_ = send_limit_ = send_pace_ns_ = point_ns_ = previous_ns_ = 0;
  amount_ = Amount();
}

uint64_t Misbehaviour::Amount() const {
  const Trigger& at = step().at;
  if (at.amount_spread == 0) return at.amount;
  const uint64_t draw =
      Draw(cohort_.context().seed, cohort_.index(), connection_.account().round, step_ * 2 + kAmountDraw);
  return at.amount + static_cast<uint64_t>(Unit(draw) * static_cast<double>(at.amount_spread + 1));
}

uint64_t Misbehaviour::Delay() const {
  const Trigger& at = step().at;
  if (at.delay_spread_ns == 0) return at.delay_ns;
  const uint64_t draw =
      Draw(cohort_.context().seed, cohort_.index(), connection_.account().round, step_ * 2 + kDelayDraw);
  return at.delay_ns + static_cast<uint64_t>(Unit(draw) * static_cast<double>(at.delay_spread_ns));
}

bool Misbehaviour::Reached() {
  const Connection::Account& account = connection_.account();
  switch (step().at.point) {
    case Point::kConnected:
    case Point::kPrevious:
      return account.connect_ns != 0;
    case Point::kUploaded:
      return account.sent_bytes >= std::min<uint64_t>(amount_, plan_.request.size());
    case Point::kSent:
      return account.sent_bytes == plan_.request.size();
    case Point::kHead:
      return account.head_done;
    case Point::kBody:
      return account.head_done && account.body_bytes >= amount_;
    case Point::kChunks:
      return account.chunks >= amount_ && account.head_done;
    case Point::kUnread:
      return UnreadBytes(connection_.fd()) >= amount_;
    case Point::kEnd:
      return connection_.complete();
    default:
      return false;
  }
}

void Misbehaviour::Check() {
  const uint32_t generation = connection_.generation();
  while (generation == connection_.generation() && MoreSteps() && !armed_ && !striking_ && Reached()) {
    point_ns_ = MonotonicNs();
    const uint64_t delay = Delay();
    if (delay == 0) {
      Strike();
    } else {
      armed_ = true;
      const uint64_t from =
          step().at.point == Point::kPrevious && previous_ns_ != 0 ? previous_ns_ : point_ns_;
      cohort_.context().loop.At(from + delay, TimerKind::kStrike, connection_.slot(), generation);
    }
  }
}

void Misbehaviour::OnTimer(TimerKind kind, uint64_t at_ns) {
  switch (kind) {
    case TimerKind::kStrike:
      if (!armed_) return;
      cohort_.context().Late(at_ns, MonotonicNs());
      armed_ = false;
      {
        const uint32_t generation = connection_.generation();
        Strike();
        if (generation == connection_.generation()) Check();
      }
      break;
    case TimerKind::kPacedRead:
      PacedRead(at_ns);
      break;
    case TimerKind::kPacedSend:
      PacedSend(at_ns);
      break;
    case TimerKind::kHoldEnd:
      connection_.End(Ending::kHeld);
      break;
    default:
      break;
  }
}

void Misbehaviour::Strike() {
  const Action action = step().action;
  const uint32_t generation = connection_.generation();
  if (action == Action::kFin) {
    Drain();
    if (generation != connection_.generation()) return;  // the drain found the end of it
  }
  const uint64_t now = MonotonicNs();
  EndActive(Outcome::kNextStep, now);
  Sample sample = Describe(now);
  ++cohort_.context().cuts;
  if (action == Action::kFin || action == Action::kClose || action == Action::kRst) {
    CutByClose(action, sample);
    return;
  }
  StayOpen(action, sample);
  if (generation != connection_.generation()) return;
  previous_ns_ = sample_.after_ns;
  ++step_;
  if (MoreSteps()) {
    amount_ = Amount();
    point_ns_ = 0;
  } else if (plan_.hold_ns != 0) {
    cohort_.context().loop.At(previous_ns_ + plan_.hold_ns, TimerKind::kHoldEnd, connection_.slot(),
                              generation);
  }
  if (action == Action::kResume && !connection_.consuming()) connection_.Read(true);
}

bool Misbehaviour::WaitsForEnd() const { return MoreSteps() && step().at.point == Point::kEnd; }

bool Misbehaviour::Patient() const {
  return armed_ || (!MoreSteps() && (reading_ == Reading::kNothing || vanished_));
}

}  // namespace halfopen::client
