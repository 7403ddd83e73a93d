// Whatever bytes a connection brings, in whatever parts: is there at most one answer a request told, in order, well-formed
// to an independent reader, and nothing behind the last? The engine is the real one; sockets and clock are memory.
#include <algorithm>

#include "engine/engine.h"
#include "test/fuzz/input.h"
#include "test/fuzz/memory_sys.h"
#include "test/harness/application.h"
#include "test/harness/response_reader.h"

namespace {

using namespace halfopen;
using test::net;

constexpr int kFd = 1000;

// Reads all that was sent. HEAD is told from the requests in the input, so here: not at all, as no HEAD is judged.
void Judge(const test::MemorySocket& socket, uint64_t told) {
  std::string_view wire = socket.out;
  harness::Response response;
  uint64_t answers = 0;
  bool last = false;
  const bool ended = socket.shut || (socket.closed && !socket.reset);
  while (!wire.empty()) {
    test::Require(!last, "nothing behind the last answer");
    const harness::Reading reading = harness::ReadResponse(wire, ended, false, &response);
    test::Require(reading != harness::Reading::kMalformed, "well-formed responses");
    if (reading == harness::Reading::kMore) break;
    wire.remove_prefix(response.size);
    if (response.status == 100) continue;
    last = response.closes;
    if (response.status == 200) answers++;
    test::Require(response.status == 200 || last, "a refusal closes");
  }
  test::Require(answers <= told, "at most one answer a request");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const test::FuzzInput input = test::ReadFuzzInput(data, size);
  // A response to HEAD has no body, which its reader would have to know: the shape of such inputs is left to the harness.
  if (input.bytes.find("HEAD ") != std::string_view::npos) return 0;
  net = {};
  harness::Random random(input.settings);
  Options options;
  options.head = test::LimitsFor(input.settings);
  options.max_body = 4096;
  options.coalesce = input.settings & 2;
  harness::Application application(options, {}, input.settings);
  application.knows_bodies = false;
  test::Require(application.Start() == 0, "the engine starts");
  Engine& engine = application.engine();
  net.connecting = kFd;
  application.Turn(true);
  test::MemorySocket& socket = net.sockets.at(kFd);
  const bool slow = input.settings & 4, fin = input.settings & 8;
  for (std::string_view rest = input.bytes; !rest.empty() && !socket.closed;) {
    const size_t part = input.settings & 16 ? rest.size() : std::min<size_t>(rest.size(), 1 + random.Below(60));
    socket.in += rest.substr(0, part);
    rest.remove_prefix(part);
    socket.events |= EPOLLIN;
    if (rest.empty() && fin) {
      socket.fin = true;
      socket.events |= EPOLLRDHUP;
    }
    if (slow) socket.room = random.Below(400);
    application.Turn(!random.Chance(4));
    net.now_ns += random.Below(40) * 1'000'000ull;
  }
  // What is under way goes on: delays pass, the client reads, deadlines come.
  for (int i = 0; i < 400 && !socket.closed; i++) {
    socket.room = SIZE_MAX;
    if (socket.shut || i > 300) socket.fin = true;
    socket.events |= EPOLLIN | EPOLLOUT | (socket.fin ? static_cast<uint32_t>(EPOLLRDHUP) : 0u);
    net.now_ns += i < 100 ? 20'000'000 : 700'000'000;
    application.Turn(false);
  }
  if (!socket.closed) engine.ResetAll();
  for (int i = 0; i < 3; i++) application.Turn(false);
  test::Require(socket.closed && engine.stats().connections == 0 && engine.stats().in_flight == 0, "nothing is left");
  application.CheckOver();
  Judge(socket, application.ledger().told);
  return 0;
}
