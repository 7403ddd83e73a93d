// One client connection that behaves as its seed says, and checks what it is answered.
#pragma once

#include <deque>
#include <string>

#include "test/harness/response_reader.h"
#include "test/harness/scene.h"

namespace halfopen::harness {

struct ClientLedger {
  uint64_t clients = 0, asked = 0, answered = 0, refused = 0, cut = 0, resets = 0;
  uint64_t lost = 0;      // clients that did not get what they were sure of
  uint64_t may_lose = 0;  // …of which so many may be
  void Add(const ClientLedger& other);
};

class Client {
 public:
  // `certain`: nothing happens that may cost an answer but what ledger.may_lose allows for, so a patient client misses none.
  Client(uint16_t port, uint32_t seed, bool certain, ClientLedger& ledger);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Step();
  void Print() const;  // what it waits for
  bool over() const { return fd_ < 0; }

 private:
  struct Expected {
    uint32_t id = 0;
    char shape = 'o';
    bool head_only = false, may_be_last = false;
  };

  void Ask();
  void Send();
  void Receive();
  void Check(bool ended, bool reset);
  void CheckAnswer(const Response& response, const Expected& expected);
  void Lose(const char* what);
  void End(bool reset);

  int fd_ = -1;
  Random random_;
  const bool certain_;
  ClientLedger& ledger_;

  // What it does beside asking and reading.
  bool patient_ = true;  // …nothing
  bool slow_ = false, garbage_ = false, half_closes_ = false;
  uint32_t leaves_in_ = 0;  // steps, 0: it stays
  bool leaves_by_reset_ = false;

  std::string out_;
  size_t sent_ = 0;
  bool fin_sent_ = false;
  std::string in_;
  std::deque<Expected> expected_;
  bool last_ = false;  // an answer said that no other follows
};

}  // namespace halfopen::harness
