// The system calls of the hot path, made directly: libc's wrappers of these are cancellation points, which costs two
// atomic operations a call in a process with threads. Results and errno are those of the wrappers.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace halfopen::sys {

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

}  // namespace halfopen::sys
