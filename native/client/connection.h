// One client connection and the round it is in.
//
//   kClosed ──BeginRound──▶ kConnecting ──▶ kBusy ──answered, keep-alive──▶ kIdle ──BeginRound──▶ kBusy
//      ▲                         │            │                               │
//      └───── failed, cut, or not kept ───────┴───────────────────────────────┘
//
// Lives on the loop's thread and is reused round after round; the generation tells its sockets apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "client/loop.h"
#include "client/response_reader.h"

namespace halfopen::client {

class Cohort;
class Misbehaviour;

// How a round ended.
enum class Ending : uint8_t {
  kComplete,
  kPeerFin,
  kPeerReset,
  kTimeout,
  kFraming,
  kConnectFailed,
  kLocal,  // no descriptor, port or memory on this side
  kCut,    // a step of the fault closed the connection
  kHeld,   // the fault's hold is over
  kRunEnd
};

class Connection {
 public:
  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  void Attach(Cohort& cohort, uint32_t slot, uint32_t index);

  // From the cohort.
  void Preconnect();
  void BeginRound(uint64_t round, uint64_t due_ns);
  void Sweep(uint64_t now);
  void EndNow();
  uint32_t failures() const { return failures_; }

  // From the run.
  void OnEvents(uint32_t events);
  void OnTimer(TimerKind kind, uint64_t at_ns);

  // For the fault. Each may end the round, and with it the generation.
  void Read(bool peer_closed);
  void SendMore();
  void End(Ending ending);
  // The fault closed the socket itself.
  void SocketIsGone();

  bool consuming() const { return consuming_; }
  bool connected() const { return fd_ >= 0 && state_ != State::kConnecting; }
  bool complete() const { return state_ == State::kBusy && answers_left_ == 0; }
  int fd() const { return fd_; }
  uint32_t generation() const { return generation_; }
  uint32_t index() const { return index_; }
  uint32_t slot() const { return slot_; }

  // What happened in this round so far; times are 0 until then.
  struct Account {
    uint64_t round = 0;
    uint64_t tag = 0;
    uint64_t due_ns = 0;
    uint64_t begin_ns = 0;    // connect() or, on a kept connection, the first send()
    uint64_t connect_ns = 0;  // handshake done
    uint64_t start_ns = 0;    // just before the first send()
    uint64_t sent_ns = 0;     // just after the last one
    uint64_t first_byte_ns = 0;
    uint64_t progress_ns = 0;  // last byte in or out
    uint64_t wire_bytes = 0;
    uint64_t body_bytes = 0;
    uint64_t sent_bytes = 0;
    uint32_t chunks = 0;
    uint16_t status = 0;  // of the last head
    bool head_done = false;
  };
  const Account& account() const { return account_; }

 private:
  enum class State : uint8_t { kClosed, kConnecting, kIdle, kBusy };

  void Connect();
  void Connected();
  void Discard();
  bool Consume(const char* data, size_t size);
  void Answer(uint64_t now);
  void RoundComplete();
  const char* Outgoing();
  void Close(bool reset);

  Cohort* cohort_ = nullptr;
  int fd_ = -1;
  uint32_t slot_ = 0;
  uint32_t index_ = 0;
  uint32_t generation_ = 0;
  uint32_t answers_left_ = 0;
  uint32_t failures_ = 0;  // rounds in a row
  State state_ = State::kClosed;
  bool preconnecting_ = false;
  bool consuming_ = false;  // part of the receive buffer is still to be read
  Account account_;
  ResponseReader reader_;
  std::unique_ptr<Misbehaviour> fault_;  // null: healthy
};

// Thousands of them, and a load generator's memory is not to be what is measured.
static_assert(sizeof(Connection) <= 320);

}  // namespace halfopen::client
