#include "test/harness/faulty_sys.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "common/clock.h"
#include "engine/sys.h"
#include "test/harness/scene.h"

namespace halfopen::harness {

thread_local Faults* Faults::current = nullptr;

void FaultCounts::Add(const FaultCounts& more) {
  short_reads += more.short_reads;
  short_writes += more.short_writes;
  again += more.again;
  interrupted += more.interrupted;
  spurious += more.spurious;
  reset += more.reset;
  accept += more.accept;
  watch += more.watch;
  other += more.other;
  memory += more.memory;
  jumps += more.jumps;
}

void FaultCounts::Print() const {
  std::printf("faults %" PRIu64 ": short reads %" PRIu64 ", short writes %" PRIu64 ", EAGAIN %" PRIu64 ", EINTR %" PRIu64
              ", spurious events %" PRIu64 ", ECONNRESET %" PRIu64 ", accept %" PRIu64 ", epoll_ctl %" PRIu64
              ", other calls %" PRIu64 ", no memory %" PRIu64 ", clock jumps %" PRIu64 "\n",
              sum(), short_reads, short_writes, again, interrupted, spurious, reset, accept, watch, other, memory, jumps);
}

namespace {

ssize_t FailWith(int error) {
  errno = error;
  return -1;
}

// The faults that reading and writing share. 0: none of them; else what the call returns, -1.
ssize_t Refuse(int fd, uint32_t edge) {
  Faults& f = *Faults::current;
  if (f.Mild(40)) {
    f.counts.interrupted++;
    return FailWith(EINTR);
  }
  if (f.Mild(20)) {
    f.counts.again++;
    f.Owe(fd, edge);
    return FailWith(EAGAIN);
  }
  if (f.Harsh(200)) {
    f.counts.reset++;
    return FailWith(f.random.Chance(4) ? ETIMEDOUT : ECONNRESET);
  }
  return 0;
}

}  // namespace
}  // namespace halfopen::harness

namespace halfopen::sys {

using harness::Faults;
using harness::Side;

ssize_t Receive(int fd, void* into, size_t size) {
  Faults& f = *Faults::current;
  if (harness::Refuse(fd, EPOLLIN) < 0) return -1;
  const bool cut = f.Mild(4);
  const ssize_t got = recv(fd, into, cut ? 1 + f.random.Below(static_cast<uint32_t>(std::min<size_t>(size, 100))) : size, 0);
  if (cut && got > 0) {
    f.counts.short_reads++;
    f.Owe(fd, EPOLLIN);
  }
  return got;
}

ssize_t Send(int fd, const void* bytes, size_t size) {
  Faults& f = *Faults::current;
  if (harness::Refuse(fd, EPOLLOUT) < 0) return -1;
  const bool cut = size > 1 && f.Mild(4);
  if (cut) {
    size = 1 + f.random.Below(static_cast<uint32_t>(size - 1));
    f.counts.short_writes++;
    f.Owe(fd, EPOLLOUT);
  }
  return send(fd, bytes, size, MSG_NOSIGNAL);
}

ssize_t SendVectors(int fd, const msghdr* message) {
  Faults& f = *Faults::current;
  if (message->msg_iovlen > 1 && f.Mild(4)) {  // the first vector at most
    const ssize_t sent = Send(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
    if (sent >= 0) f.Owe(fd, EPOLLOUT);
    return sent;
  }
  if (harness::Refuse(fd, EPOLLOUT) < 0) return -1;
  return sendmsg(fd, message, MSG_NOSIGNAL);
}

int Poll(int epoll, epoll_event* events, int most) {
  Faults& f = *Faults::current;
  if (f.Mild(50)) {
    f.counts.interrupted++;
    return static_cast<int>(harness::FailWith(EINTR));
  }
  int count = std::max(0, epoll_wait(epoll, events, most, 0));
  for (auto& [fd, watched] : f.keys) {
    const bool spurious = !watched.owed && f.Mild(500);
    if (spurious) f.counts.spurious++;
    if (count == most || (!spurious && !watched.owed)) continue;
    events[count].events = spurious ? static_cast<uint32_t>(EPOLLIN | EPOLLOUT) : watched.owed;
    events[count++].data.u64 = watched.key;
    watched.owed = 0;
  }
  return count;
}

int Accept(int listener, sockaddr_storage* peer) {
  Faults& f = *Faults::current;
  if (f.Mild(20)) {
    f.counts.interrupted++;
    return static_cast<int>(harness::FailWith(EINTR));
  }
  if (f.Harsh(20)) {
    constexpr int kErrors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED};
    f.counts.accept++;
    return static_cast<int>(harness::FailWith(kErrors[f.random.Below(5)]));
  }
  socklen_t size = sizeof *peer;
  const int fd = accept4(listener, reinterpret_cast<sockaddr*>(peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) f.open++;
  return fd;
}

int Watch(int epoll, int operation, int fd, uint32_t events, uint64_t key) {
  Faults& f = *Faults::current;
  if (operation == EPOLL_CTL_ADD && key != UINT64_MAX) {
    if (f.Harsh(50)) {
      f.counts.watch++;
      return static_cast<int>(harness::FailWith(ENOSPC));
    }
    const Side test = Side::Test();
    f.keys[fd] = {key, 0};
  }
  epoll_event interest{};
  interest.events = events;
  interest.data.u64 = key;
  return epoll_ctl(epoll, operation, fd, &interest);
}

int Shutdown(int fd) {
  if (Faults::current->Harsh(50)) {
    Faults::current->counts.other++;
    return static_cast<int>(harness::FailWith(ENOTCONN));
  }
  return shutdown(fd, SHUT_WR);
}

int Close(int fd) {
  Faults::current->keys.erase(fd);
  Faults::current->open--;
  return close(fd);
}

int SetOption(int fd, int level, int option, const void* value, socklen_t size) {
  return setsockopt(fd, level, option, value, size);
}

int GetOption(int fd, int level, int option, void* value, socklen_t size) {
  if (Faults::current->Harsh(20)) {
    Faults::current->counts.other++;
    return static_cast<int>(harness::FailWith(ENOBUFS));
  }
  return getsockopt(fd, level, option, value, &size);
}

int Unacked(int fd, int* bytes) { return ioctl(fd, SIOCOUTQ, bytes); }

int State(int fd, short events) {
  pollfd ask{fd, events, 0};
  return poll(&ask, 1, 0) > 0 ? ask.revents : 0;
}

uint64_t NowNs() { return MonotonicNs() + Faults::current->ahead_ns; }

}  // namespace halfopen::sys
