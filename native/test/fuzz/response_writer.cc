// Whatever an application does to its responses, in whatever parts the socket takes them: does an independent reader get
// back what was written, in order, and never a whole response where the application broke off?
#include <errno.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "test/fuzz/input.h"
#include "test/fuzz/memory_sys.h"
#include "test/harness/response_reader.h"

namespace {

using namespace halfopen;
using test::net;
using test::Require;

constexpr int kFd = 1000;
constexpr uint32_t kToken = 3;
constexpr size_t kCommands = 24, kArena = 4096;

// The input as a row of decisions; zeros when it is used up.
class Decisions {
 public:
  explicit Decisions(std::string_view bytes) : bytes_(bytes) {}
  uint32_t Below(uint32_t end) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte % end;
  }
  bool Yes() { return Below(2) == 1; }
  // Of bodies: mostly small, now and then beyond every buffer.
  size_t Size() {
    constexpr size_t kSizes[] = {0, 1, 2, 15, 16, 17, 100, 255, 256, 1000, 4000, 16'384, 40'000, 70'000};
    return kSizes[Below(std::size(kSizes))];
  }

 private:
  std::string_view bytes_;
};

struct Request {
  bool head_only = false, http11 = true, keep = true;
  std::string text;
};

// What one exchange was given, as its client should read it.
struct Response {
  std::string body;
  bool head_only = false, ended = false, aborted = false;
  size_t length = SIZE_MAX;  // its Content-Length, if the application gave one
};

class Writer final : public Host {
 public:
  Writer(const Options& options, Decisions decisions)
      : decisions_(decisions), control_(kControlCells), backlog_(192), events_(128 * kEventInts),
        commands_(kCommands * kCommandInts), arena_(kArena), heads_(64 * 1024), bodies_(64 * 1024),
        engine_(options, {control_.data(), events_, commands_, arena_, heads_, bodies_, backlog_}, *this) {
    Require(engine_.DefineHead(kToken, std::string_view("HTTP/1.1 200 OK\r\nServer: fuzz\r\n")), "a head is defined");
  }

  bool Deliver(uint32_t count) override {
    for (uint32_t i = 0; i < count; i++) {
      const int32_t* record = &events_[size_t{i} * kEventInts];
      if (record[0] == static_cast<int32_t>(Event::kRequest)) waiting_.push_back({record[1], record[2], record[3]});
      if (record[0] == static_cast<int32_t>(Event::kGone)) gone_ = true;
    }
    return true;
  }
  bool Quiet() override { return false; }

  void Turn() {
    engine_.Turn(false);
    if (decisions_.Yes()) engine_.FlushBeforeTurn();
    else engine_.Flush({});
  }
  // Answers what was asked; `requests` are those that were sent.
  void Answer(const std::vector<Request>& requests) {
    for (; !waiting_.empty() && !gone_; waiting_.pop_front()) {
      Require(responses.size() < requests.size(), "no request told that was not sent");
      const Request& request = requests[responses.size()];
      const bool http11 = waiting_.front().flags & kHttp11, keep = waiting_.front().flags & kKeepAlive;
      Require(http11 == request.http11 && keep == request.keep, "version and persistence as sent");
      Write(request);
    }
  }
  void Close() { engine_.ResetAll(); }
  std::vector<Response> responses;

 private:
  struct Told {
    int32_t slot, seq, flags;
  };

  void Write(const Request& request) {
    Response& response = responses.emplace_back();
    response.head_only = request.head_only;
    std::vector<size_t> sizes(decisions_.Below(5));
    size_t total = 0;
    for (size_t& size : sizes) total += size = decisions_.Size();
    const size_t breaks_at = decisions_.Below(8) == 7 ? decisions_.Below(5) : SIZE_MAX;
    int32_t* record = Head(request, total, response);
    for (size_t i = 0; i < sizes.size() && !request.head_only; i++) {
      if (i == breaks_at) return Break(response);
      record = Body(record, sizes[i], i, response);
      Between();
    }
    if (breaks_at <= 4) return Break(response);
    // An end may stand in the record of the last bytes, if that still waits, or alone.
    if (!Waits(record) || decisions_.Yes()) record = Record(0);
    record[0] |= kOpEnd | (decisions_.Yes() ? static_cast<int32_t>(kModNotify) : 0);
    response.ended = true;
    if (decisions_.Yes()) engine_.Flush({});
  }

  int32_t* Head(const Request& request, size_t total, Response& response) {
    int32_t ops = (request.keep ? kModKeep : 0) | (request.http11 ? 0 : kModHttp10) | (request.head_only ? kModNoBody : 0);
    if (decisions_.Yes()) {
      int32_t* record = Record(kOpHead | ops);
      record[5] = kToken;
      return record;
    }
    std::string head = "HTTP/1.1 200 OK\r\nX-Id: " + std::to_string(responses.size()) + "\r\n";
    if (decisions_.Yes()) {
      response.length = total;
      head += "Content-Length: " + std::to_string(total) + "\r\n";
      ops |= kModFramed;
    }
    if (decisions_.Yes()) {
      head += "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
      ops |= kModDated;
    }
    return Text(kOpHeadRaw | ops, head);
  }

  // `record`: the one before. Bytes may stand in it when it holds a defined head and nothing was flushed since.
  int32_t* Body(int32_t* record, size_t size, size_t nth, Response& response) {
    std::string bytes(size, static_cast<char>('a' + nth));
    if (size > 0) bytes.back() = '\n';
    response.body += bytes;
    if (size > kArena / 2 || decisions_.Below(6) == 5) {
      int32_t* reference = Record(kOpRef);
      engine_.Flush(bytes);
      return reference;
    }
    const int32_t many = decisions_.Yes() ? static_cast<int32_t>(kModMany) : 0;
    const bool joins = Waits(record) && (record[0] & kOpHead) && !(record[0] & kOpData) && control_[kArenaUsed] + size <= kArena;
    if (!joins) return Text(kOpData | many, bytes);
    record[0] |= kOpData | many;
    Place(record, bytes);
    return record;
  }

  // What happens while a response is under way: the loop turns, the client reads, a delay or low water is asked for.
  void Between() {
    test::MemorySocket& socket = net.sockets.at(kFd);
    switch (decisions_.Below(8)) {
      case 0:
        engine_.Flush({});
        break;
      case 1:
        socket.room = decisions_.Below(200);
        break;
      case 2:
        Record(kOpRetry)[5] = static_cast<int32_t>(decisions_.Below(40));
        break;
      case 3:
        Record(kOpDrain);
        break;
      case 4:
        socket.room += 50 * decisions_.Below(255);
        socket.events |= EPOLLOUT;
        engine_.FlushBeforeTurn();
        break;
      case 5:
        if (decisions_.Below(4) == 3) socket.fails = ECONNRESET;
        break;
      default:
        break;
    }
  }

  void Break(Response& response) {
    Record(kOpAbort | (decisions_.Yes() ? static_cast<int32_t>(kModNow) : 0));
    response.aborted = true;
    engine_.Flush({});
    gone_ = true;
  }

  // It is the last one, and was not flushed.
  bool Waits(const int32_t* record) const {
    return control_[kFlushes] == flushes_ && record + kCommandInts == &commands_[0] + size_t{control_[kCommandCount]} * kCommandInts;
  }
  int32_t* Record(int32_t ops) {
    while (control_[kCommandCount] == kCommands) engine_.Flush({});
    flushes_ = control_[kFlushes];
    int32_t* record = &commands_[size_t{control_[kCommandCount]++} * kCommandInts];
    const int32_t cells[kCommandInts] = {ops, waiting_.front().slot, waiting_.front().seq, 0, 0, 0};
    std::copy(cells, cells + kCommandInts, record);
    return record;
  }
  int32_t* Text(int32_t ops, std::string_view text) {
    if (control_[kArenaUsed] + text.size() > kArena) engine_.Flush({});
    int32_t* record = Record(ops);
    Place(record, text);
    return record;
  }
  void Place(int32_t* record, std::string_view text) {
    record[3] = static_cast<int32_t>(control_[kArenaUsed]);
    record[4] = static_cast<int32_t>(text.size());
    text.copy(&arena_[control_[kArenaUsed]], text.size());
    control_[kArenaUsed] += static_cast<uint32_t>(text.size());
  }

  Decisions decisions_;
  std::vector<uint32_t> control_, backlog_;
  std::vector<int32_t> events_, commands_;
  std::vector<char> arena_, heads_, bodies_;
  Engine engine_;
  std::deque<Told> waiting_;
  uint32_t flushes_ = 0;  // when the last record was made
  bool gone_ = false;
};

std::vector<Request> Requests(Decisions& decisions) {
  std::vector<Request> requests(1 + decisions.Below(4));
  for (Request& request : requests) {
    request.head_only = decisions.Below(5) == 4;
    request.http11 = decisions.Below(4) != 3;
    request.keep = request.http11;
    request.text = std::string(request.head_only ? "HEAD" : "GET") + " / HTTP/1." + (request.http11 ? "1" : "0") + "\r\nHost: x\r\n";
    if (decisions.Below(4) == 3) {
      request.keep = !request.http11;
      request.text += request.http11 ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
    }
    request.text += "\r\n";
  }
  return requests;
}

// What the client reads, response by response.
void Judge(const test::MemorySocket& socket, const std::vector<Response>& responses) {
  const bool fin = socket.shut || (socket.closed && !socket.reset);
  std::string_view wire = socket.out;
  for (const Response& response : responses) {
    harness::Response read;
    const harness::Reading reading = wire.empty() ? harness::Reading::kMore : harness::ReadResponse(wire, fin, response.head_only, &read);
    Require(reading != harness::Reading::kMalformed, "well-formed responses");
    if (reading == harness::Reading::kMore) {
      // A reset that a later response needs may overtake what the client has not taken of this one: it sees a reset, too.
      const bool overtaken = socket.reset && responses.back().aborted;
      Require(response.aborted || overtaken || socket.fails, "what was ended is whole");
      return;
    }
    const bool all = response.body.size() == response.length || response.head_only;
    Require(!response.aborted || all, "a truncation is visible");
    Require(response.head_only || read.body == response.body, "the body as it was written");
    wire.remove_prefix(read.size);
    if (read.closes || read.close_delimited) {
      Require(wire.empty(), "nothing behind the last response");
      return;
    }
  }
  Require(wire.empty(), "nothing that was not written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const test::FuzzInput input = test::ReadFuzzInput(data, size);
  Decisions decisions(input.bytes);
  net = {};
  net.now_ns = 1'000'000'000;
  Options options;
  options.coalesce = input.settings & 1;
  options.gather_us = input.settings & 2 ? 10'000 : 0;
  options.max_connections = 64;
  const std::vector<Request> requests = Requests(decisions);
  Writer writer(options, decisions);
  net.connecting = kFd;
  writer.Turn();
  test::MemorySocket& socket = net.sockets.at(kFd);
  for (const Request& request : requests) {
    if (input.settings & 4 && !socket.closed) {  // one by one
      socket.events |= EPOLLIN;
      writer.Turn();
      writer.Answer(requests);
    }
    socket.in += request.text;
  }
  for (int i = 0; i < 40 && !socket.closed; i++) {
    socket.events |= EPOLLIN | EPOLLOUT;
    writer.Turn();
    writer.Answer(requests);
    socket.room = SIZE_MAX;
    net.now_ns += 20'000'000;
    if (socket.shut) socket.fin = true;
  }
  Require(!writer.responses.empty(), "a request is told");
  Judge(socket, writer.responses);
  if (!socket.closed) writer.Close();
  return 0;
}
