// What the steps leave behind: samples and their receipts.
#include <algorithm>

#include "client/cohort.h"
#include "client/misbehaviour.h"
#include "client/socket.h"

namespace halfopen::client {
namespace {

// linux/tcp.h leaves these to the C library's header, which clashes with it.
enum TcpState : uint8_t {
  kEstablished = 1,
  kFinWait1 = 4,
  kFinWait2 = 5,
  kTimeWait = 6,
  kClose = 7,
  kCloseWait = 8,
  kLastAck = 9,
  kClosing = 11
};

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

Sample Misbehaviour::Describe(uint64_t now) const {
  const Connection::Account& account = connection_.account();
  Sample sample{};
  sample.connect_ns = account.connect_ns;
  sample.start_ns = account.start_ns;
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

void Misbehaviour::JudgeCut(Action action, uint8_t state, bool called, Sample& sample) {
  // The kernel takes a FIN only where there is a connection: when that is closed a moment later, before this
  // thread came to look, the peer has answered the FIN with a RST.
  const bool answered = action == Action::kFin && called && state == kClose;
  const bool left_by_fin =
      state == kFinWait1 || state == kFinWait2 || state == kTimeWait || state == kClosing || answered;
  const bool stood = state == kEstablished || state == kCloseWait || left_by_fin;
  if (state == kClose && !answered) {
    sample.reason = Reason::kPeerResetFirst;
  } else if (state == kLastAck) {
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
}

void Misbehaviour::EndActive(Outcome outcome, uint64_t now) {
  if (!active_) return;
  active_ = false;
  Sample& sample = sample_;
  Look(sample);
  const bool sending = sample.action == Action::kSlowSend;
  const Connection::Account& account = connection_.account();
  sample.bytes_after =
      sending ? account.sent_bytes - sample.sent_bytes : account.wire_bytes - sample.wire_bytes;
  sample.bytes_after -= std::min<uint64_t>(sample.bytes_after, waiting_before_);
  sample.body_complete = connection_.complete() && intact_;
  sample.end_ns = now;
  sample.outcome = outcome;
  if (sample.reason == Reason::kNone) {
    if (sample.action == Action::kStall && sample.unread == 0) sample.reason = Reason::kNothingUnread;
    if (sample.action == Action::kSlowRead && paced_ == 0) sample.reason = Reason::kNeverBehind;
    if (sample.action == Action::kSlowSend && paced_ == 0 && account.sent_bytes == plan_.request.size())
      sample.reason = Reason::kNeverBehind;
    if ((sample.action == Action::kVanish || sample.action == Action::kUnplug) && sample.segments_after > 0)
      sample.reason = Reason::kSegmentGotThrough;
  }
  sample.ok = sample.reason == Reason::kNone;
  if (sample.ok && sample.action == Action::kHalfClose) {
    if (outcome == Outcome::kPeerFin || outcome == Outcome::kPeerReset) sample.reason = Reason::kBodyCutOff;
    if (connection_.complete() && !intact_) sample.reason = Reason::kBodyDiffers;
  }
  cohort_.Keep(sample);
}

void Misbehaviour::Finish(Ending ending, uint64_t now) {
  if (connection_.fd() >= 0) EndActive(OutcomeOf(ending), now);
  if (ending == Ending::kCut) ending = Ending::kRunEnd;  // for steps behind a cut, which never come
  for (; MoreSteps(); ++step_, point_ns_ = 0) {
    Sample sample = Describe(now);
    sample.outcome = Outcome::kFailed;
    sample.reason = ReasonOf(ending);
    cohort_.Keep(sample);
  }
  armed_ = false;
}

}  // namespace halfopen::client
