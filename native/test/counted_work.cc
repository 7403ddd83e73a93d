// Fixed work for a count of instructions and of copied bytes: two request heads and a chunked body. The performance gate compiles it with the parser of either build and runs it under Valgrind; its time means nothing.
#include <cstdio>
#include <string>

#include "engine/chunked_decoder.h"
#include "engine/request_parser.h"

namespace {

using namespace halfopen;

constexpr int kRepeats = 10'000;
constexpr int kChunks = 16;

const std::string kShort = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
const std::string kBrowser =
    "GET /assets/app/main.js?v=20240101 HTTP/1.1\r\nHost: www.example.com:8080\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n"
    "Cookie: session=0123456789abcdef; theme=dark\r\nCache-Control: no-cache\r\n\r\n";

bool ParsesWhole(const std::string& head, const HeadLimits& limits) {
  RequestParser parser;
  return parser.Parse(head.data(), head.size(), limits) == ParseStatus::kDone;
}

std::string ChunkedBody() {
  std::string body;
  for (int i = 0; i < kChunks; ++i) body += "40\r\n" + std::string(64, 'x') + "\r\n";
  return body + "0\r\n\r\n";
}

bool DecodesWhole(const std::string& body) {
  ChunkedDecoder decoder;
  size_t at = 0;
  size_t data = 0;
  for (;;) {
    const ChunkedDecoder::Result result = decoder.Decode(body.data() + at, body.size() - at);
    at += result.consumed;
    if (result.status == ChunkedDecoder::Status::kDone) return data == kChunks * 64;
    if (result.status != ChunkedDecoder::Status::kData) return false;
    data += result.size;
  }
}

}  // namespace

int main() {
  const HeadLimits limits;
  const std::string body = ChunkedBody();
  int wrong = 0;
  for (int i = 0; i < kRepeats; ++i) {
    for (const std::string* head : {&kShort, &kBrowser}) wrong += ParsesWhole(*head, limits) ? 0 : 1;
    wrong += DecodesWhole(body) ? 0 : 1;
  }
  if (wrong > 0) std::printf("%d were refused\n", wrong);
  return wrong > 0 ? 1 : 0;
}
