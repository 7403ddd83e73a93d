// What a response looks like on the wire: head, chunks, end, and the gateway's own answers.
#include <stdio.h>
#include <time.h>

#include "engine/command.h"
#include "engine/engine.h"

namespace halfopen {

namespace {

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

void Engine::BeginResponse(Connection& c, int32_t index) {
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  const Command& command = commands[index];
  c.head_out = true;
  c.response_at = c.written + c.queued + batch_.total();
  c.expect = false;  // no 100 Continue after a head (contract rule 24)
  if (command.has(kOpHeadRaw)) {
    batch_.Add(shared_.arena.data() + command.at, static_cast<size_t>(command.size));
  } else {
    const Head& head = heads_[static_cast<uint32_t>(command.argument) % (kTokens + 1)];
    batch_.Copy(head.bytes.get(), head.size);
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
  AnsweredUpTo(c, c.seq_out + 1);
  if (c.pending() > 0 && c.close_delimited) {  // HTTP/1.0, pipelined: the end of this body is that of the connection
    Tell(Event::kGone, c, c.seq_in, static_cast<int32_t>(Gone::kShutdown));
    AnsweredUpTo(c, c.seq_in + 1);
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
  AnsweredUpTo(c, c.seq_in + 1);
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

// `next`: the request that is to be answered now, seq_in + 1 when there is none.
void Engine::AnsweredUpTo(Connection& c, uint32_t next) {
  stats_.in_flight -= next - c.seq_out;
  c.seq_out = next;
}

void Engine::SendRefusal(Connection& c) {
  const uint16_t status = c.refusal;
  const char* reason = ReasonOf(status);
  char text[256];
  RefreshDate();
  const int size =
      snprintf(text, sizeof text,
               "HTTP/1.1 %u %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%.*s%sConnection: "
               "close\r\n\r\n%s%s",
               status, reason, strlen(reason) + 1, static_cast<int>(date_size_), date_,
               status == 503 ? "Retry-After: 1\r\n" : "", c.refusal_bodyless ? "" : reason, c.refusal_bodyless ? "" : "\n");
  c.refusal = 0;
  c.close_drained = true;
  batch_.Clear();
  batch_.Copy(text, static_cast<size_t>(size));
  Send(c);
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
