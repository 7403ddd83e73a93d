// Whatever an application does to its responses, in whatever parts the socket takes them: does an independent reader get
// back what was written, in order, and never a whole response where the application broke off?
#include <string>
#include <vector>

#include "test/fuzz/input.h"
#include "test/fuzz/memory_sys.h"
#include "test/fuzz/writing_application.h"
#include "test/harness/response_reader.h"

namespace {

using namespace halfopen;
using test::Decisions;
using test::kFd;
using test::kNeighbourFd;
using test::net;
using test::Request;
using test::Require;
using test::Response;
using test::Writer;

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

// Another connection, which streams all the time, so that a flush has more than one to serve.
void Join(Writer& writer) {
  net.connecting = kNeighbourFd;
  writer.Turn();
  test::MemorySocket& socket = net.sockets.at(kNeighbourFd);
  socket.in = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  socket.events |= EPOLLIN;
  writer.Turn();
  writer.AnswerNeighbour();
}

// Whatever became of the other connection: every chunk once, in its order.
void Leave(Writer& writer) {
  writer.EndNeighbour();
  harness::Response read;
  const std::string& wire = net.sockets.at(kNeighbourFd).out;
  Require(harness::ReadResponse(wire, false, false, &read) == harness::Reading::kWhole, "the neighbour's response is whole");
  Require(read.body == writer.neighbour && read.size == wire.size(), "the neighbour's body as it was written");
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
  options.portion = 1;
  const bool neighbour = input.settings & 8;
  const std::vector<Request> requests = Requests(decisions);
  Writer writer(options, decisions);
  if (neighbour) Join(writer);
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
  if (neighbour) Leave(writer);
  writer.Close();
  return 0;
}
