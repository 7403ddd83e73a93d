// What one turn of the engine may do at most, so that those who only wait for their answer wait no longer: on real sockets, with an
// application that only counts.
#include <poll.h>

#include <algorithm>
#include <vector>

#include "engine/engine.h"
#include "test/check.h"
#include "test/loopback.h"

namespace halfopen {
namespace {

using test::Clients;

constexpr uint64_t kAcceptsATurn = 16;
constexpr int64_t kPatienceMs = 2;
constexpr int32_t kDelayMs = 250;

class Counting final : public test::Loopback {
 public:
  using Loopback::Loopback;

  int requests = 0, retries = 0;
  int first_retries = 0;  // in the first delivery that had any
  bool silent = false;  // has nothing to say to a request, and is to be asked again

  bool Deliver(uint32_t count) override {
    const int before = retries;
    for (uint32_t i = 0; i < count; i++) {
      if (event(i)[0] == static_cast<int32_t>(Event::kRetry)) retries++;
      if (event(i)[0] != static_cast<int32_t>(Event::kRequest)) continue;
      requests++;
      if (silent) Command(kOpRetry, event(i)[1], event(i)[2], kDelayMs);
    }
    if (engine.has_commands()) engine.Flush({});
    if (before == 0) first_retries = retries;
    return true;
  }
};

void Accepts() {
  Counting host{Options{}};
  CHECK_EQUAL(true, host.Start(), "it listens");
  const Clients clients(host.engine.port(), 40);
  for (const uint64_t accepted : {kAcceptsATurn, 2 * kAcceptsATurn, uint64_t{40}, uint64_t{40}}) {
    host.engine.Turn(false);
    CHECK_EQUAL(accepted, host.engine.stats().accepted, "connections taken so far");
  }
}

// A hundred applications have nothing to say, and their delays share a tick. Whoever asks when it comes is heard with the first
// portion of them. A turn that may stay goes on with the others, one that may not leaves them to the next.
void Retries(bool stay) {
  constexpr int kSilent = 100;
  Counting host{Options{}};
  Engine& engine = host.engine;
  CHECK_EQUAL(true, host.Start(), "it listens");
  const Clients clients(engine.port(), 1 + kSilent);
  host.silent = true;
  for (size_t i = 1; i <= kSilent; i++) CHECK_EQUAL(true, clients.Ask(i), "it asks");
  for (int turns = 0; turns < 1000 && host.requests < kSilent; turns++) engine.Turn(false);
  CHECK_EQUAL(kSilent, host.requests, "all are there");
  poll(nullptr, 0, kDelayMs);
  host.silent = false;
  CHECK_EQUAL(true, clients.Ask(0), "another asks");
  const uint64_t deadline = engine.now_ms() + 10'000;
  for (int turns = 0; host.retries < kSilent && engine.now_ms() < deadline;) {
    const int64_t due = engine.NextDueMs(), began = static_cast<int64_t>(engine.now_ms());
    engine.Turn(stay);
    if (host.retries == 0) continue;
    turns++;
    CHECK_EQUAL(kSilent + 1, host.requests, "the request was told in the first turn");
    // The machine may be away for longer than they have patience, or than a turn may take.
    const auto now = static_cast<int64_t>(engine.now_ms());
    const bool late = now - due >= kPatienceMs || now > began;
    CHECK_EQUAL(true, late || host.first_retries <= static_cast<int>(Portion::kFirst), "a portion at once");
    CHECK_EQUAL(true, late || host.retries < kSilent || stay || turns > 1, "all in one turn if it may stay");
    CHECK_EQUAL(true, late || host.retries == kSilent || !stay, "the others in the same turn");
    CHECK_EQUAL(true, host.retries == kSilent || engine.NextDueMs() <= static_cast<int64_t>(engine.now_ms()), "the rest is due");
  }
  CHECK_EQUAL(kSilent, host.retries, "all were asked again");
}

void Portions() {
  Portion portion;
  const auto after = [&portion](uint64_t ns) {
    portion.Took(ns);
    return portion.size();
  };
  CHECK_EQUAL(Portion::kFirst, portion.size(), "at first");
  CHECK_EQUAL(Portion::kFirst, after(Portion::kAimNs), "as long as it should");
  CHECK_EQUAL(Portion::kFirst, after(Portion::kAimNs / 2), "and half as long");
  CHECK_EQUAL(2 * Portion::kFirst, after(Portion::kAimNs / 2 - 1), "too short");
  CHECK_EQUAL(Portion::kFirst, after(Portion::kAimNs + 1), "too long");
  for (int i = 0; i < 10; i++) portion.Took(0);
  CHECK_EQUAL(Portion::kMost, portion.size(), "at most");
  for (int i = 0; i < 10; i++) portion.Took(UINT64_MAX);
  CHECK_EQUAL(Portion::kLeast, portion.size(), "at least");
}

}  // namespace
}  // namespace halfopen

int main() {
  halfopen::Portions();
  halfopen::Accepts();
  halfopen::Retries(false);
  halfopen::Retries(true);
  return halfopen::test::Report("turn");
}
