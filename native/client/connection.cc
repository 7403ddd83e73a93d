#include "client/connection.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>

#include "client/cohort.h"
#include "client/misbehaviour.h"
#include "client/random.h"
#include "client/socket.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

bool LocalTrouble(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == EADDRNOTAVAIL;
}

}  // namespace

Connection::Connection() = default;

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

void Connection::Attach(Cohort& cohort, uint32_t slot, uint32_t index) {
  cohort_ = &cohort;
  slot_ = slot;
  index_ = index;
  if (!cohort.plan().steps.empty()) fault_ = std::make_unique<Misbehaviour>(*this, cohort);
}

void Connection::Preconnect() {
  preconnecting_ = true;
  account_ = {};
  Connect();
}

void Connection::BeginRound(uint64_t round, uint64_t due_ns) {
  account_ = {};
  account_.round = round;
  account_.due_ns = due_ns;
  account_.tag = Tag(cohort_->context().seed, cohort_->context().run, cohort_->index(), round);
  answers_left_ = cohort_->plan().answers;
  reader_.Reset(cohort_->plan().head_only, cohort_->plan().expect.hash_wanted);
  if (fault_) fault_->Begin();
  if (fd_ < 0) {
    Connect();
    return;
  }
  state_ = State::kBusy;
  account_.begin_ns = MonotonicNs();
  SendMore();
}

void Connection::Connect() {
  const CohortPlan& plan = cohort_->plan();
  account_.begin_ns = account_.progress_ns = MonotonicNs();
  state_ = State::kConnecting;
  fd_ = OpenSocket(plan.address.ss_family, plan.receive_buffer);
  if (fd_ < 0) return End(Ending::kLocal);
  ++cohort_->context().open;
  const int error = StartConnect(fd_, plan.address, plan.address_size);
  if (error != 0) return End(LocalTrouble(error) ? Ending::kLocal : Ending::kConnectFailed);
  if (!cohort_->context().loop.Watch(fd_, slot_, generation_)) return End(Ending::kLocal);
  // A fault may be meant for the moment before the server knows of the connection: no turn of the loop in
  // between.
  if (fault_ && HandshakeDone(fd_)) Connected();
}

void Connection::Connected() {
  account_.connect_ns = account_.progress_ns = MonotonicNs();
  CohortReport& report = cohort_->report();
  ++report.connects;
  report.connect.Record(account_.connect_ns - account_.begin_ns);
  if (preconnecting_) {
    preconnecting_ = false;
    state_ = State::kIdle;
    cohort_->Settled(*this);
    return;
  }
  state_ = State::kBusy;
  const uint32_t generation = generation_;
  if (fault_) fault_->Check();
  if (generation == generation_) SendMore();
}

void Connection::OnEvents(uint32_t events) {
  if (fd_ < 0) return;
  if (state_ == State::kConnecting) {
    if (events & (EPOLLERR | EPOLLHUP)) {
      const int error = PendingError(fd_);
      return End(LocalTrouble(error) ? Ending::kLocal : Ending::kConnectFailed);
    }
    if (!(events & EPOLLOUT)) return;
    const uint32_t generation = generation_;
    Connected();
    if (generation != generation_ || !(events & (EPOLLIN | EPOLLRDHUP))) return;
  }
  const uint32_t generation = generation_;
  if ((events & EPOLLOUT) && state_ == State::kBusy && account_.sent_bytes < cohort_->plan().request.size())
    SendMore();
  if (generation != generation_ || !(events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))) return;
  if (fault_ && fault_->NotReading()) {
    if ((events & EPOLLERR) && PendingError(fd_) != 0) return End(Ending::kPeerReset);
    account_.progress_ns = MonotonicNs();
    return fault_->Check();  // for what waits unread
  }
  Read((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
}

void Connection::OnTimer(TimerKind kind, uint64_t at_ns) {
  if (kind == TimerKind::kBegin) {
    cohort_->ReadyToBegin(*this);
  } else if (kind == TimerKind::kPreconnect) {
    Preconnect();
  } else if (fault_ && fd_ >= 0) {
    fault_->OnTimer(kind, at_ns);
  }
}

void Connection::End(Ending ending) {
  const uint64_t now = MonotonicNs();
  const bool idle = state_ == State::kIdle;
  const bool first_connect = preconnecting_;
  preconnecting_ = false;
  if (fault_) fault_->Finish(ending, now);

  Error error = Error::kCount;
  switch (ending) {
    case Ending::kPeerFin:
      error = Error::kTruncated;
      break;
    case Ending::kPeerReset:
      error = Error::kReset;
      break;
    case Ending::kTimeout:
      error = Error::kTimeout;
      break;
    case Ending::kFraming:
      error = Error::kFraming;
      break;
    case Ending::kConnectFailed:
      error = Error::kConnect;
      break;
    case Ending::kLocal:
      error = Error::kLocal;
      break;
    default:
      break;
  }
  // A server may close a kept connection that is idle, and one whose answers are all there; not so speak
  // unasked.
  const bool awaited = !idle && (first_connect || answers_left_ > 0);
  const bool failed = error != Error::kCount && (awaited || ending == Ending::kFraming);
  if (failed) cohort_->Failed(error, now, account_.due_ns, std::max(answers_left_, 1u));
  if (ending == Ending::kRunEnd && !fault_ && !idle) cohort_->report().unfinished += answers_left_;
  failures_ = failed ? failures_ + 1 : 0;

  // An answer may come before the whole request has left; the rest of it must not meet the next one.
  const bool keep = ending == Ending::kComplete && !fault_ && cohort_->plan().keep_alive &&
                    reader_.keep_alive() && account_.sent_bytes == cohort_->plan().request.size();
  if (keep) {
    state_ = State::kIdle;
  } else if (fd_ >= 0) {
    // Waiting for the peer's FIN would keep the port; a faulty or broken connection has nothing left to say.
    Close(ending != Ending::kComplete && ending != Ending::kPeerFin && !idle);
  } else {
    state_ = State::kClosed;
    ++generation_;
  }
  if (first_connect) return cohort_->Settled(*this);
  if (!idle) cohort_->RoundDone(*this, failed);
}

void Connection::SocketIsGone() {
  fd_ = -1;
  --cohort_->context().open;
}

void Connection::Close(bool reset) {
  if (reset) {
    CloseWithReset(fd_);
  } else {
    close(fd_);
  }
  SocketIsGone();
  state_ = State::kClosed;
  ++generation_;
}

void Connection::Sweep(uint64_t now) {
  const uint64_t timeout = cohort_->plan().timeout_ns;
  if (state_ == State::kConnecting) {
    if (now > account_.begin_ns + timeout) End(Ending::kConnectFailed);
  } else if (state_ == State::kBusy) {
    const uint64_t since = fault_ ? account_.progress_ns : account_.begin_ns;
    if (now > since + timeout && !(fault_ && fault_->Patient())) End(Ending::kTimeout);
  }
}

void Connection::EndNow() {
  if (state_ == State::kBusy || state_ == State::kConnecting) {
    End(Ending::kRunEnd);
  } else if (fd_ >= 0) {
    Close(false);
  }
}

}  // namespace halfopen::client
