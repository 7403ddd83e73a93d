// Question: how many nanoseconds does a request head cost? Best of 30 rounds; a shared machine only ever adds to it.
#include <algorithm>
#include <cstdio>
#include <string>

#include "common/clock.h"
#include "engine/request_parser.h"

namespace {

using namespace halfopen;

const std::string kShort = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
const std::string kBrowser =
    "GET /assets/app/main.js?v=20240101 HTTP/1.1\r\nHost: www.example.com:8080\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"122\", \"Not(A:Brand\";v=\"24\"\r\nsec-ch-ua-mobile: ?0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n"
    "Referer: http://www.example.com:8080/index.html\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n"
    "Cookie: session=0123456789abcdef; theme=dark\r\nCache-Control: no-cache\r\n\r\n";

double NanosecondsPerHead(const std::string& head, int pipelined) {
  constexpr int kRounds = 30;
  const int repeats = 100'000 / pipelined;
  std::string bytes;
  for (int i = 0; i < pipelined; ++i) bytes += head;
  const HeadLimits limits;
  RequestParser parser;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t begin = MonotonicNs();
    for (int i = 0; i < repeats; ++i) {
      for (size_t at = 0; at < bytes.size(); at += parser.head().size) {
        parser.Reset();
        if (parser.Parse(bytes.data() + at, bytes.size() - at, limits) != ParseStatus::kDone) return -1;
      }
    }
    best = std::min(best, static_cast<double>(MonotonicNs() - begin) / (static_cast<double>(repeats) * pipelined));
  }
  return best;
}

}  // namespace

int main() {
  for (const std::string* head : {&kShort, &kBrowser}) {
    for (const int pipelined : {1, 16}) {
      std::printf("%4zu bytes, %2d in one buffer: %6.1f ns\n", head->size(), pipelined, NanosecondsPerHead(*head, pipelined));
    }
  }
}
