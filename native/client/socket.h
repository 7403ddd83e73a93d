// The system calls of the client, one plain function each. Nothing here knows HTTP or faults.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace halfopen::client {

// What the kernel says about a TCP socket. All zero when it does not answer.
struct KernelView {
  uint8_t state = 0;  // TCP_ESTABLISHED = 1 … TCP_CLOSING = 11
  uint32_t unacked = 0;
  uint32_t retransmits = 0;
  uint32_t segments_in = 0;
  uint32_t window = 0;      // last advertised by this side
  bool has_window = false;  // Linux ≥ 6.2
};

// Non-blocking, TCP_NODELAY; `receive_buffer` 0 leaves the system's own. -1 and errno on failure.
int OpenSocket(int family, uint32_t receive_buffer);
// 0 when done or under way, else errno.
int StartConnect(int fd, const sockaddr_storage& address, socklen_t size);
// True when the handshake is over already (common on loopback).
bool HandshakeDone(int fd);
// And clears it.
int PendingError(int fd);

KernelView AskKernel(int fd);
uint32_t UnreadBytes(int fd);
uint32_t GrantedReceiveBuffer(int fd);
// Segments that were dropped at the socket.
uint32_t DroppedSegments(int fd);

// close() that sends RST. False when the kernel refused the option; the socket is closed all the same.
bool CloseWithReset(int fd);
// The thread's sockets are in this network namespace from now on. 0 or errno; EPERM for the one it is in.
int EnterNetwork(const char* path);
// Takes down every link of the thread's network namespace but the loopback. 0 or errno.
int TakeLinksDown();
// A filter that drops every incoming segment, unanswered. 0 or errno (EPERM without CAP_NET_ADMIN).
int DropIncoming(int fd);

}  // namespace halfopen::client
