// Question: how many bytes does the engine copy for each byte of a response's body?
//
// The performance gate compiles it with the engine of either build, and prints four figures: chunks of 64 bytes and of 64 KiB,
// each with a kernel that takes all at once and with one that refuses all until it is asked again. Counted is what the linker
// finds as a call of memcpy or memmove (--wrap, and no built-in ones), while the engine writes: the engine itself keeps no
// such book. What the application's side copied into the arena before is not the engine's.
#include <errno.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/sys.h"

namespace {

uint64_t copied = 0;
bool counting = false;

}  // namespace

extern "C" {
void* __real_memcpy(void* to, const void* from, size_t size);
void* __real_memmove(void* to, const void* from, size_t size);
void* __wrap_memcpy(void* to, const void* from, size_t size) {
  if (counting) copied += size;
  return __real_memcpy(to, from, size);
}
void* __wrap_memmove(void* to, const void* from, size_t size) {
  if (counting) copied += size;
  return __real_memmove(to, from, size);
}
}

namespace {

constexpr int kFd = 1'000'000;  // a socket that is none
constexpr char kBodyByte = '~';  // in no head and no framing

// The one client: what it asks, and what it is sent.
struct Client {
  bool connecting = true;
  std::string asks = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  bool takes = true;
  uint32_t events = 0;
  uint64_t key = 0;
  uint64_t body = 0;  // bytes of it that have arrived
};
Client client;

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::exit(1);
}

}  // namespace

namespace halfopen::sys {

ssize_t Receive(int, void* into, size_t size) {
  if (client.asks.empty()) return errno = EAGAIN, -1;
  const size_t part = client.asks.copy(static_cast<char*>(into), size);
  client.asks.erase(0, part);
  return static_cast<ssize_t>(part);
}
ssize_t Send(int, const void* bytes, size_t size) {
  if (!client.takes) return errno = EAGAIN, -1;
  const char* from = static_cast<const char*>(bytes);
  client.body += static_cast<uint64_t>(std::count(from, from + size, kBodyByte));
  return static_cast<ssize_t>(size);
}
ssize_t SendVectors(int fd, const msghdr* message) {
  ssize_t sent = 0;
  for (size_t i = 0; i < message->msg_iovlen; i++) {
    const ssize_t taken = Send(fd, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    if (taken < 0) return -1;
    sent += taken;
  }
  return sent;
}
int Poll(int, epoll_event* events, int) {
  const uint32_t ready = client.connecting ? uint32_t{EPOLLIN} : client.events;
  if (!ready) return 0;
  events[0].events = ready;
  events[0].data.u64 = client.connecting ? UINT64_MAX : client.key;
  client.events = 0;
  return 1;
}
int Accept(int, sockaddr_storage* peer) {
  if (!client.connecting) return errno = EAGAIN, -1;
  client.connecting = false;
  std::memset(peer, 0, sizeof *peer);
  peer->ss_family = AF_INET;
  client.events = EPOLLIN;
  return kFd;
}
int Watch(int, int, int fd, uint32_t, uint64_t key) {
  if (fd == kFd) client.key = key;
  return 0;
}
int Shutdown(int) { return 0; }
int Close(int) { return 0; }
int SetOption(int, int, int, const void*, socklen_t) { return 0; }
int GetOption(int, int, int, void* value, socklen_t size) {
  std::memset(value, 0, size);
  return 0;
}
int Unacked(int, int* bytes) {
  *bytes = 0;
  return 0;
}
int State(int, short) { return 0; }
uint64_t NowNs() { return 1'000'000'000; }

}  // namespace halfopen::sys

namespace {

using namespace halfopen;

// Whether a head was defined: of one build it is told as a bool, of another as an errno.
[[maybe_unused]] bool Done(bool done) { return done; }
[[maybe_unused]] bool Done(int error) { return error == 0; }

// Answers one request with chunks, each in a flush of its own, as a stream gives them.
class Application final : public Host {
 public:
  Application() : engine_(Settings(), {control_, events_, commands_, arena_, heads_, bodies_, backlog_}, *this) {
    constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    Require(engine_.Init() == 0 && Done(engine_.DefineHead(kToken, kHead)), "an engine");
    while (seq_ == 0 && turns_++ < 100) engine_.Turn(false);
    Require(seq_ != 0, "a request is told");
  }

  void Head() { Record(kOpHead | kModKeep)[5] = kToken; }
  void Chunk(const std::string& bytes, bool by_reference) {
    int32_t* record = Record(by_reference ? kOpRef : kOpData);
    if (!by_reference) {
      bytes.copy(arena_.data(), bytes.size());
      record[3] = 0;
      record[4] = static_cast<int32_t>(bytes.size());
      control_[kArenaUsed] = static_cast<uint32_t>(bytes.size());
    }
    counting = true;
    engine_.Flush(by_reference ? std::span<const char>(bytes) : std::span<const char>());
    counting = false;
  }
  void Drain() {
    client.takes = true;
    for (int i = 0; i < 100 && backlog_[slot_] > 0; i++) {
      client.events = EPOLLOUT;
      counting = true;
      engine_.Turn(false);
      counting = false;
    }
  }
  void End() {
    Record(kOpEnd);
    counting = true;
    engine_.Flush({});
    counting = false;
  }

  bool Deliver(uint32_t count) override {
    for (uint32_t i = 0; i < count; i++) {
      const int32_t* record = &events_[size_t{i} * kEventInts];
      if (static_cast<Event>(record[0]) != Event::kRequest) continue;
      slot_ = static_cast<uint32_t>(record[1]);
      seq_ = record[2];
    }
    return true;
  }
  bool Quiet() override { return true; }

 private:
  static constexpr int32_t kToken = 1;
  static Options Settings() {
    Options options;
    options.gather_us = 0;
    options.max_connections = 64;
    return options;
  }
  int32_t* Record(int32_t ops) {
    int32_t* record = &commands_[size_t{control_[kCommandCount]++} * kCommandInts];
    std::fill(record, record + kCommandInts, 0);
    record[0] = ops;
    record[1] = static_cast<int32_t>(slot_);
    record[2] = seq_;
    return record;
  }

  uint32_t control_[kControlCells] = {};
  std::vector<int32_t> events_ = std::vector<int32_t>(512 * kEventInts), commands_ = std::vector<int32_t>(64 * kCommandInts);
  std::vector<char> arena_ = std::vector<char>(256 * 1024), heads_ = arena_, bodies_ = arena_;
  std::vector<uint32_t> backlog_ = std::vector<uint32_t>(192);
  Engine engine_;
  uint32_t slot_ = 0;
  int32_t seq_ = 0;
  int turns_ = 0;
};

// Bytes copied for each byte of a body of `chunks` chunks.
double CopiedPerByte(size_t size, int chunks, bool by_reference, bool refused) {
  client = {};
  copied = 0;
  Application application;
  client.takes = !refused;
  const std::string chunk(size, kBodyByte);
  application.Head();
  for (int i = 0; i < chunks; i++) application.Chunk(chunk, by_reference);
  application.End();
  application.Drain();
  const uint64_t body = size * static_cast<uint64_t>(chunks);
  Require(client.body == body, "the client has the whole body");
  return static_cast<double>(copied) / static_cast<double>(body);
}

}  // namespace

int main() {
  constexpr size_t kSmall = 64, kLarge = 64 * 1024;
  std::printf("small %.6f\n", CopiedPerByte(kSmall, 256, false, false));
  std::printf("small_refused %.6f\n", CopiedPerByte(kSmall, 256, false, true));
  std::printf("large %.6f\n", CopiedPerByte(kLarge, 16, true, false));
  std::printf("large_refused %.6f\n", CopiedPerByte(kLarge, 16, true, true));
  return 0;
}
