#include "test/fuzz/memory_sys.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>

#include "engine/sys.h"
#include "test/fuzz/input.h"

namespace halfopen::sys {

using test::MemorySocket;
using test::net;

namespace {

MemorySocket& Of(int fd) {
  const auto found = net.sockets.find(fd);
  test::Require(found != net.sockets.end() && !found->second.closed, "no call for a closed descriptor");
  return found->second;
}

}  // namespace

ssize_t Receive(int fd, void* into, size_t size) {
  MemorySocket& socket = Of(fd);
  test::Require(size > 0, "room for what is received");
  if (socket.in.empty() && socket.fin) return 0;
  if (socket.in.empty()) return errno = EAGAIN, -1;
  const size_t part = socket.in.copy(static_cast<char*>(into), size);
  socket.in.erase(0, part);
  return static_cast<ssize_t>(part);
}

ssize_t Send(int fd, const void* bytes, size_t size) {
  MemorySocket& socket = Of(fd);
  test::Require(!socket.shut, "nothing is sent behind a FIN");
  if (socket.fails) return errno = socket.fails, -1;
  if (socket.room == 0) return errno = EAGAIN, -1;
  const size_t part = std::min(size, socket.room);
  socket.out.append(static_cast<const char*>(bytes), part);
  socket.room -= part;
  return static_cast<ssize_t>(part);
}

ssize_t SendVectors(int fd, const msghdr* message) {
  ssize_t sent = 0;
  for (size_t i = 0; i < message->msg_iovlen; i++) {
    const iovec& each = message->msg_iov[i];
    const ssize_t taken = Send(fd, each.iov_base, each.iov_len);
    if (taken < 0) return sent > 0 ? sent : -1;
    sent += taken;
    if (static_cast<size_t>(taken) < each.iov_len) break;
  }
  return sent;
}

int Poll(int, epoll_event* events, int most) {
  int count = 0;
  if (net.connecting >= 0) {
    events[count].events = EPOLLIN;
    events[count++].data.u64 = UINT64_MAX;
  }
  for (auto& [fd, socket] : net.sockets) {
    if (count == most || socket.closed || !socket.events) continue;
    events[count].events = socket.events;
    events[count++].data.u64 = socket.key;
    socket.events = 0;
  }
  return count;
}

int Accept(int, sockaddr_storage* peer) {
  if (net.connecting < 0) return errno = EAGAIN, -1;
  memset(peer, 0, sizeof *peer);
  peer->ss_family = AF_INET;
  const int fd = net.connecting;
  net.connecting = -1;
  net.sockets[fd] = {};
  return fd;
}

int Watch(int, int, int fd, uint32_t, uint64_t key) {
  if (key != UINT64_MAX) Of(fd).key = key;
  return 0;
}
int Shutdown(int fd) {
  Of(fd).shut = true;
  return 0;
}
int Close(int fd) {
  Of(fd).closed = true;
  return 0;
}
int SetOption(int fd, int level, int option, const void*, socklen_t) {
  if (level == SOL_SOCKET && option == SO_LINGER) Of(fd).reset = true;
  return 0;
}
int GetOption(int, int, int, void* value, socklen_t size) {
  memset(value, 0, size);
  return 0;
}
int Unacked(int, int* bytes) {
  *bytes = 0;
  return 0;
}
// Of a socket, or of the epoll descriptor: whether a poll would tell anything.
int State(int fd, short) {
  const auto waits = [](const auto& each) { return !each.second.closed && each.second.events; };
  if (!net.sockets.contains(fd)) return net.connecting >= 0 || std::ranges::any_of(net.sockets, waits) ? POLLIN : 0;
  return Of(fd).fin ? POLLRDHUP : 0;
}
uint64_t NowNs() { return net.now_ns; }

}  // namespace halfopen::sys
