#include "client/null_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace halfopen::client {
namespace {

constexpr int kBacklog = 4096;
constexpr int kBatch = 1024;
constexpr size_t kReceive = 1 << 16;
constexpr size_t kAnswersPerCall = 64;
constexpr uint8_t kWholeEnd = 4;  // "\r\n\r\n"

bool Watch(int epoll, int fd) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) == 0;
}

// The next state of a search for "\r\n\r\n" that has found `matched` bytes of it.
uint8_t Step(uint8_t matched, char byte) {
  const char wanted = matched % 2 == 0 ? '\r' : '\n';
  if (byte == wanted) return static_cast<uint8_t>(matched + 1);
  return byte == '\r' ? 1 : 0;
}

}  // namespace

NullServer::~NullServer() {
  if (epoll_ >= 0) close(epoll_);
  if (listener_ >= 0) close(listener_);
}

uint16_t NullServer::Listen() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (listener_ < 0 || epoll_ < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, kBacklog) != 0) return 0;
  if (getsockname(listener_, generic, &size) != 0 || !Watch(epoll_, listener_)) return 0;
  received_.resize(kReceive);
  return ntohs(address.sin_port);
}

void NullServer::Serve() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::array<epoll_event, kBatch> ready;
  for (;;) {
    const int count = epoll_wait(epoll_, ready.data(), kBatch, -1);
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<size_t>(i)].data.fd;
      if (fd == listener_)
        Accept();
      else
        Answer(fd);
    }
  }
}

// Sockets block when they send: the client reads all the time, and an answer that waits is one answer fewer
// in flight.
void NullServer::Accept() {
  for (int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); fd >= 0;
       fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto index = static_cast<size_t>(fd);
    if (matched_.size() <= index) matched_.resize(index + 1);
    matched_[index] = 0;
    if (!Watch(epoll_, fd)) close(fd);
  }
}

void NullServer::Answer(int fd) {
  const ssize_t got = recv(fd, received_.data(), received_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close(fd);
    return;
  }
  uint8_t& matched = matched_[static_cast<size_t>(fd)];
  size_t requests = 0;
  for (size_t i = 0; i < static_cast<size_t>(got); ++i) {
    matched = Step(matched, received_[i]);
    if (matched < kWholeEnd) continue;
    matched = 0;
    ++requests;
  }
  for (; requests > 0; requests -= std::min(requests, kAnswersPerCall)) {
    if (Send(fd, std::min(requests, kAnswersPerCall))) continue;
    close(fd);
    return;
  }
}

bool NullServer::Send(int fd, size_t times) {
  std::array<iovec, kAnswersPerCall> parts;
  for (size_t i = 0; i < times; ++i) parts[i] = {const_cast<char*>(response_.data()), response_.size()};
  size_t first = 0;
  while (first < times) {
    msghdr message{};
    message.msg_iov = &parts[first];
    message.msg_iovlen = times - first;
    const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    auto left = static_cast<size_t>(sent);
    while (first < times && left >= parts[first].iov_len) left -= parts[first++].iov_len;
    if (first < times) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
      parts[first].iov_len -= left;
    }
  }
  return true;
}

}  // namespace halfopen::client
