// What one turn of the engine may do at most, so that those who only wait for their answer wait no longer: on real sockets, with an
// application that only counts.
#include <poll.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "test/check.h"
#include "test/loopback.h"

namespace halfopen {
namespace {

using test::Clients;

constexpr uint64_t kAcceptsATurn = 16;
constexpr uint64_t kEndsATurn = 1;
constexpr int64_t kPatienceMs = 2;
constexpr int32_t kDelayMs = 250;
constexpr size_t kLooksATurn = 8;
const std::string kFlood(32'768, 'x');

class Counting final : public test::Loopback {
 public:
  using Loopback::Loopback;

  int requests = 0, retries = 0;
  int first_retries = 0;  // in the first delivery that had any
  bool silent = false;  // has nothing to say to a request, and is to be asked again
  bool floods = false;  // says more than anyone takes

  bool Deliver(uint32_t count) override {
    const int before = retries;
    for (uint32_t i = 0; i < count; i++) {
      if (event(i)[0] == static_cast<int32_t>(Event::kRetry)) retries++;
      if (event(i)[0] != static_cast<int32_t>(Event::kRequest)) continue;
      requests++;
      if (floods) Flood(event(i)[1], event(i)[2]);
      if (silent) Command(kOpRetry, event(i)[1], event(i)[2], kDelayMs);
    }
    if (engine.has_commands()) engine.Flush({});
    if (before == 0) first_retries = retries;
    return true;
  }

 private:
  void Flood(int32_t slot, int32_t seq) {
    const std::string_view part = kFlood;
    Command(kOpHead | kModKeep, slot, seq, 1);
    for (int i = 0; i < 40 && backlog(slot) == 0; i++) {
      Command(kOpData, slot, seq, 0, part);
      engine.Flush({});
    }
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

// All deadlines are over at once. Whoever asks meanwhile is heard in the first turn, no turn ends more than its share, and they are
// ended over the time of a tick of the deadlines’ wheel, in which the loop may sleep.
void Ends() {
  constexpr uint64_t kSilent = 100, kTickMs = 64;
  Options options;
  options.first_byte_ms = 500;
  Counting host{options};
  Engine& engine = host.engine;
  CHECK_EQUAL(true, host.Start(), "it listens");
  const Clients clients(engine.port(), 1 + kSilent);
  CHECK_EQUAL(true, clients.Ask(0), "the first is served");
  while (engine.stats().accepted < 1 + kSilent || host.requests < 1) {
    engine.Turn(false);
    if (engine.stats().closed_silent > 0) return CHECK_EQUAL(true, false, "all are here before the first is overdue");
  }
  poll(nullptr, 0, 700);  // and two ticks
  CHECK_EQUAL(true, clients.Ask(0), "it asks again");
  const uint64_t start = engine.now_ms(), deadline = start + 10'000;
  for (uint64_t before = 0; engine.stats().closed_silent < kSilent && engine.now_ms() < deadline; before = engine.stats().closed_silent) {
    engine.Turn(false);
    CHECK_EQUAL(2, host.requests, "the request in between was told in the first turn");
    CHECK_EQUAL(true, engine.stats().closed_silent - before <= kEndsATurn, "no more than its share in a turn");
    if (engine.busy()) continue;
    const int64_t due = engine.NextDueMs();
    CHECK_EQUAL(true, engine.stats().closed_silent == kSilent || (due >= 0 && due <= static_cast<int64_t>(engine.now_ms()) + 1),
                "it does not sleep over those that are left");
    poll(nullptr, 0, 1);
  }
  CHECK_EQUAL(kSilent, engine.stats().closed_silent, "silent ones closed");
  CHECK_EQUAL(true, engine.now_ms() - start > kTickMs / 2, "not all in one go");
  CHECK_EQUAL(false, engine.busy(), "nothing is left to do");
  CHECK_EQUAL(uint64_t{1}, engine.stats().connections, "whoever asked is still there");
}

// A hundred readers that read nothing, and for each it is looked now and then whether it does. A turn does a few of these looks, and the
// loop goes on with the others.
void Looks() {
  constexpr size_t kReaders = 100;
  constexpr uint64_t kLookMs = 500;
  Options options;
  options.user_timeout_ms = 60'000;  // no other look comes in between
  Counting host{options};
  Engine& engine = host.engine;
  CHECK_EQUAL(true, host.Start() && engine.DefineHead(1, "HTTP/1.1 200 OK\r\n") == 0, "it listens");
  const Clients clients(engine.port(), kReaders, 4096);
  host.floods = true;
  for (size_t i = 0; i < kReaders; i++) CHECK_EQUAL(true, clients.Ask(i), "it asks");
  for (int turns = 0; turns < 1000 && host.requests < static_cast<int>(kReaders); turns++) engine.Turn(false);
  CHECK_EQUAL(kReaders, engine.Count().blocked, "all are stuck");
  poll(nullptr, 0, kLookMs + 200);
  size_t turns = 0;
  do {
    engine.Turn(false);
    turns++;
  } while (engine.busy() && turns < 1000);
  CHECK_EQUAL(true, turns >= kReaders / kLooksATurn, "looks share out over turns: " + std::to_string(turns));
  CHECK_EQUAL(kReaders, engine.Count().blocked, "nobody is ended by a look");
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
  halfopen::Ends();
  halfopen::Looks();
  halfopen::Retries(false);
  halfopen::Retries(true);
  return halfopen::test::Report("turn");
}
