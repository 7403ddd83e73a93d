// What deadlines may do in one turn of the engine, however many are over at once, so that others have theirs in between: on real sockets.
#include <poll.h>

#include <string>

#include "engine/engine.h"
#include "test/check.h"
#include "test/loopback.h"

namespace halfopen {
namespace {

using test::Clients;

constexpr uint64_t kEndsATurn = 1;
constexpr size_t kLooksATurn = 8;
const std::string kFlood(32'768, 'x');

// An application that counts requests, and answers none of them, or with more than anyone takes.
class Counting final : public test::Loopback {
 public:
  using Loopback::Loopback;

  int requests = 0;
  bool floods = false;

  bool Deliver(uint32_t count) override {
    for (uint32_t i = 0; i < count; i++) {
      if (event(i)[0] != static_cast<int32_t>(Event::kRequest)) continue;
      requests++;
      if (floods) Flood(event(i)[1], event(i)[2]);
    }
    return true;
  }

 private:
  void Flood(int32_t slot, int32_t seq) {
    Command(kOpHead | kModKeep, slot, seq, 1);
    for (int i = 0; i < 40 && backlog(slot) == 0; i++) {
      Command(kOpData, slot, seq, 0, kFlood);
      engine.Flush({});
    }
  }
};

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

}  // namespace
}  // namespace halfopen

int main() {
  halfopen::Ends();
  halfopen::Looks();
  return halfopen::test::Report("deadlines");
}
