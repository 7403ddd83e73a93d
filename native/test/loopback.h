// An engine under test on real sockets: the arrays that its application shares with it, and its clients.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace halfopen::test {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

// The application is the test's own: what is delivered, and what is written.
class Loopback : public Host {
 public:
  static constexpr uint32_t kSlots = 512, kCommands = 1024;

  explicit Loopback(const Options& options)
      : engine(options, {control_.data(), events_, commands_, arena_, heads_, bodies_, backlog_}, *this) {}

  bool Start() { return engine.Init() == 0 && engine.Listen("127.0.0.1", 0) == 0; }
  bool Quiet() override { return true; }

 protected:
  const int32_t* event(uint32_t at) const { return &events_[size_t{at} * kEventInts]; }
  // Adds a command. `bytes`: of a body or a head, copied.
  void Command(int32_t ops, int32_t slot, int32_t seq, int32_t argument, std::string_view bytes = {}) {
    const uint32_t at = control_[kCommandCount]++, used = control_[kArenaUsed];
    std::copy(bytes.begin(), bytes.end(), &arena_[used]);
    control_[kArenaUsed] += static_cast<uint32_t>(bytes.size());
    const int32_t record[kCommandInts] = {ops, slot, seq, static_cast<int32_t>(used), static_cast<int32_t>(bytes.size()), argument};
    std::copy(record, record + kCommandInts, &commands_[size_t{at} * kCommandInts]);
  }
  uint32_t backlog(int32_t slot) const { return backlog_[static_cast<size_t>(slot)]; }

 private:
  std::vector<uint32_t> control_ = std::vector<uint32_t>(kControlCells), backlog_ = std::vector<uint32_t>(kSlots);
  std::vector<int32_t> events_ = std::vector<int32_t>(512 * kEventInts), commands_ = std::vector<int32_t>(kCommands * kCommandInts);
  std::vector<char> arena_ = std::vector<char>(65'536), heads_ = std::vector<char>(262'144), bodies_ = std::vector<char>(262'144);

 public:
  Engine engine;  // behind the arrays, which it refers to
};

// Connected as soon as the kernel has it in the listener's queue. -1: it could not be.
// `receive_buffer`: bytes, 0: as usual.
inline int Connect(uint16_t port, int receive_buffer) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

class Clients {
 public:
  Clients(uint16_t port, size_t count, int receive_buffer = 0) {
    for (size_t i = 0; i < count; i++) fds_.push_back(Connect(port, receive_buffer));
  }
  ~Clients() {
    for (const int fd : fds_) close(fd);
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  bool Ask(size_t at) const {
    return send(fds_[at], kRequest.data(), kRequest.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kRequest.size());
  }
  // What has come since the last time.
  std::string Read(size_t at) const {
    std::string text;
    char part[4096];
    for (ssize_t got; (got = recv(fds_[at], part, sizeof part, MSG_DONTWAIT)) > 0;) text.append(part, static_cast<size_t>(got));
    return text;
  }

 private:
  std::vector<int> fds_;
};

}  // namespace halfopen::test
