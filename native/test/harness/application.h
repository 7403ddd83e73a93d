// The application side of an engine, in C++: reads event records, writes command records, and keeps the ledger.
#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "test/harness/scene.h"

namespace halfopen::harness {

// Every request told is completed or gone, once.
struct Ledger {
  uint64_t told = 0, completed = 0, gone = 0, aborted = 0, bodies = 0, fins = 0, retries = 0, drains = 0, late = 0, exhausted = 0;
  void Add(const Ledger& other);
};

// Sizes of the shared arrays: small ones meet their limits.
struct Sizes {
  uint32_t events = 512, commands = 256;
  uint32_t arena = 64 * 1024, heads = 128 * 1024, bodies = 160 * 1024, slots = 192;
};

class Application final : public Host {
 public:
  Application(const Options& options, const Sizes& sizes, uint32_t seed);

  // Before anything else. 0 or an errno.
  int Start();
  Engine& engine() { return *engine_; }
  const Ledger& ledger() const { return ledger_; }
  bool knows_bodies = true;  // request bodies are those that scene.h derives from their ids
  bool idle() const { return idle_; }
  // One turn of the loop that would run the engine.
  void Turn(bool stay);
  // The engine has no connection left: nobody may still wait for an end.
  void CheckOver() const;
  void Print() const;  // whose end is awaited

  bool Deliver(uint32_t count) override;
  bool Quiet() override { return !random_.Chance(4); }

 private:
  struct Exchange {
    uint32_t seq = 0, id = 0, size = 0, sent = 0, body_seen = 0;
    char shape = 'n';
    uint8_t waits = 0;  // delays asked for so far
    bool http11 = true, keep = true, head_only = false, has_body = false;
    bool head_out = false, body_over = false, body_broken = false, asked = false, waiting = false;
  };
  struct Slot {
    std::deque<Exchange> pending;
    std::deque<uint32_t> unsent;  // ended, kSent or kGone owed
    uint32_t last_seq = 0, gone_seq = 0;
  };

  void OnRequest(const int32_t* record);
  void OnGone(Slot& slot, uint32_t seq);
  void OnFin(uint32_t at);
  void OnBody(uint32_t at, const int32_t* record, Event kind);
  void OnWake(uint32_t at, uint32_t seq);

  // Each goes on with the exchange at the front of the slot as far as it can.
  void Run(uint32_t at);
  bool Step(uint32_t at, Exchange& x);  // true: it is over
  bool Stream(uint32_t at, Exchange& x);
  bool References(uint32_t at, Exchange& x);
  bool WaitForBody(uint32_t at, Exchange& x);
  void OneRecord(uint32_t at, Exchange& x, bool notify);
  void Head(uint32_t at, Exchange& x);
  void Abort(uint32_t at, bool now);

  void Flush(std::string_view ref);
  int32_t* Record(int32_t ops, uint32_t slot, uint32_t seq);
  void Text(int32_t* record, std::string_view text);

  std::vector<uint32_t> control_, backlog_;
  std::vector<int32_t> events_, commands_;
  std::vector<char> arena_, heads_, bodies_;
  std::vector<Slot> slots_;
  std::vector<std::pair<uint32_t, uint32_t>> turning_;  // slots and exchanges that go on in the next turn
  std::unique_ptr<Engine> engine_;
  Random random_;
  Ledger ledger_;
  bool idle_ = false;
};

}  // namespace halfopen::harness
