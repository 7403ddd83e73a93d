// A server that does nothing but receive and send: what a load generator can see at most. It parses nothing;
// every empty line is the end of a request and is answered with the same bytes, all requests of one segment
// in one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halfopen::client {

class NullServer {
 public:
  explicit NullServer(std::string response) : response_(std::move(response)) {}
  ~NullServer();
  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

  // On loopback, at a port of the kernel's choice; 0 when that cannot be.
  [[nodiscard]] uint16_t Listen();
  // Serves until the process ends, which it does with its parent.
  void Serve();

 private:
  void Accept();
  void Answer(int fd);
  bool Send(int fd, size_t times);

  const std::string response_;
  int listener_ = -1;
  int epoll_ = -1;
  std::vector<uint8_t> matched_;  // by descriptor: how much of "\r\n\r\n" the last segment ended with
  std::vector<char> received_;
};

}  // namespace halfopen::client
