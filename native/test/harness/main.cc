// Question: does the engine keep its books, whatever clients and kernel do to it?
// Usage: harness [seconds] [seed] [threads]
//
// Rounds of random clients on real sockets against the engine and an application in C++, one engine a thread. The
// weather changes from round to round (faulty_sys.h). A round ends when its clients are gone and the engine has drained.
#include <arpa/inet.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "test/harness/application.h"
#include "test/harness/client.h"
#include "test/harness/faulty_sys.h"

namespace halfopen::harness {
namespace {

constexpr uint64_t kRoundNs = 90'000'000'000;  // far beyond what slow clients take under a sanitizer: a round that hangs

struct Books {
  Ledger ledger;
  ClientLedger clients;
  FaultCounts faults;
  uint64_t rounds = 0;
  uint32_t allocations = 0;
  uint32_t failed = 0, to_fail = 0;  // allocations of a round that failed one by one, and all that there are
  uint32_t unusable = 0;             // of them: those without which an engine does not start
  void Add(const Books& other) {
    ledger.Add(other.ledger);
    clients.Add(other.clients);
    faults.Add(other.faults);
    rounds += other.rounds;
    failed += other.failed;
    to_fail += other.to_fail;
    unusable += other.unusable;
  }
};

Options RoundOptions(Random& random, Weather weather) {
  Options options;
  options.coalesce = !random.Chance(3);
  options.gather_us = random.Chance(2) ? 10'000 : 200;
  options.portion = random.Chance(2) ? 1 : 1 + random.Below(8);
  options.max_connections = random.Chance(4) ? 8 : 120;
  options.backlog = 512;
  options.max_body = 1024 * 1024;
  options.pipeline_bytes = random.Chance(3) ? 1 + random.Below(4000) : 64 * 1024;
  if (weather == Weather::kHarsh) {
    // What may end a connection that is in order.
    if (random.Chance(3)) options.max_in_flight = 1 + random.Below(40);
    options.keep_alive_pressure_ms = 1 + random.Below(1000);
    options.linger_ms = random.Chance(3) ? 1 + random.Below(100) : 10'000;
    options.max_linger = random.Chance(3) ? random.Below(2000) : 1024 * 1024;
    options.min_write_rate = random.Chance(3) ? 1 + random.Below(2000) : 0;
    options.accept_pause_ms = 1 + random.Below(100);
  } else {
    options.keep_alive_pressure_ms = 65'000;
    options.min_body_rate = 0;
  }
  // Under Valgrind on a busy machine a slow client is slower than that.
  options.stall_timeout_ms = options.user_timeout_ms = weather == Weather::kHarsh ? 5'000 : 60'000;
  return options;
}

// `fail_nth`: the one allocation that fails, 0: as the weather is.
Books Round(uint32_t seed, Weather weather, uint32_t count, uint32_t fail_nth) {
  Random random(seed);
  Books books;
  Faults faults(Weather::kFair, seed + 1);
  faults.fail_nth = fail_nth;
  Sizes sizes;
  constexpr uint32_t kEventSizes[] = {100, 512, 2048};
  sizes.events = kEventSizes[random.Below(3)];
  {
    Application application(RoundOptions(random, weather), sizes, seed + 2);
    if (const int error = application.Start()) {
      Require(error == ENOMEM && fail_nth, "the engine starts, or says that there is no memory");
      books.allocations = faults.allocations;
      books.faults = faults.counts;
      return books;
    }
    faults.weather = weather;  // an engine that does not start shows nothing
    Engine& engine = application.engine();
    Require(engine.Listen("127.0.0.1", 0) == 0, "the engine listens");
    const bool certain = weather != Weather::kHarsh;
    books.clients.may_lose = fail_nth ? 1 : 0;
    const uint32_t at_once = 4 + random.Below(60);
    std::vector<std::unique_ptr<Client>> clients;
    const uint64_t began = MonotonicNs();
    bool draining = false;
    for (uint32_t started = 0;;) {
      while (started < count && clients.size() < at_once)
        clients.push_back(std::make_unique<Client>(engine.port(), seed * 1000 + started++, certain, books.clients));
      for (auto& client : clients) client->Step();
      std::erase_if(clients, [](const auto& client) { return client->over(); });
      if (faults.Mild(20)) faults.ahead_ns += random.Below(5) * 1'000'000ull;
      if (faults.Harsh(300)) {
        faults.counts.jumps++;
        faults.ahead_ns += random.Below(12'000) * 1'000'000ull;
      }
      application.Turn(!random.Chance(3));
      const Side its = Side::Engine();  // what is the test's below takes no memory
      engine.NextDueMs();
      if (started == count && clients.empty() && !draining) {
        draining = true;
        engine.Drain();
      }
      if (draining) {
        if (application.idle()) break;
        faults.ahead_ns += 20'000'000;  // nobody is left to be disturbed by deadlines
        if (random.Chance(500)) engine.ResetAll();
      }
      if (MonotonicNs() - began > kRoundNs) {
        std::fprintf(stderr, "seed %u, weather %d: %zu clients and %llu connections are left\n", seed, static_cast<int>(weather),
                     clients.size(), static_cast<unsigned long long>(engine.stats().connections));
        for (auto& client : clients) client->Print();
        application.Print();
        Require(false, "a round ends");
      }
    }
    Require(engine.stats().connections == 0, "no connection is left");
    Require(engine.stats().in_flight == 0, "no request is in flight");
    application.CheckOver();
    books.ledger = application.ledger();
  }
  Require(faults.open == 0 && faults.keys.empty(), "no descriptor is left");
  books.faults = faults.counts;
  books.allocations = faults.allocations;
  books.rounds = 1;
  return books;
}

void Print(const Books& books, double seconds) {
  const Ledger& l = books.ledger;
  const ClientLedger& c = books.clients;
  std::printf("%" PRIu64 " rounds, %.1f s: told %" PRIu64 " = completed %" PRIu64 " + gone %" PRIu64 " (aborted %" PRIu64
              "); bodies %" PRIu64 ", retries %" PRIu64 ", drains %" PRIu64 ", fins %" PRIu64
              ", out of descriptors %" PRIu64 "\n",
              books.rounds, seconds, l.told, l.completed, l.gone, l.aborted, l.bodies, l.retries, l.drains, l.fins, l.exhausted);
  std::printf("clients %" PRIu64 ": asked %" PRIu64 ", answered %" PRIu64 ", refused %" PRIu64 ", cut %" PRIu64
              " (by RST %" PRIu64 "); ",
              c.clients, c.asked, c.answered, c.refused, c.cut, c.resets);
  books.faults.Print();
  std::printf("allocations failed one by one: %" PRIu32 " of %" PRIu32 ", %" PRIu32 " of them at the start; lost by it: %" PRIu64 " clients\n",
              books.failed, books.to_fail, books.unusable, c.lost);
}

// Every allocation of a small round fails once, those of the start among them: one client at most may feel it.
Books EachAllocation(uint32_t seed) {
  Books books;
  for (uint32_t nth = 1;; nth++) {
    const Books one = Round(seed, Weather::kFair, 8, nth);
    books.Add(one);
    books.to_fail = std::max(books.to_fail, one.allocations);
    if (nth > books.to_fail) break;  // what a round takes varies a little with what arrives when
    books.failed = nth;
    books.unusable += one.rounds == 0;
  }
  return books;
}

void Run(uint32_t seed, double seconds, Books* books) {
  const uint64_t began = MonotonicNs(), stop = began + static_cast<uint64_t>(seconds * 1e9);
  books->Add(EachAllocation(seed));
  for (uint32_t round = 0; round < 3 || MonotonicNs() < stop; round++) {  // each weather once, however slow it is
    const uint32_t its = seed + round * 7919;
    if (std::getenv("HALFOPEN_HARNESS_TRACE")) std::fprintf(stderr, "round %u, seed %u\n", round, its);
    books->Add(Round(its, static_cast<Weather>(round % 3), 120, 0));
  }
}

}  // namespace
}  // namespace halfopen::harness

int main(int argc, char** argv) {
  using namespace halfopen;
  using namespace halfopen::harness;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 10;
  const auto seed = static_cast<uint32_t>(argc > 2 ? std::atol(argv[2]) : 1);
  const int threads = argc > 3 ? std::atoi(argv[3]) : 1;
  const uint64_t began = MonotonicNs();
  std::vector<Books> books(static_cast<size_t>(threads));
  std::vector<std::thread> others;
  for (size_t i = 1; i < books.size(); i++)
    others.emplace_back([&, i] { Run(seed + static_cast<uint32_t>(i) * 100'003, seconds, &books[i]); });
  Run(seed, seconds, &books[0]);
  for (std::thread& other : others) other.join();
  for (size_t i = 1; i < books.size(); i++) books[0].Add(books[i]);
  Print(books[0], static_cast<double>(MonotonicNs() - began) / 1e9);
  return books[0].ledger.told > 0 && books[0].faults.sum() > 0 ? 0 : 1;
}
