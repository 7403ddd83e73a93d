// An application whose every step is a decision of the fuzzer's input: heads, chunks of any size, breaks, in any records.
#pragma once

#include <errno.h>

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "test/fuzz/memory_sys.h"

namespace halfopen::test {

inline constexpr int kFd = 1000, kNeighbourFd = 1001;
inline constexpr uint32_t kToken = 3;
inline constexpr size_t kCommands = 24, kArena = 4096;

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
    Require(engine_.DefineHead(kToken, std::string_view("HTTP/1.1 200 OK\r\nServer: fuzz\r\n")) == 0, "a head is defined");
  }

  bool Deliver(uint32_t count) override {
    for (uint32_t i = 0; i < count; i++) {
      const int32_t* record = &events_[size_t{i} * kEventInts];
      if (record[0] == static_cast<int32_t>(Event::kRequest)) waiting_.push_back({record[1], record[2], record[3]});
      if (record[0] == static_cast<int32_t>(Event::kGone)) {
        Require(!has_neighbour_ || record[1] != neighbour_.slot, "who reads all the time is not gone");
        gone_ = true;
      }
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
  // Another connection, whose request was told: a stream that has a chunk now and then.
  void AnswerNeighbour() {
    Require(waiting_.size() == 1, "the neighbour's request is told");
    neighbour_ = waiting_.front();
    waiting_.pop_front();
    has_neighbour_ = true;
    Record(kOpHead | kModKeep, neighbour_)[5] = kToken;
    engine_.Flush({});
  }
  void EndNeighbour() {
    if (has_neighbour_) Record(kOpEnd, neighbour_);
    engine_.Flush({});
  }
  void Close() { engine_.ResetAll(); }
  std::vector<Response> responses;
  std::string neighbour;  // its body

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
    MemorySocket& socket = net.sockets.at(kFd);
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
      case 6:
        if (has_neighbour_) Chunk();
        break;
      default:
        break;
    }
  }

  void Chunk() {
    const std::string bytes(1 + decisions_.Below(40), static_cast<char>('A' + neighbour.size() % 26));
    neighbour += bytes;
    if (control_[kArenaUsed] + bytes.size() > kArena) engine_.Flush({});
    Place(Record(kOpData, neighbour_), bytes);
  }

  void Break(Response& response) {
    Record(kOpAbort | (decisions_.Yes() ? static_cast<int32_t>(kModNow) : 0));
    response.aborted = true;
    engine_.Flush({});
    gone_ = true;
  }

  // It is the last one, was not flushed, and its place was not given to the neighbour since.
  bool Waits(const int32_t* record) const {
    return record[1] == waiting_.front().slot && control_[kFlushes] == flushes_ &&
           record + kCommandInts == &commands_[0] + size_t{control_[kCommandCount]} * kCommandInts;
  }
  int32_t* Record(int32_t ops) { return Record(ops, waiting_.front()); }
  int32_t* Record(int32_t ops, const Told& to) {
    while (control_[kCommandCount] == kCommands) engine_.Flush({});
    flushes_ = control_[kFlushes];
    int32_t* record = &commands_[size_t{control_[kCommandCount]++} * kCommandInts];
    const int32_t cells[kCommandInts] = {ops, to.slot, to.seq, 0, 0, 0};
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
  Told neighbour_{};
  bool has_neighbour_ = false;
};

}  // namespace halfopen::test
