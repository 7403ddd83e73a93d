// What each shape of application does next, in commands.
#include <algorithm>

#include "test/harness/application.h"

namespace halfopen::harness {
namespace {

constexpr uint32_t kHighWater = 64 * 1024;
constexpr uint32_t kToken = 1;

}  // namespace

bool Application::Step(uint32_t at, Exchange& x) {
  if (x.waiting) return false;
  switch (x.shape) {
    case 'n':
      return false;
    case 'a':
      if (x.sent >= x.size / 2) {
        Abort(at, Mix(x.id) & 1);
        return true;
      }
      return Stream(at, x);
    case 'e':
      if (x.waits < 4) {
        Record(kOpRetry, at, x.seq)[5] = static_cast<int32_t>(x.waits * x.waits * 12);
        x.waits++;
        x.waiting = true;
        return false;
      }
      return Stream(at, x);
    case 's':
    case 't':
      return Stream(at, x);
    case 'l':
      if (x.sent > x.size / 4 && WaitForBody(at, x)) return false;
      return Stream(at, x);
    case 'r':
      return References(at, x);
    case 'b':
      if (WaitForBody(at, x)) return false;
      break;
    default:
      break;
  }
  const bool notify = x.shape == 'k';
  OneRecord(at, x, notify);
  if (notify)
    slots_[at].unsent.push_back(x.seq);
  else
    ledger_.completed++;
  return true;
}

// True: the body is not here yet, and was asked for.
bool Application::WaitForBody(uint32_t at, Exchange& x) {
  if (x.body_over) return false;
  if (!x.asked) Record(kOpRead, at, x.seq);
  x.asked = true;
  return true;
}

bool Application::Stream(uint32_t at, Exchange& x) {
  if (!x.head_out) Head(at, x);
  while (x.sent < x.size && !x.head_only) {
    if (backlog_[at] > kHighWater) {
      Record(kOpDrain, at, x.seq);
      x.waiting = true;
      return false;
    }
    const uint32_t until = x.shape == 'a' ? x.size / 2 : x.size;  // what is aborted is never whole
    const uint32_t part = std::min(until - x.sent, 1 + Mix(x.id + x.sent) % 1500);
    Text(Record(kOpData, at, x.seq), BodyPart(x.id, x.sent, part));
    x.sent += part;
    if (x.shape == 'a' && x.sent >= x.size / 2) return Step(at, x);
    if (x.shape == 'l' && !x.body_over && x.sent > x.size / 4) return Step(at, x);
    if (x.shape == 't' && random_.Chance(2)) {
      turning_.push_back({at, x.seq});
      x.waiting = true;
      return false;
    }
    if (random_.Chance(12)) {
      Record(kOpRetry, at, x.seq)[5] = static_cast<int32_t>(random_.Below(3));
      x.waiting = true;
      return false;
    }
  }
  if (x.shape == 'a' && x.sent < x.size / 2) x.sent = x.size;  // HEAD: nothing to wait for
  if (x.shape == 'a') return Step(at, x);
  Record(kOpEnd, at, x.seq);
  ledger_.completed++;
  return true;
}

// Each is its own flush, as the buffer may be used again when the call returns.
bool Application::References(uint32_t at, Exchange& x) {
  if (!x.head_out) Head(at, x);
  while (x.sent < x.size && !x.head_only) {
    const uint32_t part = std::min(x.size - x.sent, 16'384 + Mix(x.id + x.sent) % 100'000);
    const std::string bytes = BodyPart(x.id, x.sent, part);
    Record(kOpRef, at, x.seq);
    Flush(bytes);
    x.sent += part;
    if (x.sent < x.size && backlog_[at] > kHighWater) {
      Record(kOpDrain, at, x.seq);
      x.waiting = true;
      return false;
    }
  }
  Record(kOpEnd, at, x.seq);
  ledger_.completed++;
  return true;
}

void Application::OneRecord(uint32_t at, Exchange& x, bool notify) {
  const int32_t end = kOpEnd | (notify ? static_cast<int32_t>(kModNotify) : 0);
  Head(at, x);
  if (x.head_only || x.size == 0) {
    Record(end, at, x.seq);
  } else {
    Text(Record(kOpData | end, at, x.seq), BodyPart(x.id, 0, x.size));
  }
}

void Application::Head(uint32_t at, Exchange& x) {
  const uint32_t dice = Mix(x.id + 1);
  int32_t mods = (x.keep ? kModKeep : 0) | (x.http11 ? 0 : kModHttp10) | (x.head_only ? kModNoBody : 0);
  x.head_out = true;
  if ((dice & 3) == 0) {
    Record(kOpHead | mods, at, x.seq)[5] = kToken;
    return;
  }
  std::string text = "HTTP/1.1 200 OK\r\nX-Id: " + std::to_string(x.id) + "\r\n";
  if ((dice & 12) == 0) {
    text += "Content-Length: " + std::to_string(x.size) + "\r\n";
    mods |= kModFramed;
  }
  if ((dice & 48) == 0) {
    text += "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    mods |= kModDated;
  }
  Text(Record(kOpHeadRaw | mods, at, x.seq), text);
}

// The exchange at the front ends its connection; those behind it were never begun.
void Application::Abort(uint32_t at, bool now) {
  Slot& slot = slots_[at];
  Record(now ? kOpAbort | kModNow : static_cast<int32_t>(kOpAbort), at, slot.pending.front().seq);
  ledger_.aborted++;
  ledger_.gone += slot.pending.size();
  slot.pending.clear();
}

// The record stays valid until the next one, or until bytes find no room.
int32_t* Application::Record(int32_t ops, uint32_t slot, uint32_t seq) {
  if (size_t{control_[kCommandCount]} * kCommandInts == commands_.size()) Flush({});
  int32_t* record = &commands_[size_t{control_[kCommandCount]++} * kCommandInts];
  const int32_t cells[kCommandInts] = {ops, static_cast<int32_t>(slot), static_cast<int32_t>(seq), 0, 0, 0};
  std::copy(cells, cells + kCommandInts, record);
  return record;
}

void Application::Text(int32_t* record, std::string_view text) {
  if (control_[kArenaUsed] + text.size() > arena_.size()) {
    // The record was just begun: it is taken back, and begun again behind the flush.
    const int32_t ops = record[0];
    const auto slot = static_cast<uint32_t>(record[1]), seq = static_cast<uint32_t>(record[2]);
    control_[kCommandCount]--;
    Flush({});
    record = Record(ops, slot, seq);
  }
  record[3] = static_cast<int32_t>(control_[kArenaUsed]);
  record[4] = static_cast<int32_t>(text.size());
  text.copy(&arena_[control_[kArenaUsed]], text.size());
  control_[kArenaUsed] += static_cast<uint32_t>(text.size());
}

}  // namespace halfopen::harness
