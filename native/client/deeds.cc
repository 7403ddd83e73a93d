// What the steps do: closing, staying open, and the pace of reading and sending.
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "client/cohort.h"
#include "client/misbehaviour.h"
#include "client/socket.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

constexpr int kDrainRounds = 1000;  // a producer that never pauses must not hold the thread

}  // namespace

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
  JudgeCut(action, before.state, called, sample);
  cohort_.Keep(sample);
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
  waiting_before_ = 0;
  int error = 0;
  sample.before_ns = MonotonicNs();
  if (action == Action::kHalfClose) {
    error = shutdown(fd, SHUT_WR) == 0 ? 0 : errno;
  } else if (action == Action::kVanish) {
    error = DropIncoming(fd);
    vanished_ = error == 0;
  } else if (action == Action::kUnplug) {
    // Never the links of the machine itself.
    error = cohort_.context().own_network ? TakeLinksDown() : EPERM;
    vanished_ = error == 0;
  }
  sample.after_ns = MonotonicNs();
  if (vanished_ && (action == Action::kVanish || action == Action::kUnplug)) {
    // From when it is cut off: what came while the call ran, or before it and was not read yet, came before.
    segments_before_ = AskKernel(fd).segments_in;
    waiting_before_ = UnreadBytes(fd);
  }
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
    loop.At(sample.after_ns + read_pace_ns_, TimerKind::kPacedRead, connection_.slot(),
            connection_.generation());
  } else if (action == Action::kSlowSend) {
    send_pace_ns_ = current.pace_ns;
    send_pace_bytes_ = current.pace_bytes;
    loop.At(sample.after_ns + send_pace_ns_, TimerKind::kPacedSend, connection_.slot(),
            connection_.generation());
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

}  // namespace halfopen::client
