#include "test/harness/client.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace halfopen::harness {

void ClientLedger::Add(const ClientLedger& other) {
  clients += other.clients;
  asked += other.asked;
  answered += other.answered;
  refused += other.refused;
  cut += other.cut;
  resets += other.resets;
  lost += other.lost;
}

Client::Client(uint16_t port, uint32_t seed, bool certain, ClientLedger& ledger)
    : random_(seed), certain_(certain), ledger_(ledger) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd_ >= 0, "a socket for a client");
  const int one = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (random_.Chance(4)) {  // a small window meets full queues
    const int small = 4096;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Require(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0, "a connection");
  fcntl(fd_, F_SETFL, O_NONBLOCK);
  ledger_.clients++;

  slow_ = random_.Chance(4);
  garbage_ = random_.Chance(10);
  half_closes_ = random_.Chance(8);
  if (random_.Chance(5)) {
    leaves_in_ = 1 + random_.Below(60);
    leaves_by_reset_ = random_.Chance(2);
  }
  patient_ = !garbage_ && !half_closes_ && !leaves_in_;
  const uint32_t requests = random_.Chance(12) ? 60 : random_.Below(8);
  for (uint32_t i = 0; i < requests; i++) Ask();
  if (garbage_) {
    const uint32_t size = 1 + random_.Below(300);
    for (uint32_t i = 0; i < size; i++) out_ += static_cast<char>(random_.Below(256));
  }
  if (expected_.empty() && patient_) leaves_in_ = 1 + random_.Below(30);
}

Client::~Client() {
  if (fd_ >= 0) close(fd_);
}

void Client::Print() const {
  std::fprintf(stderr, "client: %zu of %zu bytes sent, waits for %zu answers, the next of shape %c, id %u; patient %d, slow %d, FIN %d\n",
               sent_, out_.size(), expected_.size(), expected_.empty() ? '-' : expected_.front().shape,
               expected_.empty() ? 0 : expected_.front().id, patient_, slow_, fin_sent_);
}

void Client::Ask() {
  if (last_) return;
  Expected asked;
  asked.id = random_.Next() >> 8;
  asked.shape = kShapes[random_.Below(sizeof kShapes - (patient_ && random_.Below(8) ? 3 : 1))];
  const bool body = asked.shape == 'b' || asked.shape == 'l' || asked.shape == 'i';
  asked.head_only = !body && asked.shape != 'a' && random_.Chance(12);
  const bool http10 = random_.Chance(16), close = random_.Chance(20), chunked = !http10 && random_.Chance(2);
  std::string head = asked.head_only ? "HEAD " : body ? "POST " : "GET ";
  head += '/';
  head += asked.shape;
  head += '/' + std::to_string(asked.id) + (http10 ? " HTTP/1.0\r\nHost: x\r\n" : " HTTP/1.1\r\nHost: x\r\n");
  if (close) head += "Connection: close\r\n";
  if (random_.Chance(8)) head += "x-filler: " + std::string(random_.Below(8000), 'f') + "\r\n";
  if (!body) {
    out_ += head + "\r\n";
  } else {
    const uint32_t size = random_.Chance(4) ? random_.Below(150'000) : random_.Below(2000);
    if (random_.Chance(4)) head += "Expect: 100-continue\r\n";
    out_ += head + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: " + std::to_string(size) + "\r\n\r\n");
    for (uint32_t at = 0; chunked && at < size;) {
      const uint32_t part = std::min(size - at, 1 + random_.Below(9000));
      char line[16];
      std::snprintf(line, sizeof line, "%x\r\n", part);
      out_ += line + BodyPart(asked.id, at, part) + "\r\n";
      at += part;
    }
    out_ += chunked ? "0\r\n\r\n" : BodyPart(asked.id, 0, size);
  }
  last_ = http10 || close;
  asked.may_be_last = last_ || asked.shape == 'i' || asked.shape == 'l';  // a body not asked for when the head leaves
  ledger_.asked++;
  expected_.push_back(asked);
}

void Client::Step() {
  if (fd_ < 0 || random_.Chance(3)) return;
  if (leaves_in_ && --leaves_in_ == 0) return End(leaves_by_reset_);
  Send();
  if (fd_ >= 0 && !(slow_ && random_.Below(4))) Receive();
  // A patient client leaves with its last answer; an impatient one may wait for nothing.
  if (fd_ >= 0 && patient_ && expected_.empty() && sent_ == out_.size()) End(random_.Chance(2));
  if (fd_ >= 0 && !leaves_in_ && !expected_.empty() && (expected_.front().shape == 'n' || garbage_)) leaves_in_ = 200;
}

void Client::Send() {
  while (sent_ < out_.size()) {
    const size_t part = random_.Chance(3) ? 1 + random_.Below(50) : random_.Chance(2) ? out_.size() : 1 + random_.Below(5000);
    const ssize_t taken = send(fd_, out_.data() + sent_, std::min(part, out_.size() - sent_), MSG_NOSIGNAL);
    if (taken < 0) {
      if (errno != EAGAIN && errno != EINTR) sent_ = out_.size();  // what was answered can still be read
      return;
    }
    sent_ += static_cast<size_t>(taken);
    if (random_.Chance(2)) return;
  }
  if (half_closes_ && !fin_sent_) {
    fin_sent_ = true;
    shutdown(fd_, SHUT_WR);
  }
}

void Client::Receive() {
  char into[32 * 1024];
  const size_t most = slow_ ? 1 + random_.Below(2000) : sizeof into;
  const ssize_t got = recv(fd_, into, most, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) in_.append(into, static_cast<size_t>(got));
  Check(got == 0, got < 0);
  if (got <= 0) {
    // A RST that ends one answer may destroy those before it.
    const bool aborted = std::ranges::any_of(expected_, [](const Expected& each) { return each.shape == 'a'; });
    if (patient_ && !expected_.empty() && !aborted) Lose("a patient client gets every answer");
    if (!expected_.empty()) ledger_.cut++;
    if (got < 0) ledger_.resets++;
    close(fd_);
    fd_ = -1;
  }
}

// Answers that are whole by now: one a request, in order, nothing behind the last.
void Client::Check(bool ended, bool reset) {
  Response response;
  while (!in_.empty()) {
    const bool head_only = !expected_.empty() && expected_.front().head_only;
    const Reading reading = ReadResponse(in_, ended && !reset, head_only, &response);
    if (reading == Reading::kMalformed) std::fprintf(stderr, "received: %.400s\n", in_.c_str());
    Require(reading != Reading::kMalformed, "well-formed responses");
    if (reading == Reading::kMore) return;
    in_.erase(0, response.size);
    if (response.status == 100) continue;
    if (response.status >= 400) {  // the gateway's own: the application answers 200
      if (!garbage_ && !half_closes_) Lose("nothing is refused that is in order");
      Require(response.closes && in_.empty(), "nothing behind a refusal");
      ledger_.refused++;
      expected_.clear();
      return;
    }
    Require(!expected_.empty() || garbage_, "at most one answer a request");
    if (expected_.empty()) continue;
    CheckAnswer(response, expected_.front());
    ledger_.answered++;
    const bool may_be_last = expected_.front().may_be_last;
    expected_.pop_front();
    if (!response.closes) continue;
    Require(in_.empty(), "nothing behind the last answer");
    Require(may_be_last || !certain_ || garbage_ || half_closes_, "only an answer that may be is the last");
    expected_.clear();
  }
}

void Client::CheckAnswer(const Response& response, const Expected& expected) {
  Require(response.status == 200, "the application's status");
  Require(response.id.empty() || response.id == std::to_string(expected.id), "answers come in order");
  if (expected.head_only) return;
  if (response.body.size() != AnswerSize(expected.shape, expected.id))
    std::fprintf(stderr, "shape %c, id %u: %zu bytes of %u, %s\n", expected.shape, expected.id, response.body.size(),
                 AnswerSize(expected.shape, expected.id), response.close_delimited ? "close-delimited" : "framed");
  Require(response.body.size() == AnswerSize(expected.shape, expected.id), "a response that looks whole is whole");
  Require(response.body == BodyPart(expected.id, 0, response.body.size()), "the body as it was written");
}

void Client::Lose(const char* what) {
  if (!certain_ || ++ledger_.lost <= ledger_.may_lose) return;
  Print();
  std::fprintf(stderr, "unread: %.300s\n", in_.c_str());
  Require(false, what);
}

void Client::End(bool reset) {
  if (reset) {
    const linger hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  close(fd_);
  fd_ = -1;
}

}  // namespace halfopen::harness
