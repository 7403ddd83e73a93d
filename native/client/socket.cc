#include "client/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

namespace halfopen::client {

int OpenSocket(int family, uint32_t receive_buffer) {
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return -1;
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (receive_buffer != 0) {
    // Before connect, because the window scale is settled in the handshake.
    const int size = static_cast<int>(receive_buffer);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  return fd;
}

int StartConnect(int fd, const sockaddr_storage& address, socklen_t size) {
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 || errno == EINPROGRESS) return 0;
  return errno;
}

bool HandshakeDone(int fd) {
  pollfd ask{fd, POLLOUT, 0};
  return poll(&ask, 1, 0) == 1 && ask.revents == POLLOUT;
}

int PendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

KernelView AskKernel(int fd) {
  // tcpi_rcv_wnd follows tcpi_snd_wnd since Linux 6.2; the C library's header may be older than the kernel.
  constexpr size_t kWindowAt = offsetof(tcp_info, tcpi_snd_wnd) + sizeof(uint32_t);
  alignas(tcp_info) unsigned char raw[512] = {};
  socklen_t size = sizeof raw;
  KernelView view;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, raw, &size) != 0) return view;
  tcp_info info{};
  std::memcpy(&info, raw, sizeof info);
  view.state = info.tcpi_state;
  view.unacked = info.tcpi_unacked;
  view.retransmits = info.tcpi_total_retrans;
  view.segments_in = info.tcpi_segs_in;
  if (size >= kWindowAt + sizeof view.window) {
    std::memcpy(&view.window, raw + kWindowAt, sizeof view.window);
    view.has_window = true;
  }
  return view;
}

uint32_t UnreadBytes(int fd) {
  int unread = 0;
  return ioctl(fd, FIONREAD, &unread) == 0 && unread > 0 ? static_cast<uint32_t>(unread) : 0;
}

uint32_t GrantedReceiveBuffer(int fd) {
  int granted = 0;
  socklen_t size = sizeof granted;
  return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size) == 0 ? static_cast<uint32_t>(granted) : 0;
}

uint32_t DroppedSegments(int fd) {
  constexpr size_t kDrops = 8;  // SK_MEMINFO_DROPS in linux/sock_diag.h
  uint32_t counters[16] = {};
  socklen_t size = sizeof counters;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, counters, &size) != 0) return 0;
  return size > kDrops * sizeof counters[0] ? counters[kDrops] : 0;
}

bool CloseWithReset(int fd) {
  const linger now{1, 0};
  const bool set = setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0;
  return close(fd) == 0 && set;
}

int EnterNetwork(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  struct stat here {
  }, there{};
  // A client in the machine's own network could take that down.
  const bool same =
      stat("/proc/thread-self/ns/net", &here) != 0 || fstat(fd, &there) != 0 || here.st_ino == there.st_ino;
  const int error = same ? EPERM : (setns(fd, CLONE_NEWNET) == 0 ? 0 : errno);
  close(fd);
  return error;
}

int TakeLinksDown() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int error = ENODEV;
  for (unsigned index = 1; index < 64 && (error == 0 || error == ENODEV); ++index) {
    ifreq link{};
    if (if_indextoname(index, link.ifr_name) == nullptr) continue;
    if (ioctl(fd, SIOCGIFFLAGS, &link) != 0 || (link.ifr_flags & IFF_LOOPBACK)) continue;
    link.ifr_flags = static_cast<short>(link.ifr_flags & ~IFF_UP);
    error = ioctl(fd, SIOCSIFFLAGS, &link) == 0 ? 0 : errno;
  }
  close(fd);
  return error;
}

int DropIncoming(int fd) {
  sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &drop_all};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : errno;
}

}  // namespace halfopen::client
