// Clients of an engine under test, on real sockets.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace halfopen::test {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

// Connected as soon as the kernel has it in the listener's queue. -1: it could not be.
inline int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
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
  Clients(uint16_t port, size_t count) {
    for (size_t i = 0; i < count; i++) fds_.push_back(Connect(port));
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
