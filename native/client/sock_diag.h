// What the kernel says about the sockets of a local TCP port, whoever owns them: sock_diag(7).
#pragma once

#include <cstdint>
#include <vector>

namespace halfopen::client {

struct SocketView {
  uint8_t state = 0;  // TCP_ESTABLISHED = 1 … TCP_CLOSING = 11
  uint8_t timer = 0;  // 0 none, 1 retransmit, 2 keep-alive, 3 TIME_WAIT, 4 zero-window probe
  uint16_t remote_port = 0;
  uint32_t receive_queue = 0;  // bytes unread; of a listener: connections to be accepted
  uint32_t send_queue = 0;     // bytes not acknowledged, unsent ones included; of a listener: its backlog
  uint32_t unsent = 0;         // of them never sent yet
  uint32_t memory =
      0;  // bytes that the kernel holds for it: both queues with their overhead, and what is reserved
  uint32_t retransmits = 0;  // in a row, now
  uint32_t inode = 0;        // 0: no process has it any more
};

// Every TCP socket, IPv4 and IPv6, whose own port is `port`. 0 or errno.
int SocketsOf(uint16_t port, std::vector<SocketView>* found);

}  // namespace halfopen::client
