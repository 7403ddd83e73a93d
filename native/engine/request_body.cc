// Request bodies: told to the application as it asks for them, skipped when nobody does.
#include <errno.h>

#include <algorithm>

#include "engine/engine.h"

namespace halfopen {

namespace {

constexpr uint64_t kSkipAtMost = 256 * 1024;  // of a body nobody read, to keep the connection; beyond: close

}  // namespace

// The application waits for body bytes: those that are here first, then the socket's.
void Engine::WantBody(Connection& c) {
  if (c.incoming != Incoming::kBody || c.seq_out != c.seq_in || c.body_cut) return;
  c.want_body = true;
  if (c.expect) {
    c.expect = false;
    if (!c.head_out) batch_.Literal("HTTP/1.1 100 Continue\r\n\r\n");
  }
  WaitForBody(c);
  if (c.unread || c.readable || c.fin_queued) {
    c.readable = c.readable || c.fin_queued;
    Later(c);
  }
}

// A run of body bytes: told to the application if it asked for them, else skipped.
size_t Engine::ConsumeBody(Connection& c, const char* data, size_t size) {
  const bool skip = c.incoming == Incoming::kSkip;
  const uint32_t at = shared_.control[kBodyBytes];
  if (!skip) {
    size = std::min(size, shared_.bodies.size() - at);
    if (size == 0 || EventsFull()) {
      Later(c);
      return 0;
    }
  }
  size_t used = size;
  bool whole = false;
  if (c.chunked_in) {
    const ChunkedDecoder::Result result = c.decoder->Decode(data, size);
    if (result.status == ChunkedDecoder::Status::kRefused) {
      BodyRefused(c, 400);
      return size;
    }
    used = result.consumed;
    whole = result.status == ChunkedDecoder::Status::kDone;
    data = result.data;
    size = result.status == ChunkedDecoder::Status::kData ? result.size : 0;
  } else {
    used = size = static_cast<size_t>(std::min<uint64_t>(size, c.body_left));
    c.body_left -= size;
    whole = c.body_left == 0;
  }
  if (size > 0 && c.deadline_kind == kBodyDeadline) c.body_waited += static_cast<uint32_t>(now_ms_) - c.since;
  c.body_seen += size;
  if (c.body_seen > options_.max_body && !skip) {
    BodyRefused(c, 413);
    return used;
  }
  if (skip) {
    if (c.body_seen > kSkipAtMost && !whole) {
      CloseGently(c);
      return used;
    }
  } else if (size > 0) {
    std::memcpy(&shared_.bodies[at], data, size);
    shared_.control[kBodyBytes] = at + static_cast<uint32_t>(size);
    Tell(Event::kBody, c, c.seq_in, static_cast<int32_t>(at), static_cast<int32_t>(size));
    if (!c.drain_body) c.want_body = false;
    c.body_asked = true;
    ClearDeadline(c);
  }
  if (whole) {
    if (!skip) Tell(Event::kBodyEnd, c, c.seq_in);
    c.want_body = false;
    c.expect = false;
    c.incoming = c.close_after ? Incoming::kIgnore : Incoming::kHead;
    ClearDeadline(c);  // also that of skipping, which is not one of keeping alive
    if (skip && c.pending() == 0 && c.out.empty()) AfterSend(c);
  }
  return used;
}

// The body's framing is wrong, or it is too large: the client gets the status if no answer has begun.
void Engine::BodyRefused(Connection& c, uint16_t status) {
  if (c.incoming == Incoming::kSkip) return CloseGently(c);
  if (c.pending() == 1 && !c.head_out) {
    Tell(Event::kGone, c, c.seq_in, static_cast<int32_t>(Gone::kReset), EPROTO);
    AnsweredUpTo(c, c.seq_in + 1);  // the application's late commands are for nobody
    Refuse(c, status);
  } else {
    Fail(c, Gone::kReset, EPROTO);
  }
}

// Two deadlines at once: that of one wait, and that of all waits for this body together, which the bytes so far have moved.
void Engine::WaitForBody(Connection& c) {
  uint64_t ms = options_.body_timeout_ms;
  if (options_.min_body_rate > 0) {
    const uint64_t allowed = options_.min_body_after_ms + c.body_seen * 1000 / options_.min_body_rate;
    ms = std::min(ms, allowed > c.body_waited ? allowed - c.body_waited : 1);
  }
  SetDeadline(c, kBodyDeadline, static_cast<uint32_t>(ms));
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

}  // namespace halfopen
