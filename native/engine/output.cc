// Bytes out: the commands of a flush become one system call per connection. HTTP framing is written here.
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr int kGather = 32;  // blocks of a queue sent at once

struct Command {
  int32_t ops;
  int32_t slot;
  int32_t seq;
  int32_t at;
  int32_t size;
  int32_t argument;

  bool has(int32_t bits) const { return ops & bits; }
};
static_assert(sizeof(Command) == kCommandInts * sizeof(int32_t));

const char* ReasonOf(uint16_t status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

}  // namespace

void Engine::Flush(std::span<const char> ref) { Carry(ref, false); }

void Engine::FlushBeforeTurn() {
  const uint64_t now = sys::NowNs();
  brisk_ = now - round_ns_ < uint64_t{options_.gather_us} * 1000;
  round_ns_ = now;
  if (has_commands()) Carry({}, MayHold());
}

// A stream that gives a chunk in each of many short turns would cost a system call in each. While the loop has other work
// anyway, bytes of a body that has begun may wait for the next ones, for `gather_us` at the most.
bool Engine::MayHold() {
  if (options_.gather_us == 0 || !options_.coalesce || !brisk_ || host_.Quiet()) return false;
  if (shared_.control[kArenaUsed] > shared_.arena.size() / 2) return false;
  return held_ns_ == 0 || sys::NowNs() - held_ns_ < uint64_t{options_.gather_us} * 1000;
}

void Engine::Carry(std::span<const char> ref, bool hold) {
  const uint32_t count = std::min<uint32_t>(shared_.control[kCommandCount], static_cast<uint32_t>(next_.size()));
  if (count == 0) return;
  ReadClock();
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  touched_.clear();
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t slot = static_cast<uint32_t>(commands[i].slot);
    if (slot >= slots_) continue;
    Connection& c = At(slot);
    next_[i] = -1;
    if (c.first_command < 0) {
      c.first_command = static_cast<int32_t>(i);
      touched_.push_back(slot);
    } else {
      next_[static_cast<size_t>(c.last_command)] = static_cast<int32_t>(i);
    }
    c.last_command = static_cast<int32_t>(i);
  }
  RefreshDate();
  bool held = false;
  for (uint32_t slot : touched_) {
    Connection& c = At(slot);
    uint32_t bytes = 0;
    if (hold && Hold(c, &bytes)) {
      c.held = held = true;
      // For the application side they are unsent like any others.
      shared_.backlog[slot] = static_cast<uint32_t>(std::min<uint64_t>(c.queued + bytes, UINT32_MAX));
    } else if (c.phase == Phase::kOpen) {
      Run(c, ref);
    }
    c.first_command = c.last_command = -1;
  }
  if (held) {
    KeepHeld(count);
  } else {
    shared_.control[kCommandCount] = 0;
    shared_.control[kArenaUsed] = 0;
    held_ns_ = 0;
  }
  shared_.control[kFlushes]++;
}

// Whether all that is to be done for the connection is to send bytes of a body that has begun.
bool Engine::Hold(Connection& c, uint32_t* bytes) const {
  if (c.phase != Phase::kOpen || !c.head_out) return false;
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  for (int32_t i = c.first_command; i >= 0; i = next_[static_cast<size_t>(i)]) {
    if ((commands[i].ops & ~kModMany) != kOpData || static_cast<uint32_t>(commands[i].seq) != c.seq_out) return false;
    *bytes += static_cast<uint32_t>(commands[i].size);
  }
  return true;
}

// Moves what is held to the front, in its order. The arena stays as it is: its bytes are still referred to.
void Engine::KeepHeld(uint32_t count) {
  auto* commands = reinterpret_cast<Command*>(shared_.commands.data());
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t slot = static_cast<uint32_t>(commands[i].slot);
    if (slot < slots_ && At(slot).held) commands[kept++] = commands[i];
  }
  for (uint32_t slot : touched_) At(slot).held = false;
  shared_.control[kCommandCount] = kept;
  if (held_ns_ == 0) held_ns_ = sys::NowNs();
}

// Carries out one connection's commands. Those of an exchange that is over are for nobody and dropped.
void Engine::Run(Connection& c, std::span<const char> ref) {
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  batch_.Clear();
  for (int32_t i = c.first_command; i >= 0; i = next_[static_cast<size_t>(i)]) {
    const Command& command = commands[i];
    if (static_cast<uint32_t>(command.seq) != c.seq_out || c.pending() == 0) continue;
    if (!batch_.Fits(32 * 1024)) {
      Send(c);
      if (c.phase != Phase::kOpen) return;
    }
    if (command.has(kOpHead | kOpHeadRaw)) BeginResponse(c, i);
    if (command.has(kOpData | kOpRef)) i = AddBody(c, i, ref);
    const Command& last = commands[i];
    if (last.has(kOpAbort)) return AbortResponse(c, last.has(kModNow));
    if (last.has(kOpRetry)) SetRetry(c, static_cast<uint32_t>(last.argument));
    if (last.has(kOpDrain)) c.want_drain = true;
    if (last.has(kOpRead)) WantBody(c);
    if (last.has(kOpEnd)) EndResponse(c, last.has(kModNotify));
    if (c.phase != Phase::kOpen) return;
  }
  Send(c);
}

void Engine::BeginResponse(Connection& c, int32_t index) {
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  const Command& command = commands[index];
  c.head_out = true;
  c.response_at = c.written + c.queued + batch_.total();
  c.expect = false;  // no 100 Continue after a head (contract rule 24)
  if (command.has(kOpHeadRaw)) {
    batch_.Add(shared_.arena.data() + command.at, static_cast<size_t>(command.size));
  } else {
    const std::vector<char>& head = heads_[static_cast<uint32_t>(command.argument) % (kTokens + 1)];
    batch_.Copy(head.data(), head.size());
  }
  if (!command.has(kModDated)) batch_.Copy(date_, date_size_);
  c.chunked_out = c.close_delimited = false;
  if (!command.has(kModFramed | kModNoBody)) {
    // A response that is here whole, as one chunk, has its length derived (contract rule 22).
    const Command* body = &command;
    if (command.has(kOpHeadRaw) && next_[static_cast<size_t>(index)] >= 0 && !command.has(kOpEnd))
      body = &commands[next_[static_cast<size_t>(index)]];
    if (body->seq == command.seq && body->has(kOpEnd) && !body->has(kModMany | kOpRef)) {
      batch_.Literal("Content-Length: ");
      batch_.Number(body->has(kOpData) ? static_cast<uint64_t>(body->size) : 0, 10);
      batch_.Literal("\r\n");
    } else if (command.has(kModHttp10)) {
      c.close_delimited = true;
    } else {
      c.chunked_out = true;
      batch_.Literal("Transfer-Encoding: chunked\r\n");
    }
  }
  // A body that nobody asked for, and that is not all here: reading it only to throw it away may cost more than a new
  // connection. The client is told while it can still stop sending.
  if (c.incoming == Incoming::kBody && c.seq_out == c.seq_in && !c.body_asked && !c.want_body && !BodyIsHere(c))
    c.close_after = true;
  // Only the last answer says so: a client drops what comes behind it (RFC 9112 §9.6).
  const bool last = c.seq_out == c.seq_in && !c.refusal;
  if (c.close_delimited || (last && (!command.has(kModKeep) || c.close_after || draining_))) {
    c.close_after = true;
    c.refusal = 0;
    if (c.incoming == Incoming::kHead) {
      c.incoming = Incoming::kIgnore;
      DropUnread(c);
    }
    batch_.Literal("Connection: close\r\n\r\n");
  } else if (command.has(kModHttp10)) {
    batch_.Literal("Connection: keep-alive\r\n\r\n");
  } else {
    batch_.Literal("\r\n");
  }
}

// The body bytes of this command and, unless framing is observed, of those that follow it for the same
// response: one HTTP chunk. Returns the last command used; its other operations are still to be done, those
// before it hold none.
int32_t Engine::AddBody(Connection& c, int32_t index, std::span<const char> ref) {
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  constexpr int32_t kAlone = kOpEnd | kOpAbort | kOpRetry | kOpDrain | kOpRead | kOpRef;
  size_t total = commands[index].has(kOpRef) ? ref.size() : static_cast<size_t>(commands[index].size);
  int32_t last = index;
  while (options_.coalesce && !commands[last].has(kAlone)) {
    const int32_t next = next_[static_cast<size_t>(last)];
    if (next < 0 || commands[next].seq != commands[index].seq || !commands[next].has(kOpData) ||
        commands[next].has(kOpHead | kOpHeadRaw))
      break;
    total += static_cast<size_t>(commands[next].size);
    last = next;
  }
  if (total == 0) return last;  // an empty HTTP chunk would end the body
  if (c.chunked_out) {
    batch_.Number(total, 16);
    batch_.Literal("\r\n");
  }
  for (int32_t i = index;; i = next_[static_cast<size_t>(i)]) {
    const bool refer = commands[i].has(kOpRef);
    const char* bytes = refer ? ref.data() : shared_.arena.data() + commands[i].at;
    const size_t size = refer ? ref.size() : static_cast<size_t>(commands[i].size);
    if (!batch_.Fits(size)) Send(c);
    if (c.phase != Phase::kOpen) return last;
    if (size > 0) batch_.Add(bytes, size);
    if (i == last) break;
  }
  if (c.chunked_out) batch_.Literal("\r\n");
  return last;
}

void Engine::EndResponse(Connection& c, bool notify) {
  if (c.chunked_out) batch_.Literal("0\r\n\r\n");
  if (retries_.Has(c.slot)) retries_.Cancel(c.slot);
  c.chunked_out = false;
  c.want_drain = false;
  c.head_out = false;
  if (notify) {
    c.want_sent = true;
    c.sent_seq = c.seq_out;
  }
  c.seq_out++;
  if (c.pending() > 0 && c.close_delimited) {  // HTTP/1.0, pipelined: the end of this body is that of the connection
    Tell(Event::kGone, c, c.seq_in, static_cast<int32_t>(Gone::kShutdown));
    c.seq_out = c.seq_in + 1;
  }
  if (c.pending() > 0) return;
  if (c.incoming == Incoming::kBody) {
    // Nobody will read the rest. A client that still waits for 100 Continue may send it or not: no telling,
    // so close.
    if (c.expect) c.close_after = true;
    c.incoming = Incoming::kSkip;
    c.want_body = false;
  }
}

// Ends the connection so that the client can't take the response for a whole one; those behind it are not answered.
void Engine::AbortResponse(Connection& c, bool now) {
  const uint64_t begins = c.head_out ? c.response_at : c.written + c.queued + batch_.total();
  const bool earlier = c.written < begins;  // bytes of those before it, which are whole, have not left yet
  const bool hard = c.close_delimited || (now && !earlier);
  const bool behind = c.seq_out != c.seq_in;
  c.seq_out = c.seq_in + 1;
  c.close_after = true;
  c.refusal = 0;
  if (!hard) {
    Send(c);
  } else if (c.want_sent) {
    c.want_sent = false;
    Tell(earlier ? Event::kGone : Event::kSent, c, c.sent_seq, static_cast<int32_t>(Gone::kShutdown));
  }
  if (behind) {  // the application side may have begun those that it heard of in the same turn
    c.want_sent = false;
    Tell(Event::kGone, c, c.seq_in, static_cast<int32_t>(Gone::kShutdown));
  }
  hard ? Reset(c) : CloseGently(c);
}

bool Engine::BodyIsHere(const Connection& c) const {
  if (!c.unread) return false;
  const char* at = c.unread->bytes->begin();
  size_t left = c.unread->bytes->size();
  if (!c.chunked_in) return c.body_left <= left;
  ChunkedDecoder ahead = *c.decoder;
  for (;;) {
    const ChunkedDecoder::Result result = ahead.Decode(at, left);
    if (result.status != ChunkedDecoder::Status::kData) return result.status == ChunkedDecoder::Status::kDone;
    at += result.consumed;
    left -= result.consumed;
  }
}

// One system call for all of it; what the kernel refuses is queued.
void Engine::Send(Connection& c) {
  int count = 0;
  const iovec* vectors = batch_.vectors(&count);
  size_t sent = 0;
  const size_t total = batch_.total();
  if (count > 0 && c.out.empty()) {
    ssize_t taken;
    do {
      if (count == 1) {
        taken = sys::Send(c.fd, vectors[0].iov_base, vectors[0].iov_len);
      } else {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(vectors);
        message.msg_iovlen = static_cast<size_t>(count);
        taken = sys::SendVectors(c.fd, &message);
      }
    } while (taken < 0 && errno == EINTR);
    if (taken < 0 && errno != EAGAIN) {
      const int error = errno;
      batch_.Clear();
      return OnError(c, error);
    }
    sent = taken > 0 ? static_cast<size_t>(taken) : 0;
    c.written += sent;
  }
  if (sent < total) {
    size_t skip = sent;
    for (int i = 0; i < count; i++) {
      const size_t size = vectors[i].iov_len;
      const size_t from = std::min(skip, size);
      skip -= from;
      if (!c.out.Append(slab_, static_cast<const char*>(vectors[i].iov_base) + from, size - from)) {
        batch_.Clear();
        return Fail(c, Gone::kReset, ENOMEM);
      }
    }
    c.queued += total - sent;
    if (!c.blocked) {
      c.blocked = true;
      WatchStall(c);
    }
  }
  batch_.Clear();
  AfterSend(c);
}

// EPOLLOUT: the kernel has room again.
void Engine::SendQueued(Connection& c) {
  while (!c.out.empty()) {
    iovec vectors[kGather];
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = static_cast<size_t>(c.out.Peek(vectors, kGather));
    const ssize_t taken = sys::SendVectors(c.fd, &message);
    if (taken < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return OnError(c, errno);
      break;
    }
    c.written += static_cast<size_t>(taken);
    c.queued -= static_cast<size_t>(taken);
    c.out.Pop(slab_, static_cast<size_t>(taken));
  }
  AfterSend(c);
}

// What follows from the state of the queue.
void Engine::AfterSend(Connection& c) {
  shared_.backlog[c.slot] = static_cast<uint32_t>(std::min<uint64_t>(c.queued, UINT32_MAX));
  if (c.want_drain && c.queued <= options_.low_water) {
    c.want_drain = false;
    Tell(Event::kDrained, c, c.seq_out);
  }
  if (!c.out.empty()) return;
  if (c.blocked) {
    c.blocked = false;
    ClearDeadline(c);
    if (c.want_body) SetDeadline(c, kBodyDeadline, options_.body_timeout_ms);
  }
  if (c.want_sent) {
    c.want_sent = false;
    Tell(Event::kSent, c, c.sent_seq);
  }
  if (c.close_drained) return CloseGently(c);
  if (c.pending() > 0) {
    if (c.unread && c.incoming == Incoming::kHead && c.pending() < options_.pipeline) Later(c);
    return;
  }
  if (c.refusal) return SendRefusal(c);
  if (c.phase != Phase::kOpen) return;
  const bool last = c.peer_fin || draining_;
  if (c.close_after || (last && !c.unread && !c.readable)) return CloseGently(c);
  if (c.incoming == Incoming::kSkip) {
    SetDeadline(c, kHeadDeadline, options_.head_timeout_ms);
    return Later(c);
  }
  if (c.deadline_kind != kHeadDeadline) SetDeadline(c, kIdleDeadline, options_.keep_alive_ms);
  if (c.unread || c.readable) Later(c);
}

void Engine::SendRefusal(Connection& c) {
  const uint16_t status = c.refusal;
  const char* reason = ReasonOf(status);
  char text[256];
  RefreshDate();
  const int size =
      snprintf(text, sizeof text,
               "HTTP/1.1 %u %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%.*sConnection: "
               "close\r\n\r\n%s\n",
               status, reason, strlen(reason) + 1, static_cast<int>(date_size_), date_, reason);
  c.refusal = 0;
  c.close_drained = true;
  batch_.Clear();
  batch_.Copy(text, static_cast<size_t>(size));
  Send(c);
}

// The application waits for body bytes: those that are here first, then the socket's.
void Engine::WantBody(Connection& c) {
  if (c.incoming != Incoming::kBody || c.seq_out != c.seq_in || c.body_cut) return;
  c.want_body = true;
  if (c.expect) {
    c.expect = false;
    if (!c.head_out) batch_.Literal("HTTP/1.1 100 Continue\r\n\r\n");
  }
  SetDeadline(c, kBodyDeadline, options_.body_timeout_ms);
  if (c.unread || c.readable || c.fin_queued) {
    c.readable = c.readable || c.fin_queued;
    Later(c);
  }
}

void Engine::RefreshDate() {
  // Wall-clock time moves on by seconds; the monotonic clock says when to look.
  const uint64_t second = now_ms_ / 500;
  if (date_size_ && second == date_second_) return;
  date_second_ = second;
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  date_size_ =
      static_cast<uint32_t>(strftime(date_, sizeof date_, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts));
}

}  // namespace halfopen
