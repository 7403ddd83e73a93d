// Listening, accepting, and the slots that connections live in.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <new>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr uint64_t kListenerKey = UINT64_MAX;
constexpr int kAcceptBatch = 16;          // connections taken a turn: their first requests are the next one's work
constexpr uint32_t kFullPauseMs = 100;    // when as many connections are open as may be
constexpr uint32_t kSlotsAtOnce = 64;
constexpr uint32_t kLastChanceMs = 1000;     // for the first request of a connection, when the server stops

bool Set(int fd, int level, int option, uint32_t value) {
  const int number = static_cast<int>(value);
  return setsockopt(fd, level, option, &number, sizeof number) == 0;
}

// Linux hands these on to accepted sockets, which saves a system call each per connection.
bool SetInherited(int fd, const Options& options) {
  return Set(fd, IPPROTO_TCP, TCP_NODELAY, 1) && Set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
         Set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (options.probe_idle_ms + 999) / 1000) &&
         Set(fd, IPPROTO_TCP, TCP_KEEPINTVL, (options.probe_interval_ms + 999) / 1000) &&
         Set(fd, IPPROTO_TCP, TCP_KEEPCNT, options.probe_count) &&
         Set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, options.notsent_lowat);
}

}  // namespace

int Engine::Listen(const char* host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  addrinfo* found = nullptr;
  if (getaddrinfo(host, service, &hints, &found) != 0 || !found) return EADDRNOTAVAIL;
  int error = 0;
  listener_ = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0 || !Set(listener_, SOL_SOCKET, SO_REUSEADDR, 1) ||
      (options_.reuse_port && !Set(listener_, SOL_SOCKET, SO_REUSEPORT, 1)) ||
      !SetInherited(listener_, options_) || bind(listener_, found->ai_addr, found->ai_addrlen) != 0 ||
      listen(listener_, static_cast<int>(options_.backlog)) != 0)
    error = errno;
  freeaddrinfo(found);
  if (!error) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
    const bool v6 = bound.ss_family == AF_INET6;
    const auto* in4 = reinterpret_cast<sockaddr_in*>(&bound);
    const auto* in6 = reinterpret_cast<sockaddr_in6*>(&bound);
    port_ = ntohs(v6 ? in6->sin6_port : in4->sin_port);
    inet_ntop(bound.ss_family, v6 ? static_cast<const void*>(&in6->sin6_addr) : &in4->sin_addr, address_,
              sizeof address_);
    // Level-triggered: a bounded batch a turn loses nothing.
    if (sys::Watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN, kListenerKey) != 0) error = errno;
  }
  if (error && listener_ >= 0) {
    close(listener_);
    listener_ = -1;
  }
  return error;
}

void Engine::Accept() {
  for (int i = 0; i < kAcceptBatch || draining_; i++) {
    if (stats_.connections >= crowded_) Reap(stats_.connections - crowded_ + 1);
    if (stats_.connections >= options_.max_connections) {
      stats_.accept_full++;
      return PauseAccept(kFullPauseMs);
    }
    sockaddr_storage peer{};
    const int fd = sys::Accept(listener_, &peer);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return OnExhausted(errno);
      next_pause_ms_ = options_.accept_pause_ms;  // the queue is empty: what comes next is another storm
      return;
    }
    if (!Adopt(fd, peer)) sys::Close(fd);
  }
}

Connection* Engine::Adopt(int fd, const sockaddr_storage& peer) {
  if (free_slots_.empty()) {
    if (slots_ + kSlotsAtOnce > shared_.backlog.size()) return nullptr;
    std::unique_ptr<Connection[]> page(new (std::nothrow) Connection[kPage]);
    if (!page) return nullptr;
    pages_.push_back(std::move(page));
    for (uint32_t i = kPage; i-- > 0;) {
      pages_.back()[i].slot = slots_ + i;
      pages_.back()[i].seq_out = 1;
      free_slots_.push_back(slots_ + i);
    }
    slots_ += kPage;
    retries_.Grow(slots_);
    deadlines_.Grow(slots_);
  }
  Connection& c = At(free_slots_.back());
  // Registered once for all: blocking and unblocking cost no system call.
  constexpr uint32_t kAll = EPOLLIN | EPOLLOUT | EPOLLRDHUP | static_cast<uint32_t>(EPOLLET);
  if (sys::Watch(epoll_, EPOLL_CTL_ADD, fd, kAll, uint64_t{c.generation} << 32 | c.slot) != 0) return nullptr;
  free_slots_.pop_back();
  c.fd = fd;
  c.phase = Phase::kOpen;
  c.peer_family = static_cast<uint8_t>(peer.ss_family);
  if (peer.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(peer);
    std::memcpy(c.peer_address, &in6.sin6_addr, 16);
    c.peer_port = ntohs(in6.sin6_port);
  } else {
    const auto& in4 = reinterpret_cast<const sockaddr_in&>(peer);
    std::memcpy(c.peer_address, &in4.sin_addr, 4);
    c.peer_port = ntohs(in4.sin_port);
  }
  stats_.accepted++;
  stats_.connections++;
  SetDeadline(c, kFirstByte, options_.first_byte_ms);
  return &c;
}

void Engine::Drain() {
  if (draining_) return;
  draining_ = true;
  // What waits in the accept queue would be reset with the listener: it is served instead.
  if (listener_ >= 0) {
    Accept();
    close(listener_);
    listener_ = -1;
  }
  for (uint32_t slot = 0; slot < slots_; slot++) {
    Connection& c = At(slot);
    if (c.phase != Phase::kOpen) continue;
    c.readable = true;
    Read(c);  // a request that is already there is still answered
    if (c.phase != Phase::kOpen || !Idle(c) || c.unread) continue;
    // A client that has just connected has its request on the way.
    if (c.served) CloseGently(c);
    else SetDeadline(c, kFirstByte, kLastChanceMs);
  }
  FreeClosed();
}

void Engine::ResetAll() {
  for (uint32_t slot = 0; slot < slots_; slot++) {
    Connection& c = At(slot);
    if (c.fd < 0) continue;
    // Its last response is whole in the kernel and was told so: a reset would take it back from a client that still reads.
    if (c.phase == Phase::kLingering) {
      Close(c);
      continue;
    }
    if (!Idle(c)) stats_.cut_drain++;
    Fail(c, Gone::kShutdown, 0);
  }
  FreeClosed();
}

}  // namespace halfopen
