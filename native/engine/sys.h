// The system calls of the engine, one function each. Those of the hot path are made directly: libc's wrappers of these are
// cancellation points, which costs two atomic operations a call in a process with threads. Results and errno are those
// of the wrappers.
//
// With HALFOPEN_FAULTY_SYS the functions are only declared: a test harness defines them, and lets them fail.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdint>

#ifndef HALFOPEN_FAULTY_SYS
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#endif

namespace halfopen::sys {

#ifdef HALFOPEN_FAULTY_SYS

ssize_t Receive(int fd, void* into, size_t size);
ssize_t Send(int fd, const void* bytes, size_t size);
ssize_t SendVectors(int fd, const msghdr* message);
int Poll(int epoll, epoll_event* events, int most);
int Accept(int listener, sockaddr_storage* peer);
int Watch(int epoll, int operation, int fd, uint32_t events, uint64_t key);
int Shutdown(int fd);
int Close(int fd);
int SetOption(int fd, int level, int option, const void* value, socklen_t size);
int GetOption(int fd, int level, int option, void* value, socklen_t size);
int Unacked(int fd, int* bytes);
int State(int fd, short events);
uint64_t NowNs();

#else

inline ssize_t Receive(int fd, void* into, size_t size) {
  return syscall(SYS_recvfrom, fd, into, size, 0, nullptr, nullptr);
}
inline ssize_t Send(int fd, const void* bytes, size_t size) {
  return syscall(SYS_sendto, fd, bytes, size, MSG_NOSIGNAL, nullptr, 0);
}
inline ssize_t SendVectors(int fd, const msghdr* message) { return syscall(SYS_sendmsg, fd, message, MSG_NOSIGNAL); }
// What is ready now; never waits.
inline int Poll(int epoll, epoll_event* events, int most) {
  return static_cast<int>(syscall(SYS_epoll_pwait, epoll, events, most, 0, nullptr, 0));
}
inline int Accept(int listener, sockaddr_storage* peer) {
  socklen_t size = sizeof *peer;
  return accept4(listener, reinterpret_cast<sockaddr*>(peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
// `operation`: EPOLL_CTL_ADD or EPOLL_CTL_MOD; `key` comes back with the events.
inline int Watch(int epoll, int operation, int fd, uint32_t events, uint64_t key) {
  epoll_event interest{};
  interest.events = events;
  interest.data.u64 = key;
  return epoll_ctl(epoll, operation, fd, &interest);
}
// Sends our FIN; the client's bytes can still be read.
inline int Shutdown(int fd) { return shutdown(fd, SHUT_WR); }
inline int Close(int fd) { return close(fd); }
inline int SetOption(int fd, int level, int option, const void* value, socklen_t size) {
  return setsockopt(fd, level, option, value, size);
}
inline int GetOption(int fd, int level, int option, void* value, socklen_t size) {
  return getsockopt(fd, level, option, value, &size);
}
// Bytes written that the client has not acknowledged.
inline int Unacked(int fd, int* bytes) { return ioctl(fd, SIOCOUTQ, bytes); }
// Which of `events` (and POLLERR, POLLHUP) hold at this moment.
inline int State(int fd, short events) {
  pollfd ask{fd, events, 0};
  return poll(&ask, 1, 0) > 0 ? ask.revents : 0;
}
inline uint64_t NowNs() { return MonotonicNs(); }

#endif

}  // namespace halfopen::sys
