// Writes the fuzzers' seeds: the short wire cases, each once, as inputs for the parser and for the chunked decoder.
// Usage: seeds test/data/wire-cases.jsonl native/test/corpus
#include <cstdio>
#include <fstream>
#include <string>

#include "test/wire_cases.h"

namespace {

constexpr size_t kLongest = 300;

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << '\0' << bytes;  // the first byte: settings, see fuzz/input.h
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: seeds CASES FOLDER\n"), 2;
  const std::string folder = argv[2];
  for (const halfopen::test::WireCase& wire : halfopen::test::ReadWireCases(argv[1])) {
    if (wire.bytes.size() > kLongest) continue;
    Write(folder + "/parser/" + wire.id, wire.bytes);
    const size_t body = wire.bytes.find("\r\n\r\n");
    const bool chunked = wire.bytes.find("Transfer-Encoding: chunked\r\n\r\n") != std::string::npos;
    if (chunked) Write(folder + "/chunked/" + wire.id, wire.bytes.substr(body + 4));
  }
}
