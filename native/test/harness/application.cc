#include "test/harness/application.h"

#include <errno.h>

#include <algorithm>
#include <charconv>
#include <new>

namespace halfopen::harness {
void Ledger::Add(const Ledger& other) {
  told += other.told;
  completed += other.completed;
  gone += other.gone;
  aborted += other.aborted;
  bodies += other.bodies;
  fins += other.fins;
  retries += other.retries;
  drains += other.drains;
  late += other.late;
  exhausted += other.exhausted;
}

Application::Application(const Options& options, const Sizes& sizes, uint32_t seed)
    : control_(kControlCells), backlog_(sizes.slots), events_(sizes.events * kEventInts),
      commands_(sizes.commands * kCommandInts), arena_(sizes.arena), heads_(sizes.heads), bodies_(sizes.bodies),
      slots_(sizes.slots), random_(seed) {
  const Shared shared{control_.data(), events_, commands_, arena_, heads_, bodies_, backlog_};
  const Side engine = Side::Engine();
  engine_.reset(new (std::nothrow) Engine(options, shared, *this));
}

int Application::Start() {
  constexpr uint32_t kToken = 1;
  constexpr std::string_view kDefined = "HTTP/1.1 200 OK\r\nServer: harness\r\n";
  const Side engine = Side::Engine();
  if (!engine_) return ENOMEM;
  const int error = engine_->Init();
  return error ? error : engine_->DefineHead(kToken, kDefined);
}

void Application::Turn(bool stay) {
  for (const auto& [at, seq] : std::exchange(turning_, {})) OnWake(at, seq);
  {
    const Side engine = Side::Engine();
    engine_->Turn(stay);
  }
  if (random_.Chance(8)) {  // commands for nobody: slots that are none, exchanges that are over or to come
    Record(kOpHead | kOpData | kOpEnd, static_cast<uint32_t>(slots_.size()) + random_.Below(400), 1)[5] = 1;
    const uint32_t at = random_.Below(static_cast<uint32_t>(slots_.size()));
    const Slot& slot = slots_[at];
    const uint32_t over = slot.pending.empty() ? slot.last_seq : slot.pending.front().seq - 1;
    Record(kOpHead | kOpEnd, at, over)[5] = 1;
    Record(kOpAbort, at, slot.last_seq + 1000);
  }
  const Side engine = Side::Engine();
  if (random_.Chance(2)) engine_->FlushBeforeTurn();
  else if (engine_->has_commands()) engine_->Flush({});
}

void Application::Flush(std::string_view ref) {
  const Side engine = Side::Engine();
  engine_->Flush(ref);
}

void Application::CheckOver() const {
  for (const Slot& slot : slots_) {
    Require(slot.pending.empty(), "every request told has an end");
    Require(slot.unsent.empty(), "everyone who asked for kSent was told");
  }
  Require(ledger_.told == ledger_.completed + ledger_.gone, "told = completed + gone");
  for (const uint32_t left : backlog_) Require(left == 0, "no backlog is left");
}

void Application::Print() const {
  for (const Slot& slot : slots_)
    for (const Exchange& x : slot.pending) {
      std::fprintf(stderr, "pending: slot %td, seq %u, shape %c, id %u, %u of %u bytes, %u unsent, waits %d, body asked %d over %d\n",
                   &slot - slots_.data(), x.seq, x.shape, x.id, x.sent, x.size,
                   backlog_[static_cast<size_t>(&slot - slots_.data())], x.waiting, x.asked, x.body_over);
    }
}

bool Application::Deliver(uint32_t count) {
  const Side test = Side::Test();
  Require(size_t{count} * kEventInts <= events_.size(), "events within their array");
  for (uint32_t i = 0; i < count; i++) {
    const int32_t* record = &events_[size_t{i} * kEventInts];
    const auto kind = static_cast<Event>(record[0]);
    if (kind == Event::kIdle) {
      Require(!idle_, "kIdle once");
      idle_ = true;
      continue;
    }
    if (kind == Event::kExhausted) {
      Require(record[3] > 0, "an errno");
      ledger_.exhausted++;
      continue;
    }
    const auto at = static_cast<uint32_t>(record[1]), seq = static_cast<uint32_t>(record[2]);
    Require(at < slots_.size(), "a slot in range");
    switch (kind) {
      case Event::kRequest:
        OnRequest(record);
        break;
      case Event::kBody:
      case Event::kBodyEnd:
      case Event::kBodyError:
        OnBody(at, record, kind);
        break;
      case Event::kSent: {
        Slot& slot = slots_[at];
        Require(!slot.unsent.empty() && slot.unsent.back() >= seq, "kSent for one that waits for it");
        for (; !slot.unsent.empty() && slot.unsent.front() <= seq; slot.unsent.pop_front()) ledger_.completed++;
        break;
      }
      case Event::kDrained:
      case Event::kRetry:
        (kind == Event::kRetry ? ledger_.retries : ledger_.drains)++;
        OnWake(at, seq);
        break;
      case Event::kFin:
        ledger_.fins++;
        OnFin(at);
        break;
      case Event::kGone:
        OnGone(slots_[at], seq);
        break;
      default:
        Require(false, "a known event");
    }
  }
  return true;
}

void Application::OnRequest(const int32_t* record) {
  const auto at = static_cast<uint32_t>(record[1]);
  Slot& slot = slots_[at];
  Exchange x;
  x.seq = static_cast<uint32_t>(record[2]);
  Require(x.seq == slot.last_seq + 1, "requests of a slot are told in order");
  slot.last_seq = x.seq;
  const int32_t flags = record[3];
  x.http11 = flags & kHttp11;
  x.keep = flags & kKeepAlive;
  x.has_body = flags & kHasBody;
  Require(static_cast<size_t>(record[4]) + static_cast<size_t>(record[5]) <= control_[kHeadBytes], "a head within its arena");
  const std::string_view head(&heads_[static_cast<size_t>(record[4])], static_cast<size_t>(record[5]));
  Require(head.ends_with("\r\n\r\n"), "a whole head");
  x.head_only = head.starts_with("HEAD ");
  const std::string_view path = head.substr(static_cast<size_t>(record[6]), static_cast<size_t>(record[7]));
  if (path.size() > 3) {  // "/s/123"
    x.shape = path[1];
    std::from_chars(path.data() + 3, path.data() + path.size(), x.id);
  } else {
    x.shape = 'o';
  }
  x.size = AnswerSize(x.shape, x.id);
  x.body_over = !x.has_body;
  ledger_.told++;
  slot.pending.push_back(x);
  if (slot.pending.size() == 1) Run(at);
}

void Application::OnGone(Slot& slot, uint32_t seq) {
  Require(slot.gone_seq != seq, "kGone once for an exchange");
  slot.gone_seq = seq;
  for (; !slot.unsent.empty() && slot.unsent.front() <= seq; slot.unsent.pop_front()) ledger_.gone++;
  if (slot.pending.empty()) ledger_.late++;  // the last ended in the same turn
  for (const Exchange& x : slot.pending) Require(x.seq <= seq, "kGone for all that was told");
  ledger_.gone += slot.pending.size();
  slot.pending.clear();
}

void Application::OnFin(uint32_t at) {
  Slot& slot = slots_[at];
  if (!slot.pending.empty() && (Mix(slot.pending.front().id) & 8)) Abort(at, true);
}

void Application::OnBody(uint32_t at, const int32_t* record, Event kind) {
  const auto seq = static_cast<uint32_t>(record[2]);
  for (Exchange& x : slots_[at].pending) {
    if (x.seq != seq) continue;
    Require(x.has_body && !x.body_over, "a body has one end, and nothing behind it");
    x.asked = false;
    if (kind == Event::kBody) {
      const auto from = static_cast<size_t>(record[3]), size = static_cast<size_t>(record[4]);
      Require(size > 0 && from + size <= control_[kBodyBytes], "body bytes within their arena");
      for (size_t i = 0; i < size && knows_bodies; i++)
        Require(bodies_[from + i] == BodyByte(x.id, x.body_seen + i), "the body as it was sent");
      x.body_seen += static_cast<uint32_t>(size);
    } else {
      x.body_over = true;
      x.body_broken = kind == Event::kBodyError;
      ledger_.bodies++;
    }
    if (&x == &slots_[at].pending.front()) Run(at);
    return;
  }
}

void Application::OnWake(uint32_t at, uint32_t seq) {
  Slot& slot = slots_[at];
  if (slot.pending.empty() || slot.pending.front().seq != seq || !slot.pending.front().waiting) return;
  slot.pending.front().waiting = false;
  Run(at);
}

void Application::Run(uint32_t at) {
  Slot& slot = slots_[at];
  while (!slot.pending.empty() && Step(at, slot.pending.front())) {
    if (!slot.pending.empty()) slot.pending.pop_front();
  }
}

}  // namespace halfopen::harness
