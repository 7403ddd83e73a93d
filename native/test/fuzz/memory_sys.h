// The system calls of engine/sys.h on sockets that are plain memory: no kernel, no time but what the input says.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace halfopen::test {

struct MemorySocket {
  std::string in;              // sent by the client, not received yet
  std::string out;             // all that the engine ever sent
  size_t room = SIZE_MAX;      // bytes the engine may still send
  int fails = 0;               // errno of whatever is sent from now on, 0: none
  bool fin = false;            // behind `in`
  bool shut = false, closed = false, reset = false;  // by the engine
  uint64_t key = 0;
  uint32_t events = 0;  // to be told at the next poll
};

struct MemoryNet {
  std::map<int, MemorySocket> sockets;
  int connecting = -1;  // a descriptor for the next accept
  uint64_t now_ns = 0;
};
inline MemoryNet net;

}  // namespace halfopen::test
