#include "client/misbehaviour.h"

#include <errno.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "client/cohort.h"
#include "client/random.h"
#include "client/socket.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

// linux/tcp.h leaves these to the C library's header, which clashes with it.
enum TcpState : uint8_t { kEstablished = 1, kFinWait1 = 4, kFinWait2 = 5, kTimeWait = 6, kClose = 7, kCloseWait = 8, kLastAck = 9, kClosing = 11 };

constexpr uint32_t kAmountDraw = 0, kDelayDraw = 1;  // two a step
constexpr int kDrainRounds = 1000;                   // a producer that never pauses must not hold the thread

Outcome OutcomeOf(Ending ending) {
  switch (ending) {
    case Ending::kComplete:
      return Outcome::kComplete;
    case Ending::kPeerFin:
      return Outcome::kPeerFin;
    case Ending::kPeerReset:
      return Outcome::kPeerReset;
    case Ending::kTimeout:
      return Outcome::kTimeout;
    case Ending::kCut:
      return Outcome::kCut;
    case Ending::kHeld:
    case Ending::kRunEnd:
      return Outcome::kHeld;
    default:
      return Outcome::kFailed;
  }
}

Reason ReasonOf(Ending ending) {
  switch (ending) {
    case Ending::kComplete:
      return Reason::kResponseEndedFirst;
    case Ending::kPeerFin:
      return Reason::kPeerClosedFirst;
    case Ending::kPeerReset:
      return Reason::kPeerResetFirst;
    case Ending::kTimeout:
      return Reason::kTimedOutFirst;
    case Ending::kConnectFailed:
    case Ending::kLocal:
      return Reason::kConnectFailed;
    case Ending::kFraming:
      return Reason::kStateUnexpected;
    default:
      return Reason::kRunEndedFirst;
  }
}

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
  const uint64_t draw = Draw(cohort_.context().seed, cohort_.index(), connection_.account().round, step_ * 2 + kAmountDraw);
  return at.amount + static_cast<uint64_t>(Unit(draw) * static_cast<double>(at.amount_spread + 1));
}

uint64_t Misbehaviour::Delay() const {
  const Trigger& at = step().at;
  if (at.delay_spread_ns == 0) return at.delay_ns;
  const uint64_t draw = Draw(cohort_.context().seed, cohort_.index(), connection_.account().round, step_ * 2 + kDelayDraw);
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
      const uint64_t from = step().at.point == Point::kPrevious && previous_ns_ != 0 ? previous_ns_ : point_ns_;
      cohort_.context().loop.At(from + delay, TimerKind::kStrike, connection_.slot(), generation);
    }
  }
}

void Misbehaviour::OnTimer(TimerKind kind, uint64_t at_ns) {
  switch (kind) {
    case TimerKind::kStrike:
      if (!armed_) return;
      cohort_.context().lag.Record(MonotonicNs() - at_ns);
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

void Misbehaviour::Drain() {
  striking_ = true;
  reading_ = Reading::kAll;
  const uint32_t generation = connection_.generation();
  for (int i = 0; i < kDrainRounds && generation == connection_.generation(); ++i) {
    if (i > 0 && UnreadBytes(connection_.fd()) == 0) break;
    connection_.Read(false);
  }
  striking_ = false;
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
    cohort_.context().loop.At(previous_ns_ + plan_.hold_ns, TimerKind::kHoldEnd, connection_.slot(), generation);
  }
  if (action == Action::kResume) connection_.Read(true);
}

void Misbehaviour::CutByClose(Action action, Sample& sample) {
  const int fd = connection_.fd();
  sample.receive_buffer = GrantedReceiveBuffer(fd);
  KernelView before = AskKernel(fd);
  bool called = false;
  if (action == Action::kFin) {
    // shutdown() sends the FIN that close() would, and leaves a socket that can be asked what became of it.
    sample.before_ns = MonotonicNs();
    called = shutdown(fd, SHUT_WR) == 0;
    sample.after_ns = MonotonicNs();
    before = AskKernel(fd);
    sample.unread = UnreadBytes(fd);
    called = close(fd) == 0 && called;
  } else {
    sample.unread = UnreadBytes(fd);
    sample.before_ns = MonotonicNs();
    called = action == Action::kRst ? CloseWithReset(fd) : close(fd) == 0;
    sample.after_ns = MonotonicNs();
  }
  connection_.SocketIsGone();
  sample.tcp_state = before.state;
  sample.unacked = before.unacked;
  sample.retransmits = before.retransmits;
  sample.window = before.window;
  sample.has_window = before.has_window;
  sample.end_ns = sample.after_ns;
  sample.outcome = Outcome::kCut;
  const bool left_by_fin = before.state == kFinWait1 || before.state == kFinWait2 || before.state == kTimeWait || before.state == kClosing;
  const bool stood = before.state == kEstablished || before.state == kCloseWait || left_by_fin;
  if (before.state == kClose) {
    sample.reason = Reason::kPeerResetFirst;
  } else if (before.state == kLastAck) {
    sample.reason = Reason::kPeerClosedFirst;
  } else if (!called) {
    sample.reason = Reason::kCallFailed;
  } else if (action == Action::kFin && !left_by_fin) {
    sample.reason = Reason::kStateUnexpected;
  } else if (action == Action::kFin && sample.unread > 0) {
    sample.reason = Reason::kUnreadAtClose;
  } else if (!stood) {
    sample.reason = Reason::kStateUnexpected;
  }
  sample.ok = sample.reason == Reason::kNone;
  cohort_.report().samples.push_back(sample);
  ++step_;
  connection_.End(Ending::kCut);
}

void Misbehaviour::StayOpen(Action action, Sample& sample) {
  const int fd = connection_.fd();
  Loop& loop = cohort_.context().loop;
  const KernelView before = AskKernel(fd);
  segments_before_ = before.segments_in;
  dropped_before_ = DroppedSegments(fd);
  paced_ = 0;
  int error = 0;
  sample.before_ns = MonotonicNs();
  if (action == Action::kHalfClose) {
    error = shutdown(fd, SHUT_WR) == 0 ? 0 : errno;
  } else if (action == Action::kVanish) {
    error = DropIncoming(fd);
    vanished_ = error == 0;
  }
  sample.after_ns = MonotonicNs();
  if (error == EPERM || error == EACCES) {
    sample.reason = Reason::kNotPermitted;
  } else if (error == ENOTCONN) {
    sample.reason = Reason::kPeerResetFirst;
  } else if (error != 0) {
    sample.reason = Reason::kCallFailed;
  }
  sample_ = sample;
  active_ = true;
  const Step& current = step();
  if (action == Action::kHalfClose || action == Action::kSlowSend || current.at.point == Point::kUploaded) {
    send_capped_ = true;
    send_pace_ns_ = 0;
    send_limit_ = connection_.account().sent_bytes;
  }
  if (action == Action::kStall) {
    reading_ = Reading::kNothing;
  } else if (action == Action::kResume) {
    reading_ = Reading::kAll;
  } else if (action == Action::kSlowRead) {
    reading_ = Reading::kPaced;
    read_pace_ns_ = current.pace_ns;
    read_pace_bytes_ = allowance_ = current.pace_bytes;
    loop.At(sample.after_ns + read_pace_ns_, TimerKind::kPacedRead, connection_.slot(), connection_.generation());
  } else if (action == Action::kSlowSend) {
    send_pace_ns_ = current.pace_ns;
    send_pace_bytes_ = current.pace_bytes;
    loop.At(sample.after_ns + send_pace_ns_, TimerKind::kPacedSend, connection_.slot(), connection_.generation());
  }
}

void Misbehaviour::PacedRead(uint64_t at_ns) {
  if (reading_ != Reading::kPaced) return;
  if (allowance_ == 0 && UnreadBytes(connection_.fd()) > 0) ++paced_;
  allowance_ = read_pace_bytes_;
  // From when it was due, so that lateness does not slow the pace; but never several intervals at once.
  const uint64_t next = std::max(at_ns + read_pace_ns_, MonotonicNs());
  cohort_.context().loop.At(next, TimerKind::kPacedRead, connection_.slot(), connection_.generation());
  connection_.Read(true);
}

void Misbehaviour::PacedSend(uint64_t at_ns) {
  if (send_pace_ns_ == 0) return;
  ++paced_;
  send_limit_ += send_pace_bytes_;
  if (send_limit_ < plan_.request.size()) {
    const uint64_t next = std::max(at_ns + send_pace_ns_, MonotonicNs());
    cohort_.context().loop.At(next, TimerKind::kPacedSend, connection_.slot(), connection_.generation());
  }
  connection_.SendMore();
}

size_t Misbehaviour::ReadLimit(size_t want) {
  if (reading_ == Reading::kNothing) return 0;
  const Connection::Account& account = connection_.account();
  if (reading_ == Reading::kPaced) want = static_cast<size_t>(std::min<uint64_t>(want, allowance_));
  if (want > 0 && MoreSteps() && !armed_ && step().action == Action::kStall) {
    // Exactly so far and no further: a body is never longer than its bytes on the wire.
    if (step().at.point == Point::kBody && account.head_done && account.body_bytes < amount_) {
      want = static_cast<size_t>(std::min<uint64_t>(want, amount_ - account.body_bytes));
    } else if (!account.head_done && (step().at.point == Point::kHead || step().at.point == Point::kBody)) {
      std::vector<char>& buffer = cohort_.context().receive;
      const ssize_t seen = recv(connection_.fd(), buffer.data(), buffer.size(), MSG_PEEK);
      if (seen < 0) return 0;
      if (seen > 0) {
        const char* end = buffer.data() + seen;
        static constexpr char kBlank[] = "\r\n\r\n";
        const char* blank = std::search(static_cast<const char*>(buffer.data()), end, kBlank, kBlank + 4);
        // Without its end in sight the head is read but for three bytes, which may be the start of that end.
        const size_t head = blank != end ? static_cast<size_t>(blank - buffer.data()) + 4
                                         : static_cast<size_t>(std::max<ssize_t>(seen - 3, 0));
        want = std::min(want, head);
      }
    }
  }
  return want;
}

uint64_t Misbehaviour::SendLimit() const {
  uint64_t limit = plan_.request.size();
  if (MoreSteps() && step().at.point == Point::kUploaded) limit = std::min(limit, amount_);
  if (send_capped_) limit = std::min(limit, send_limit_);
  return limit;
}

bool Misbehaviour::WaitsForEnd() const { return MoreSteps() && step().at.point == Point::kEnd; }

bool Misbehaviour::Patient() const {
  return armed_ || (!MoreSteps() && (reading_ == Reading::kNothing || vanished_));
}

Sample Misbehaviour::Describe(uint64_t now) const {
  const Connection::Account& account = connection_.account();
  Sample sample{};
  sample.connect_ns = account.connect_ns;
  sample.sent_ns = account.sent_ns;
  sample.first_byte_ns = account.first_byte_ns;
  sample.point_ns = point_ns_;
  sample.end_ns = now;
  sample.wire_bytes = account.wire_bytes;
  sample.body_bytes = account.body_bytes;
  sample.sent_bytes = account.sent_bytes;
  sample.chunks = account.chunks;
  sample.status = account.status;
  sample.round = account.round;
  sample.tag = account.tag;
  sample.connection = connection_.index();
  sample.step = static_cast<uint8_t>(step_);
  sample.action = step().action;
  sample.body_complete = connection_.complete();
  return sample;
}

void Misbehaviour::Look(Sample& sample) const {
  const int fd = connection_.fd();
  const KernelView view = AskKernel(fd);
  sample.unread = UnreadBytes(fd);
  sample.receive_buffer = GrantedReceiveBuffer(fd);
  sample.tcp_state = view.state;
  sample.unacked = view.unacked;
  sample.retransmits = view.retransmits;
  sample.window = view.window;
  sample.has_window = view.has_window;
  sample.zero_window = view.has_window && view.window == 0;
  sample.segments_after = view.segments_in - segments_before_;
  sample.dropped = DroppedSegments(fd) - dropped_before_;
}

void Misbehaviour::EndActive(Outcome outcome, uint64_t now) {
  if (!active_) return;
  active_ = false;
  Sample& sample = sample_;
  Look(sample);
  const bool sending = sample.action == Action::kSlowSend;
  const Connection::Account& account = connection_.account();
  sample.bytes_after = sending ? account.sent_bytes - sample.sent_bytes : account.wire_bytes - sample.wire_bytes;
  sample.body_complete = connection_.complete() && intact_;
  sample.end_ns = now;
  sample.outcome = outcome;
  if (sample.reason == Reason::kNone) {
    if (sample.action == Action::kStall && sample.unread == 0) sample.reason = Reason::kNothingUnread;
    if (sample.action == Action::kSlowRead && paced_ == 0) sample.reason = Reason::kNeverBehind;
    if (sample.action == Action::kSlowSend && paced_ == 0) sample.reason = Reason::kNeverBehind;
    if (sample.action == Action::kVanish && sample.segments_after > 0) sample.reason = Reason::kSegmentGotThrough;
  }
  sample.ok = sample.reason == Reason::kNone;
  if (sample.ok && sample.action == Action::kHalfClose) {
    if (outcome == Outcome::kPeerFin || outcome == Outcome::kPeerReset) sample.reason = Reason::kBodyCutOff;
    if (connection_.complete() && !intact_) sample.reason = Reason::kBodyDiffers;
  }
  cohort_.report().samples.push_back(sample);
}

void Misbehaviour::Finish(Ending ending, uint64_t now) {
  if (connection_.fd() >= 0) EndActive(OutcomeOf(ending), now);
  if (ending == Ending::kCut) ending = Ending::kRunEnd;  // for steps behind a cut, which never come
  for (; MoreSteps(); ++step_, point_ns_ = 0) {
    Sample sample = Describe(now);
    sample.outcome = Outcome::kFailed;
    sample.reason = ReasonOf(ending);
    cohort_.report().samples.push_back(sample);
  }
  armed_ = false;
}

}  // namespace halfopen::client
