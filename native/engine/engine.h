// The native engine: sockets on one side, event and command records on the other. Plain C++: the binding (or
// a test harness) owns the shared arrays, calls Turn() when poll_fd() is readable and Flush() when commands
// wait.
//
//   Turn:  epoll_wait(0) ─▶ recv, parse, event records ─▶ Host::Deliver (one call into JS) ─▶ Flush
//   Flush: command records ─▶ per connection one send ─▶ what the kernel refuses is queued; its fate becomes
//   events
//
// One thread. Connections close at once, their slots are given back after the turn.
#pragma once

#include <sys/epoll.h>

#include <memory>
#include <span>

#include "common/slab.h"
#include "engine/connection.h"
#include "engine/event_overflow.h"
#include "engine/fixed_list.h"
#include "engine/options.h"
#include "engine/portion.h"
#include "engine/protocol.h"
#include "engine/send_batch.h"
#include "engine/stats.h"
#include "engine/sys.h"
#include "engine/timer_wheel.h"

namespace halfopen {

// What the engine needs of whoever runs it.
class Host {
 public:
  // Hands `count` event records from the start of the events array to the application side, which may write
  // commands and call Flush(). False: it can't run any more (the environment is being torn down).
  virtual bool Deliver(uint32_t count) = 0;
  // Nothing else of the event loop is due.
  virtual bool Quiet() = 0;

 protected:
  ~Host() = default;
};

// Memory shared with the application side. Owned by the host, alive as long as the engine.
struct Shared {
  uint32_t* control;
  std::span<int32_t> events;
  std::span<int32_t> commands;
  std::span<char> arena;        // bytes of commands
  std::span<char> heads;        // request heads of a delivery
  std::span<char> bodies;       // request body bytes of a delivery
  std::span<uint32_t> backlog;  // unsent bytes, by slot
};

class Engine {
 public:
  Engine(const Options& options, const Shared& shared, Host& host);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Each returns 0 or an errno. Init() is the first, and the engine is of no use unless it returned 0.
  int Init();
  int Listen(const char* host, uint16_t port);
  uint16_t port() const { return port_; }
  const char* address() const { return address_; }

  int poll_fd() const { return epoll_; }
  // Serves what is ready; `stay`: and what has become ready meanwhile, while the rest of the loop has nothing
  // to do.
  void Turn(bool stay);
  // Nobody's socket was looked at for a while: other work of the loop holds everybody up.
  bool Blind() const { return !delivering_ && !dead_ && sys::NowNs() - looked_ns_ >= kBlindNs; }
  // Carries out the commands; `ref`: the buffer of a kOpRef command, read only during the call.
  void Flush(std::span<const char> ref);
  // The same before the loop sleeps, or goes round again: while it is busy, body bytes alone may wait for company.
  void FlushBeforeTurn();
  bool has_commands() const { return shared_.control[kCommandCount] != 0; }
  // Something is to be done that no socket will announce.
  bool busy() const {
    return left_ || events_ != 0 || !ready_.empty() || !overflow_.empty() || !closed_.empty() || (!overdue_.empty() && ends_left_ > 0);
  }
  // When the next deadline or delay is due, in milliseconds of now_ms(); -1: none.
  int64_t NextDueMs();
  uint64_t now_ms() {
    ReadClock();
    return now_ms_;
  }

  // Stops listening, once what waits in the accept queue was taken; idle connections close, busy ones after
  // their answers. kIdle is told when none is left.
  void Drain();
  // Resets every connection; exchanges learn of it as `shutdown`.
  void ResetAll();

  // What the kernel says of the connection at this moment, events or not. `error`: the errno of a reset.
  Gone Peek(uint32_t slot, uint32_t seq, int* error);
  const Connection* Find(uint32_t slot) const;
  // `bytes`: status line and field lines. Tokens are 1 to kTokens. 0, EINVAL, or ENOMEM: what the token stood for stays.
  int DefineHead(uint32_t token, std::span<const char> bytes);
  const Stats& stats() const { return stats_; }
  Census Count() const;

  static constexpr uint32_t kTokens = 64;

 private:
  enum Deadline : uint8_t {
    kNoDeadline,
    kFirstByte,
    kHeadDeadline,
    kBodyDeadline,
    kIdleDeadline,
    kStall,
    kLinger
  };

  // engine.cc: the turn
  bool WorthALook(int count);
  bool DeliverAll(int rounds);
  void OnSocket(Connection& c, uint32_t ready);
  Connection& At(uint32_t slot) { return pages_[slot / kPage][slot % kPage]; }
  // Returns the record, for kinds that say more.
  int32_t* Tell(Event kind, const Connection& c, uint32_t seq, int32_t a = 0, int32_t b = 0);
  bool EventsFull() const { return (events_ + 1) * kEventInts > shared_.events.size(); }
  bool NearlyFull() const;
  bool HasMemory() const;
  void TakeOverflow();
  void Later(Connection& c);
  void FreeClosed();

  // listener.cc
  void Accept();
  Connection* Adopt(int fd, const sockaddr_storage& peer);

  // pressure.cc: when connections or descriptors run out
  bool Crowded() const { return stats_.connections >= crowded_ || exhausted_; }
  void PauseAccept(uint32_t ms);
  void ResumeAccept();
  void OnExhausted(int error);
  void TurnAway();
  void Reap(uint64_t count);

  // input.cc: bytes in
  void Read(Connection& c);
  void Consume(Connection& c);
  size_t ConsumeSome(Connection& c, const char* data, size_t size);
  size_t ConsumeHead(Connection& c, const char* data, size_t size);
  bool TellRequest(Connection& c, const RequestHead& head, const char* data);
  bool Keep(Connection& c, const char* data, size_t size);
  bool MakeRoom(Connection& c);
  bool MayRead(const Connection& c) const;
  void DropUnread(Connection& c);
  void CloseIfSpent(Connection& c);

  // request_body.cc
  size_t ConsumeBody(Connection& c, const char* data, size_t size);
  void BodyRefused(Connection& c, uint16_t status);
  void WantBody(Connection& c);
  void WaitForBody(Connection& c);
  bool BodyIsHere(const Connection& c) const;

  // flush.cc: which commands are carried out
  enum class Extent : uint8_t {
    kAll,
    kPortion,  // all; of bytes of bodies that have begun only a portion if somebody waits
    kUrgent    // all but those bytes
  };
  void Carry(std::span<const char> ref, Extent extent);
  void CarryDue();
  bool MayHold();
  bool ArenaHalfFull() const;
  bool SomebodyWaits() const;
  void Chain(uint32_t count);
  void CarryOut(Connection& c, std::span<const char> ref);
  int64_t BytesThatMayWait(const Connection& c) const;
  void Keep(Connection& c);
  void KeepHeld(uint32_t count);

  // output.cc: bytes out
  void Run(Connection& c, std::span<const char> ref);
  void Send(Connection& c);
  void SendQueued(Connection& c);
  void AfterSend(Connection& c);

  // framing.cc: responses on the wire
  void BeginResponse(Connection& c, int32_t index);
  int32_t AddBody(Connection& c, int32_t index, std::span<const char> ref);
  void EndResponse(Connection& c, bool notify);
  void AbortResponse(Connection& c, bool now);
  void AnsweredUpTo(Connection& c, uint32_t next);
  void SendRefusal(Connection& c);
  void RefreshDate();
  void LookAtFlights();
  bool LookAtFlight(Connection& c);
  uint64_t FlightEveryMs() const;

  // closing.cc: how connections end
  void OnFin(Connection& c);
  void OnError(Connection& c, int error);
  void Fail(Connection& c, Gone why, int error);
  void Refuse(Connection& c, uint16_t status, bool bodyless = false);
  void CloseGently(Connection& c);
  void Linger(Connection& c);
  bool MayLinger(Connection& c, size_t more);
  void Reset(Connection& c);
  void Close(Connection& c);
  bool Idle(const Connection& c) const;
  Gone PeekSocket(Connection& c, int* error);

  // deadlines.cc
  void SetDeadline(Connection& c, Deadline kind, uint32_t ms);
  void ClearDeadline(Connection& c);
  void SetRetry(Connection& c, uint32_t ms);
  void Advance();
  void EndOverdue(size_t waited);
  void OnDeadline(Connection& c);
  void WatchStall(Connection& c);
  void UnwatchStall(Connection& c);
  void LookForProgress(Connection& c);
  bool Progressed(Connection& c);
  static bool Alive(const Connection& c, uint32_t within_ms);
  uint64_t ReadClock();  // in nanoseconds, too

  static constexpr uint32_t kPage = 64;
  static constexpr uint64_t kBlindNs = 400'000;

  const Options options_;
  const Shared shared_;
  Host& host_;
  int epoll_ = -1, listener_ = -1;
  int spare_ = -1;  // a descriptor to give up when there is no other
  uint16_t port_ = 0;
  char address_[64] = "";
  bool draining_ = false, idle_told_ = false, dead_ = false, delivering_ = false;
  bool accept_paused_ = false;
  bool exhausted_ = false;  // …because there is no descriptor
  uint64_t accept_again_ms_ = 0;
  uint32_t next_pause_ms_;
  const uint64_t crowded_;  // from so many connections on, idle ones have to make room
  uint64_t reap_again_ms_ = 0, tell_again_ms_ = 0;
  uint64_t flights_at_ms_ = 0;  // the next look, or the next step of one
  uint64_t round_from_ms_ = 0;  // when the present one began
  uint32_t flight_slot_ = 0;    // where it goes on
  uint32_t skip_ = 0, skip_next_ = 0;  // further looks in a turn that are not worth their call
  bool looking_ = false;
  Portion retry_portion_;  // of the delays that end in one moment

  struct Waiting {
    uint32_t ms, slot;
  };
  struct Head {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };

  // Each has room for all slots: adding to them takes no memory.
  FixedList<std::unique_ptr<Connection[]>> pages_;
  FixedList<uint32_t> free_slots_, closed_, ready_, scratch_ready_, touched_;
  FixedList<uint32_t> overdue_;  // slots whose deadline may have passed, the oldest first
  size_t ends_a_ms_ = 0, ends_left_ = 0;  // how many of them a millisecond allows to end, and how many are allowed now
  uint64_t ends_given_ms_ = 0;            // when that was reckoned
  FixedList<Waiting> waiting_;  // while reaping
  uint32_t slots_ = 0;
  const std::unique_ptr<int32_t[]> next_;  // by command: the next command of the same connection
  const uint32_t most_commands_;
  uint32_t events_ = 0;        // records in shared_.events
  EventOverflow overflow_;     // records that found no room there
  RequestParser parser_;       // for heads that arrive whole

  Slab slab_;
  static constexpr size_t kReceive = 64 * 1024;
  static_assert(kReceive <= Slab::kLargest, "what was received can be kept, whatever becomes of it");
  const std::unique_ptr<char[]> receive_;
  SendBatch batch_;
  Head heads_[kTokens + 1];
  char date_[64] = "";
  uint32_t date_size_ = 0;
  uint64_t date_second_ = 0;

  uint64_t start_ns_ = 0, now_ms_ = 0;
  uint64_t looked_ns_ = 0;  // when the sockets were last looked at
  uint64_t round_ns_ = 0;  // when the loop last came round
  uint64_t held_ns_ = 0;   // since when commands are held, 0: none are
  bool left_ = false;      // …for nothing but a look at the sockets
  bool brisk_ = false;     // the last round was short: a command held now waits no longer than it may
  TimerWheel retries_;    // ticks of 1 ms
  TimerWheel deadlines_;  // ticks of kDeadlineTickMs
  static constexpr uint32_t kDeadlineTickMs = 64;

  Stats stats_;
};

}  // namespace halfopen
