// Which stretches of time count when a core stood still in between?
#include "client/witness.h"

#include <unistd.h>

#include "common/clock.h"
#include "test/check.h"

namespace halfopen::client {
namespace {

void CoversTheGreaterPart() {
  // Two cores, 10 to 30 and 20 to 40, are one stretch.
  const Stillness still({{0, 10, 30}, {1, 20, 40}, {0, 100, 110}});
  CHECK_EQUAL(false, still.Covers(0, 10), "before");
  CHECK_EQUAL(false, still.Covers(40, 100), "between");
  CHECK_EQUAL(false, still.Covers(110, 200), "after");
  CHECK_EQUAL(true, still.Covers(10, 40), "all of it");
  CHECK_EQUAL(true, still.Covers(15, 20), "inside");
  CHECK_EQUAL(true, still.Covers(30, 50), "half");
  CHECK_EQUAL(false, still.Covers(30, 51), "less than half");
  CHECK_EQUAL(false, still.Covers(5, 200), "forty of 195");
  CHECK_EQUAL(true, still.Covers(10, 70), "the first is half of it");
  CHECK_EQUAL(false, still.Covers(22, 112), "a part of two");
  CHECK_EQUAL(false, still.Covers(85, 125), "a quarter of one");
  CHECK_EQUAL(false, Stillness().Covers(0, 10), "nothing stood still");
  CHECK_EQUAL(false, still.Covers(50, 50), "no time at all");
}

// What it sees cannot be ordered here; that it ends, and begins anew, can.
void BeginsAndEnds() {
  Witness witness;
  CHECK_EQUAL(false, witness.Start({}), "of no core");
  CHECK_EQUAL(false, witness.Start({0, 1023}), "a core that is not there");
  const uint64_t begin = MonotonicNs();
  // Without the right to go before others there is nothing to see.
  if (witness.Start({0})) usleep(20'000);
  for (const Stall& stall : witness.Stop()) {
    CHECK_EQUAL(0, stall.cpu, "its core");
    CHECK_EQUAL(true, begin < stall.from_ns && stall.from_ns < stall.to_ns && stall.to_ns <= MonotonicNs(), "its time");
  }
  CHECK_EQUAL(size_t{0}, witness.Stop().size(), "once");
}

}  // namespace
}  // namespace halfopen::client

int main() {
  halfopen::client::CoversTheGreaterPart();
  halfopen::client::BeginsAndEnds();
  return halfopen::test::Report("witness_test");
}
