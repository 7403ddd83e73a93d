// The wire cases: one JSON object a line, with the bytes of a connection and what may be answered.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halfopen::test {

struct WireCase {
  std::string id;
  std::string bytes;
  std::vector<int> sequence;  // one status for each request …
  std::vector<int> any_of;    // … or what the only answer may be; both empty: no answer yet
};

// Reads the format of test/data/wire-cases.jsonl, not JSON at large. Empty when the file cannot be read.
std::vector<WireCase> ReadWireCases(const char* path);

}  // namespace halfopen::test
