// Which commands are carried out now, and which may wait: bytes of bodies that have begun, for the next ones or for others.
#include <algorithm>
#include <cstring>

#include "engine/command.h"
#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

void Engine::Flush(std::span<const char> ref) { Carry(ref, Extent::kAll); }

void Engine::FlushBeforeTurn() {
  const uint64_t now = sys::NowNs();
  brisk_ = now - round_ns_ < uint64_t{options_.gather_us} * 1000;
  round_ns_ = now;
  CarryDue();
}

void Engine::CarryDue() {
  if (!has_commands()) {
    shared_.control[kCommandPause] = kPauseEvery;
    return;
  }
  if (MayHold()) return Carry({}, Extent::kUrgent);
  // What is kept stays in the arena: half of it is for those who write meanwhile.
  Carry({}, ArenaHalfFull() ? Extent::kAll : Extent::kPortion);
}

bool Engine::SomebodyWaits() const { return sys::State(epoll_, POLLIN) != 0; }

bool Engine::ArenaHalfFull() const { return shared_.control[kArenaUsed] > shared_.arena.size() / 2; }

// A stream that gives a chunk in each of many short turns would cost a system call in each. While the loop has other work
// anyway, bytes of a body that has begun may wait for the next ones, for `gather_us` at the most.
bool Engine::MayHold() {
  if (options_.gather_us == 0 || !options_.coalesce || !brisk_ || left_ || host_.Quiet()) return false;
  if (ArenaHalfFull()) return false;
  return held_ns_ == 0 || sys::NowNs() - held_ns_ < uint64_t{options_.gather_us} * 1000;
}

void Engine::Carry(std::span<const char> ref, Extent extent) {
  left_ = false;
  const uint32_t count = std::min(shared_.control[kCommandCount], most_commands_);
  if (count == 0) return;
  ReadClock();
  Chain(count);
  RefreshDate();
  const size_t portion = std::max(1u, options_.portion);
  const bool all = extent == Extent::kAll || (extent == Extent::kPortion && touched_.size() <= portion);
  // Heads and ends first: a small response does not wait for hundreds of streams that have a chunk each.
  size_t waiting = 0;
  for (const uint32_t slot : touched_) {
    if (!all && BytesThatMayWait(At(slot)) >= 0) touched_[waiting++] = slot;
    else CarryOut(At(slot), ref);
  }
  touched_.shrink(waiting);
  size_t next = 0;
  if (extent == Extent::kPortion)
    for (; next < waiting && (next == 0 || next % portion > 0 || !SomebodyWaits()); next++) CarryOut(At(touched_[next]), ref);
  left_ = extent == Extent::kPortion && next < waiting;
  if (next < waiting) {
    for (; next < waiting; next++) Keep(At(touched_[next]));
    KeepHeld(count);
  } else {
    shared_.control[kCommandCount] = 0;
    shared_.control[kArenaUsed] = 0;
    held_ns_ = 0;
  }
  shared_.control[kCommandPause] = std::min(shared_.control[kCommandCount] + kPauseEvery, most_commands_);
  shared_.control[kFlushes]++;
}

// Threads the commands by connection, each in its order.
void Engine::Chain(uint32_t count) {
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
}

void Engine::CarryOut(Connection& c, std::span<const char> ref) {
  if (c.phase == Phase::kOpen) {
    // What the answers of one connection can have told, before any of it is carried out.
    if (overflow_.Ensure(EventOverflow::kPerSlot + 3 * size_t{c.pending()})) Run(c, ref);
    else Fail(c, Gone::kReset, ENOMEM);
  }
  c.first_command = c.last_command = -1;
}

// How many bytes are to be sent if they are all that is to be done, of a body that has begun; -1: there is more.
int64_t Engine::BytesThatMayWait(const Connection& c) const {
  if (c.phase != Phase::kOpen || !c.head_out) return -1;
  const auto* commands = reinterpret_cast<const Command*>(shared_.commands.data());
  int64_t bytes = 0;
  for (int32_t i = c.first_command; i >= 0; i = next_[static_cast<size_t>(i)]) {
    if ((commands[i].ops & ~kModMany) != kOpData || static_cast<uint32_t>(commands[i].seq) != c.seq_out) return -1;
    bytes += commands[i].size;
  }
  return bytes;
}

// For the application side they are unsent like any others.
void Engine::Keep(Connection& c) {
  const auto bytes = static_cast<uint64_t>(std::max<int64_t>(0, BytesThatMayWait(c)));
  shared_.backlog[c.slot] = static_cast<uint32_t>(std::min<uint64_t>(c.queued + bytes, UINT32_MAX));
  c.held = true;
  c.first_command = c.last_command = -1;
}

// Moves what is held to the front, in its order. The arena stays as it is: its bytes are still referred to.
void Engine::KeepHeld(uint32_t count) {
  auto* commands = reinterpret_cast<Command*>(shared_.commands.data());
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t slot = static_cast<uint32_t>(commands[i].slot);
    if (slot < slots_ && At(slot).held) commands[kept++] = commands[i];
  }
  for (const uint32_t slot : touched_) At(slot).held = false;
  shared_.control[kCommandCount] = kept;
  if (held_ns_ == 0) held_ns_ = sys::NowNs();
}

}  // namespace halfopen
