// A connection's requests and answers: what goes through the socket once it stands.
#include <errno.h>
#include <sys/socket.h>

#include "client/cohort.h"
#include "client/connection.h"
#include "client/misbehaviour.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

void WriteHex(uint64_t value, char* out) {
  for (int i = 15; i >= 0; --i, value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

}  // namespace

const char* Connection::Outgoing() {
  const CohortPlan& plan = cohort_->plan();
  if (plan.tag_at.empty()) return plan.request.data();
  std::string& copy = cohort_->context().outgoing;
  copy = plan.request;
  for (const uint32_t at : plan.tag_at) WriteHex(account_.tag, copy.data() + at);
  return copy.data();
}

void Connection::SendMore() {
  const uint64_t total = cohort_->plan().request.size();
  if (account_.start_ns == 0) {
    account_.start_ns = MonotonicNs();
    cohort_->report().sent_requests += answers_left_;
  }
  const char* data = Outgoing();
  const uint64_t limit = fault_ ? fault_->SendLimit() : total;
  while (account_.sent_bytes < limit) {
    const ssize_t sent = send(fd_, data + account_.sent_bytes, limit - account_.sent_bytes, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      // The peer may have answered before it closed: what it said comes first.
      const uint32_t generation = generation_;
      Read(true);
      if (generation == generation_ && state_ == State::kBusy) End(Ending::kPeerReset);
      return;
    }
    account_.sent_bytes += static_cast<uint64_t>(sent);
  }
  if (!fault_) return;
  account_.progress_ns = MonotonicNs();
  if (account_.sent_bytes == total && account_.sent_ns == 0) account_.sent_ns = account_.progress_ns;
  fault_->Check();
}

// Empties the receive queue for a FIN while the receive buffer is still being read: what comes is not looked
// at.
void Connection::Discard() {
  char nowhere[4096];
  for (;;) {
    const ssize_t got = recv(fd_, nowhere, sizeof nowhere, 0);
    if (got > 0) {
      account_.wire_bytes += static_cast<uint64_t>(got);
    } else if (got == 0) {
      return End(Ending::kPeerFin);
    } else if (errno != EINTR) {
      if (errno != EAGAIN) End(Ending::kPeerReset);
      return;
    }
  }
}

void Connection::Read(bool peer_closed) {
  if (consuming_) return Discard();
  RunContext& context = cohort_->context();
  const uint32_t generation = generation_;
  for (;;) {
    size_t want = context.receive.size();
    if (fault_) want = fault_->ReadLimit(want);
    if (want == 0) return;
    const ssize_t got = recv(fd_, context.receive.data(), want, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      return End(Ending::kPeerReset);
    }
    if (got == 0) {
      if (state_ == State::kBusy && answers_left_ > 0 && reader_.EndOfStream()) return Answer(MonotonicNs());
      return End(Ending::kPeerFin);
    }
    if (fault_) fault_->Took(static_cast<uint64_t>(got));
    if (!Consume(context.receive.data(), static_cast<size_t>(got)) || generation != generation_) return;
    // Less than asked for: drained, and what comes next raises the next edge. A FIN may have come with it.
    if (static_cast<size_t>(got) < want && !peer_closed) return;
  }
}

bool Connection::Consume(const char* data, size_t size) {
  const uint64_t now = MonotonicNs();
  const uint32_t generation = generation_;
  CohortReport& report = cohort_->report();
  report.bytes += size;
  cohort_->SecondOf(now).bytes += size;
  if (state_ != State::kBusy || answers_left_ == 0) {  // nobody asked
    if (fault_) return true;
    End(Ending::kFraming);
    return false;
  }
  account_.wire_bytes += size;
  account_.progress_ns = now;
  if (account_.first_byte_ns == 0) {
    account_.first_byte_ns = now;
    report.ttfb.Record(now - account_.start_ns);
  }
  while (size > 0 && answers_left_ > 0) {
    const uint64_t body = reader_.body_bytes();
    const uint32_t chunks = reader_.chunks();
    const ResponseReader::Result result = reader_.Feed(data, size);
    data += result.used;
    size -= result.used;
    account_.body_bytes += reader_.body_bytes() - body;
    account_.chunks += reader_.chunks() - chunks;
    report.body_bytes += reader_.body_bytes() - body;
    report.chunks += reader_.chunks() - chunks;
    if (reader_.head_done()) {
      account_.head_done = true;
      account_.status = reader_.status();
    }
    if (result.status == ResponseReader::Status::kMalformed || (size > 0 && answers_left_ == 1 && !fault_)) {
      End(Ending::kFraming);
      return false;
    }
    if (result.status == ResponseReader::Status::kDone) {
      // With more answers to come, the end of this one is a moment like any other to strike.
      if (fault_ && answers_left_ > 1) {
        consuming_ = true;
        fault_->Check();
        consuming_ = false;
        if (generation != generation_) return false;
      }
      Answer(now);
      if (generation != generation_) return false;
    }
  }
  if (fault_ && state_ == State::kBusy) fault_->Check();
  return generation == generation_;
}

void Connection::Answer(uint64_t now) {
  const CohortPlan& plan = cohort_->plan();
  const Expectation& expect = plan.expect;
  const bool status_good = expect.status != 0 ? reader_.status() == expect.status : reader_.status() < 400;
  const bool body_good =
      (expect.body_bytes < 0 || reader_.body_bytes() == static_cast<uint64_t>(expect.body_bytes)) &&
      (!expect.hash_wanted || reader_.hash() == expect.hash);
  if (!status_good) {
    cohort_->Failed(Error::kStatus, now, account_.due_ns, 1);
  } else if (!body_good) {
    cohort_->Failed(Error::kIntegrity, now, account_.due_ns, 1);
  } else {
    cohort_->Answered(now, account_.due_ns, account_.start_ns);
  }
  if (fault_) fault_->Answered(status_good && body_good);
  if (--answers_left_ > 0) {
    // The answers behind a `Connection: close` will not come; the FIN will say so.
    reader_.Reset(plan.head_only, expect.hash_wanted);
    return;
  }
  RoundComplete();
}

void Connection::RoundComplete() {
  if (fault_ && fault_->WaitsForEnd()) return fault_->Check();
  End(Ending::kComplete);
}

}  // namespace halfopen::client
