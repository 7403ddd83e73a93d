// What leaves in one go, and what waits until others were looked for: on real sockets.
#include <poll.h>

#include <string>
#include <vector>

#include "engine/engine.h"
#include "test/check.h"
#include "test/loopback.h"

namespace halfopen {
namespace {

using test::Clients;

constexpr size_t kStreams = 300;
constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n";

// An application whose responses are written by the test.
class Written final : public test::Loopback {
 public:
  using Loopback::Loopback;

  bool Deliver(uint32_t count) override {
    for (uint32_t i = 0; i < count; i++)
      if (event(i)[0] == static_cast<int32_t>(Event::kRequest)) asked.push_back({event(i)[1], event(i)[2]});
    return true;
  }
  void Write(size_t request, int32_t ops, std::string_view bytes) { Command(ops, asked[request].slot, asked[request].seq, 1, bytes); }
  uint32_t Unsent(size_t request) const { return backlog(asked[request].slot); }

  struct Asked {
    int32_t slot, seq;
  };
  std::vector<Asked> asked;
};

// All clients have asked, in their order, and whoever is below `begun` has a head and the first byte of its body.
bool Begin(Written& host, const Clients& clients, size_t count, size_t begun) {
  for (size_t i = 0; i < count; i++) {
    CHECK_EQUAL(true, clients.Ask(i), "it asks");
    for (int turns = 0; turns < 1000 && host.asked.size() <= i; turns++) host.engine.Turn(false);
    if (host.asked.size() <= i) return false;
    if (i < begun) host.Write(i, kOpHead | kOpData | kModKeep, "0");
    host.engine.Flush({});
  }
  return true;
}

void Portions() {
  Written host{Options{}};
  Engine& engine = host.engine;
  CHECK_EQUAL(true, host.Start(), "it listens");
  CHECK_EQUAL(0, engine.DefineHead(1, kHead), "a head");
  const Clients clients(engine.port(), kStreams + 2);
  CHECK_EQUAL(true, Begin(host, clients, kStreams + 1, kStreams), "all have asked");
  for (size_t i = 0; i < kStreams; i++) CHECK_EQUAL(true, clients.Read(i).ends_with("1\r\n0\r\n"), "a stream has begun");

  for (size_t i = 0; i < kStreams; i++) host.Write(i, kOpData, "a");
  host.Write(kStreams, kOpHead | kOpData | kOpEnd | kModKeep, "small");
  CHECK_EQUAL(true, clients.Ask(kStreams + 1), "another asks meanwhile");
  engine.FlushBeforeTurn();
  CHECK_EQUAL(true, clients.Read(kStreams).ends_with("small"), "the small response does not wait for the streams");
  size_t sent = 0;
  std::vector<std::string> read(kStreams);
  for (size_t i = 0; i < kStreams; i++) {
    read[i] = clients.Read(i);
    sent += !read[i].empty();
    CHECK_EQUAL(true, host.Unsent(i) == (read[i].empty() ? 1u : 0u), "what is left counts as unsent");
  }
  CHECK_EQUAL(size_t{Options{}.portion}, sent, "streams that had their turn before it");
  CHECK_EQUAL(true, engine.busy() && engine.has_commands(), "the loop does not sleep over the rest");

  // One of those that are left has more to say, and one of those that were sent.
  host.Write(0, kOpData, "b");
  host.Write(kStreams - 1, kOpData, "b");
  engine.Turn(false);
  CHECK_EQUAL(kStreams + 2, host.asked.size(), "then it is heard");
  for (int turns = 0; engine.has_commands() && turns < 100; turns++) engine.Turn(false);
  CHECK_EQUAL(false, engine.busy(), "nothing is left");
  for (size_t i = 0; i < kStreams; i++) {
    read[i] += clients.Read(i);
    const bool more = i == 0 || i == kStreams - 1;
    const bool apart = read[i] == "1\r\na\r\n1\r\nb\r\n", together = read[i] == "2\r\nab\r\n";
    CHECK_EQUAL(true, more ? apart || together : read[i] == "1\r\na\r\n", "each chunk once, in its order: " + read[i]);
    CHECK_EQUAL(0u, host.Unsent(i), "all is sent");
  }
}

// While nobody waits there is nothing to look for, and what an application side asks for at once is all carried out at once.
void All(bool asked) {
  Written host{Options{}};
  Engine& engine = host.engine;
  CHECK_EQUAL(true, host.Start(), "it listens");
  CHECK_EQUAL(0, engine.DefineHead(1, kHead), "a head");
  const Clients clients(engine.port(), kStreams);
  CHECK_EQUAL(true, Begin(host, clients, kStreams, kStreams), "all have asked");
  for (size_t i = 0; i < kStreams; i++) host.Write(i, kOpData, "a");
  if (asked) {
    CHECK_EQUAL(true, clients.Ask(0), "somebody waits");
    engine.Flush({});
  } else {
    engine.FlushBeforeTurn();
  }
  CHECK_EQUAL(false, engine.busy() || engine.has_commands(), "nothing is left");
}

// Thousands of connections that were written to are not asked about in one go.
void Flights() {
  Options options;
  options.user_timeout_ms = 2000;
  const int64_t everyMs = options.user_timeout_ms / 4;
  Written host{options};
  Engine& engine = host.engine;
  CHECK_EQUAL(true, host.Start(), "it listens");
  CHECK_EQUAL(0, engine.DefineHead(1, kHead), "a head");
  const Clients clients(engine.port(), kStreams);
  const uint64_t began = engine.now_ms();
  CHECK_EQUAL(true, Begin(host, clients, kStreams, kStreams), "all have asked");
  int steps = 0;
  // A step that has not come round asks for the next millisecond.
  for (const uint64_t end = began + 4 * static_cast<uint64_t>(everyMs); engine.now_ms() < end; poll(nullptr, 0, 1)) {
    engine.Turn(false);
    const auto now = static_cast<int64_t>(engine.now_ms());
    const bool next = engine.NextDueMs() <= now + 1;
    if (next) steps++;
    else if (steps > 0 && engine.NextDueMs() > now + everyMs / 4) break;
  }
  CHECK_EQUAL(true, steps >= 3, "three hundred take several steps: " + std::to_string(steps));
  CHECK_EQUAL(true, engine.NextDueMs() > static_cast<int64_t>(engine.now_ms()) + everyMs / 4, "and then there is a pause");
}

}  // namespace
}  // namespace halfopen

int main() {
  halfopen::Portions();
  halfopen::All(true);
  halfopen::All(false);
  halfopen::Flights();
  return halfopen::test::Report("flush");
}
