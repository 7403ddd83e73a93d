#include "client/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace halfopen::client {
namespace {

constexpr size_t kAnswerBytes = 64 * 1024;
constexpr uint32_t kAllStates = 0xfff;
// Indices into INET_DIAG_SKMEMINFO, SK_MEMINFO_* in linux/sock_diag.h.
constexpr size_t kReceive = 0, kReserved = 4, kQueued = 5, kOptions = 6, kWanted = 7;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 about;
};

int Ask(int fd, uint8_t family, uint16_t port) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.about.sdiag_family = family;
  request.about.sdiag_protocol = IPPROTO_TCP;
  request.about.idiag_states = kAllStates;
  request.about.idiag_ext = (1 << (INET_DIAG_INFO - 1)) | (1 << (INET_DIAG_SKMEMINFO - 1));
  request.about.id.idiag_sport = htons(port);
  return send(fd, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request) ? 0 : errno;
}

SocketView Read(const inet_diag_msg& message, const rtattr* attribute, int left) {
  SocketView view;
  view.state = message.idiag_state;
  view.timer = message.idiag_timer;
  view.remote_port = ntohs(message.id.idiag_dport);
  view.receive_queue = message.idiag_rqueue;
  view.send_queue = message.idiag_wqueue;
  view.retransmits = message.idiag_retrans;
  view.inode = message.idiag_inode;
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    const size_t size = RTA_PAYLOAD(attribute);
    if (attribute->rta_type == INET_DIAG_INFO && size >= offsetof(tcp_info, tcpi_notsent_bytes) + 4) {
      std::memcpy(&view.unsent,
                  static_cast<const char*>(RTA_DATA(attribute)) + offsetof(tcp_info, tcpi_notsent_bytes),
                  sizeof view.unsent);
    }
    if (attribute->rta_type == INET_DIAG_SKMEMINFO && size >= kWanted * sizeof(uint32_t)) {
      uint32_t memory[kWanted];
      std::memcpy(memory, RTA_DATA(attribute), sizeof memory);
      view.memory = memory[kReceive] + memory[kReserved] + memory[kQueued] + memory[kOptions];
    }
  }
  return view;
}

// One dump, to its end. 0 or errno.
int Collect(int fd, uint16_t port, std::vector<SocketView>* found) {
  alignas(nlmsghdr) static thread_local char answer[kAnswerBytes];
  for (;;) {
    const ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return EPIPE;
    auto left = static_cast<uint32_t>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(answer); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return 0;
      if (header->nlmsg_type == NLMSG_ERROR) {
        const auto* failed = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
        return failed->error != 0 ? -failed->error : EIO;
      }
      if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
          header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
        continue;
      const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
      if (ntohs(message->id.idiag_sport) != port) continue;
      const auto size = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
      found->push_back(Read(*message, reinterpret_cast<const rtattr*>(message + 1), size));
    }
  }
}

}  // namespace

int SocketsOf(uint16_t port, std::vector<SocketView>* found) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return errno;
  // The kernel answers in the calling thread; a wait would mean that it never does.
  const timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  int error = 0;
  for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    error = Ask(fd, family, port);
    if (error == 0) error = Collect(fd, port, found);
    if (error != 0 && family == AF_INET6) error = 0;  // a kernel without IPv6
    if (error != 0) break;
  }
  close(fd);
  return error;
}

}  // namespace halfopen::client
