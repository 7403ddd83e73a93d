// Bytes in: received into one shared buffer, parsed in place, told to the application side as records. What
// can't be told yet (half a head, a body nobody asked for, requests beyond the pipeline's bound) is kept in a
// block of the slab.
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr int kReadsATurn = 16;               // then others have their turn
constexpr size_t kRoom = 4000;                // least room worth a recv into a kept block

bool IsHead(const RequestHead& head, const char* data) {
  return head.method_size == 4 && std::memcmp(data + head.method_at, "HEAD", 4) == 0;
}

}  // namespace

bool Engine::MayRead(const Connection& c) const {
  if (c.phase == Phase::kLingering) return true;
  if (c.phase != Phase::kOpen) return false;
  switch (c.incoming) {
    case Incoming::kHead:
      return c.pending() == 0 || (c.pending() < options_.pipeline && c.ahead < options_.pipeline_bytes);
    case Incoming::kBody:
      return c.want_body;
    case Incoming::kSkip:
      return true;
    case Incoming::kIgnore:
      return !c.unread;
  }
  return false;
}

void Engine::Read(Connection& c) {
  if (c.unread) Consume(c);
  for (int i = 0; c.readable && MayRead(c); i++) {
    if (i == kReadsATurn || NearlyFull()) return Later(c);
    char* into = receive_.get();
    size_t room = kReceive;
    Block* kept = nullptr;
    if (c.unread) {
      if (!MakeRoom(c)) return Fail(c, Gone::kReset, ENOMEM);
      kept = c.unread->bytes;
      into = kept->data() + kept->tail;
      room = kept->room();
    }
    const ssize_t got = sys::Receive(c.fd, into, room);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return OnError(c, errno);
      c.readable = false;
      break;
    }
    if (got == 0) {
      c.readable = false;
      return OnFin(c);
    }
    const size_t size = static_cast<size_t>(got);
    // A short read emptied the socket, and whatever comes later raises a new edge.
    if (size < room && !c.fin_queued) c.readable = false;
    if (c.phase == Phase::kLingering) {
      if (!MayLinger(c, size)) return;
    } else if (kept) {
      kept->tail += static_cast<uint32_t>(size);
      Consume(c);
    } else {
      const size_t used = ConsumeSome(c, into, size);
      if (c.fd >= 0 && used < size && !Keep(c, into + used, size - used))
        return Fail(c, Gone::kReset, ENOMEM);
    }
  }
  CloseIfSpent(c);
}

// The kept bytes first.
void Engine::Consume(Connection& c) {
  Block* bytes = c.unread->bytes;
  const size_t used = ConsumeSome(c, bytes->begin(), bytes->size());
  if (!c.unread) return;  // refused or closed meanwhile
  bytes->head += static_cast<uint32_t>(used);
  if (bytes->size() == 0) DropUnread(c);
}

// Copies bytes that can't be consumed yet, with the parser's state if they begin a head.
bool Engine::Keep(Connection& c, const char* data, size_t size) {
  if (c.phase != Phase::kOpen || c.incoming == Incoming::kIgnore) return true;
  auto* unread = new (std::nothrow) Unread;
  Block* block = slab_.Contiguous(size);
  if (!unread || !block) {
    delete unread;
    if (block) slab_.Give(block);
    parser_.Reset();  // the next head it sees is another connection's
    return false;
  }
  std::memcpy(block->data(), data, size);
  block->tail = static_cast<uint32_t>(size);
  unread->bytes = block;
  unread->parser = parser_;
  parser_.Reset();
  c.unread = unread;
  return true;
}

// Room for another recv behind the kept bytes: moves them to the front, or to a larger block.
bool Engine::MakeRoom(Connection& c) {
  Block* block = c.unread->bytes;
  if (block->room() >= kRoom) return true;
  const uint32_t size = block->size();
  if (block->head > 0 && block->capacity - size >= kRoom) {
    std::memmove(block->data(), block->begin(), size);
    block->head = 0;
    block->tail = size;
    return true;
  }
  Block* larger = slab_.Contiguous(std::min<size_t>(size_t{size} * 2 + kRoom, Slab::kLargest));
  if (!larger || larger->capacity <= size) {
    if (larger) slab_.Give(larger);
    return block->room() > 0;
  }
  std::memcpy(larger->data(), block->begin(), size);
  larger->tail = size;
  slab_.Give(block);
  c.unread->bytes = larger;
  return true;
}

void Engine::DropUnread(Connection& c) {
  if (!c.unread) return;
  slab_.Give(c.unread->bytes);
  delete c.unread;
  c.unread = nullptr;
}

// Consumes what may be consumed now; returns how much that was.
size_t Engine::ConsumeSome(Connection& c, const char* data, size_t size) {
  size_t used = 0;
  while (used < size) {
    if (c.phase != Phase::kOpen || c.incoming == Incoming::kIgnore) return size;
    size_t part = 0;
    if (c.incoming == Incoming::kHead) {
      part = ConsumeHead(c, data + used, size - used);
    } else if (c.incoming == Incoming::kSkip || c.want_body) {
      part = ConsumeBody(c, data + used, size - used);
    }
    if (part == 0) break;
    used += part;
  }
  return std::min(used, size);
}

// One request head, if it is whole. 0: more bytes are needed, or no more may be told now.
size_t Engine::ConsumeHead(Connection& c, const char* data, size_t size) {
  if (c.pending() > 0 && (c.pending() >= options_.pipeline_burst || c.ahead >= options_.pipeline_bytes)) return 0;
  if (NearlyFull()) {
    Later(c);
    return 0;
  }
  RequestParser& parser = c.unread ? c.unread->parser : parser_;
  const ParseStatus status = parser.Parse(data, size, options_.head);
  if (status == ParseStatus::kNeedMore) {
    // From its first byte on a head has its deadline, which later bytes do not move.
    if (!parser.untouched() && c.deadline_kind != kHeadDeadline && c.pending() == 0)
      SetDeadline(c, kHeadDeadline, options_.head_timeout_ms);
    return 0;
  }
  if (status == ParseStatus::kRefused) {
    Refuse(c, parser.refusal().status, IsHead(parser.head(), data));
    parser_.Reset();
    return size;
  }
  const size_t used = parser.head().size;
  const bool told = TellRequest(c, parser.head(), data);
  if (c.unread) c.unread->parser.Reset();
  parser_.Reset();
  return told ? used : size;
}

bool Engine::TellRequest(Connection& c, const RequestHead& head, const char* data) {
  if (options_.max_in_flight && stats_.in_flight >= options_.max_in_flight) {
    Refuse(c, 503, IsHead(head, data));
    return false;
  }
  const bool body = head.chunked || head.content_length > 0;
  if (head.has_content_length && head.content_length > options_.max_body) {
    Refuse(c, 413, IsHead(head, data));
    return false;
  }
  if (head.chunked) {
    if (!c.decoder) c.decoder = new (std::nothrow) ChunkedDecoder(options_.chunks);
    if (!c.decoder) {
      Refuse(c, 503);
      return false;
    }
    c.decoder->Reset(options_.chunks);
  }
  // A leading empty line is not part of the text.
  const uint32_t from = head.method_at, size = head.size - from;
  const uint32_t at = shared_.control[kHeadBytes];
  std::memcpy(&shared_.heads[at], data + from, size);
  shared_.control[kHeadBytes] = at + size;

  const int32_t flags =
      (head.minor_version ? kHttp11 : 0) | (body ? kHasBody : 0) | (head.keep_alive ? kKeepAlive : 0);
  c.ahead = c.pending() == 0 ? size : c.ahead + size;
  c.seq_in++;
  stats_.in_flight++;
  int32_t* record = Tell(Event::kRequest, c, c.seq_in, flags, static_cast<int32_t>(at));
  record[5] = static_cast<int32_t>(size);
  record[6] = static_cast<int32_t>(head.path_at - from);
  record[7] = static_cast<int32_t>(head.path_size);
  record[8] = head.query_at ? static_cast<int32_t>(head.query_size) : -1;
  record[9] = static_cast<int32_t>(head.method_size);
  record[10] = static_cast<int32_t>(head.fields_at - from);
  stats_.requests++;
  c.served = true;
  if (c.pending() == 1) ClearDeadline(c);
  if (!head.keep_alive) c.close_after = true;
  if (body) {
    c.incoming = Incoming::kBody;
    c.chunked_in = head.chunked;
    c.body_left = head.content_length;
    c.body_seen = 0;
    c.body_waited = 0;
    c.expect = head.expect_continue;
    c.want_body = c.body_asked = c.body_cut = false;
  } else if (c.close_after) {
    c.incoming = Incoming::kIgnore;
  }
  if (c.peer_fin) Tell(Event::kFin, c, c.seq_in);  // it was kept back until now
  return true;
}

}  // namespace halfopen
