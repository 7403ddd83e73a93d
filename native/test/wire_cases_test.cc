// Question: does every wire case get, from parser and decoder alone, what the table allows, however it is cut?
// Usage: wire_cases_test test/data/wire-cases.jsonl
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "test/check.h"
#include "test/every_cut.h"
#include "test/wire_cases.h"

namespace halfopen::test {
namespace {

// The answer is given above the parser, which must accept the head and leave the rest alone.
struct DecidedElsewhere {
  std::string_view id;
  std::string_view why;
};
constexpr DecidedElsewhere kDecidedElsewhere[] = {
    {"F14", "the application answers 403 to the request unread"},
    {"F19", "413: how large a body may be is the connection's limit, not the parser's"},
};

bool IsDecidedElsewhere(const WireCase& wire) {
  return std::ranges::any_of(kDecidedElsewhere, [&](const auto& row) { return row.id == wire.id; });
}

bool Allows(const WireCase& wire, int status) { return std::ranges::find(wire.any_of, status) != wire.any_of.end(); }

void Check(const WireCase& wire) {
  const WireReader reader = ReadUnderEveryCut(wire.bytes, wire.id);
  const std::string about = wire.id + ": " + wire.bytes + " → " + reader.log();

  if (IsDecidedElsewhere(wire)) {
    CHECK_EQUAL(1, reader.heads(), about);
    CHECK_EQUAL(0, reader.refused_with(), about);
  } else if (!wire.sequence.empty()) {
    CHECK_EQUAL(0, reader.refused_with(), about);
    CHECK_EQUAL(static_cast<int>(wire.sequence.size()), reader.complete(), about);
  } else if (wire.any_of.empty()) {  // the rest is still awaited
    CHECK_EQUAL(0, reader.refused_with(), about);
    CHECK_EQUAL(0, reader.complete(), about);
  } else if (reader.refused_with() != 0) {
    CHECK_EQUAL(0, reader.complete(), about);
    CHECK_EQUAL(true, Allows(wire, reader.refused_with()), about);
  } else {
    CHECK_EQUAL(1, reader.complete(), about);
    CHECK_EQUAL(true, std::ranges::any_of(wire.any_of, [](int status) { return status < 400; }), about);
  }
}

}  // namespace
}  // namespace halfopen::test

int main(int argc, char** argv) {
  using namespace halfopen::test;
  const std::vector<WireCase> cases = ReadWireCases(argc > 1 ? argv[1] : "test/data/wire-cases.jsonl");
  CHECK_EQUAL(true, cases.size() >= 117, "the file of wire cases is there and whole");
  for (const WireCase& wire : cases) Check(wire);
  return Report("wire_cases_test");
}
