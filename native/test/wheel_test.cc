// Question: does every timer fire when it is due, once, and what do 100,000 that wait cost?
#include "engine/timer_wheel.h"

#include <time.h>

#include <cstdlib>
#include <map>
#include <new>
#include <string>

#include "test/check.h"

namespace halfopen::test {
namespace {

struct Memory {
  size_t calls = 0;
  size_t bytes = 0;
} taken;

// The ticks that delays of a quarter of a second and more share.
constexpr uint64_t kGrid = 20;

void FiresWhenDue() {
  // Around the length of a round, and several rounds ahead.
  for (const uint64_t delay : {1u, 2u, 63u, 64u, 250u, 1022u, 1023u, 1024u, 1025u, 2048u, 5000u}) {
    for (const uint64_t step : {1u, 7u, 1023u, 1024u, 1025u, 9000u}) {
      const std::string about = "delay " + std::to_string(delay) + ", steps of " + std::to_string(step);
      TimerWheel wheel(3);
      wheel.Grow(3);
      wheel.Advance(777, [](uint32_t) {});
      wheel.Set(1, 777 + delay);
      wheel.Set(2, 777 + 100'000);
      int fired = 0;
      for (uint64_t now = 777 + step; now < 30'000; now += step) {
        wheel.Advance(now, [&](uint32_t slot) {
          fired++;
          CHECK_EQUAL(1u, slot, about);
          CHECK_EQUAL(true, now >= 777 + delay && now < 777 + delay + step, about + ", at " + std::to_string(now));
          CHECK_EQUAL(false, wheel.Has(slot), about);
        });
      }
      CHECK_EQUAL(1, fired, about);
      CHECK_EQUAL(true, wheel.Has(2), about);
    }
  }
}

void FiresAtTheNextTickWhatIsOverdue() {
  TimerWheel wheel(1);
  wheel.Grow(1);
  wheel.Advance(50, [](uint32_t) {});
  wheel.Set(0, 20);
  int fired = 0;
  wheel.Advance(50, [&](uint32_t) { fired++; });
  CHECK_EQUAL(0, fired, "the same tick");
  CHECK_EQUAL(51u, wheel.Next(), "the next tick");
  wheel.Advance(51, [&](uint32_t) { fired++; });
  CHECK_EQUAL(1, fired, "the next tick");
}

void WakesForNothingThatIsGone() {
  TimerWheel wheel(3);
  wheel.Grow(3);
  for (uint32_t slot = 0; slot < 3; slot++) wheel.Set(slot, 10 + 10 * slot);
  wheel.Cancel(0);
  CHECK_EQUAL(20u, wheel.Next(), "the first was cancelled");
  wheel.Advance(20, [](uint32_t) {});
  CHECK_EQUAL(30u, wheel.Next(), "the second has fired");
}

// A timer that is set by the one that fires is no part of what is due.
void MayBeSetWhileFiring() {
  TimerWheel wheel(2);
  wheel.Grow(2);
  wheel.Set(0, 10);
  uint64_t last = 0;
  int fired = 0;
  for (uint64_t now = 1; now <= 5000; now++)
    wheel.Advance(now, [&](uint32_t slot) {
      fired++;
      if (last) CHECK_EQUAL(last + 10, now, "ten ticks apart");
      last = now;
      wheel.Set(slot, now + 10);
    });
  CHECK_EQUAL(500, fired, "a timer that sets itself");
}

// Those that share a tick come in portions, if the wheel is asked again in time; who has waited too long comes at once.
void GivesPortions() {
  constexpr uint32_t kAll = 100, kMost = 16;
  TimerWheel wheel(kAll + 1);
  wheel.Grow(kAll + 1);
  for (uint32_t slot = 0; slot < kAll; slot++) wheel.Set(slot, 10);
  wheel.Set(kAll, 10 + TimerWheel::kBuckets);  // in the same bucket, a round later
  uint32_t fired = 0, set_again = 0;
  const auto fire = [&](uint32_t slot) {
    fired++;
    if (slot % 2 == 0) wheel.Set(slot, 300), set_again++;
  };
  for (uint32_t so_far = kMost; so_far < kAll; so_far += kMost) {
    wheel.Advance(10, fire, kMost, 2);
    CHECK_EQUAL(so_far, fired, "a portion");
    CHECK_EQUAL(10u, wheel.Next(), "the rest is due");
  }
  wheel.Advance(11, fire, kMost, 2);
  CHECK_EQUAL(kAll, fired, "all of them, once");
  CHECK_EQUAL(11u, wheel.now(), "nothing holds the wheel back");
  CHECK_EQUAL(set_again + 1, wheel.count(), "those that wait again, and the one of the next round");

  fired = 0;
  for (uint32_t slot = 0; slot < kAll; slot++) wheel.Set(slot, slot < 40 ? 20 : 22);
  wheel.Advance(22, fire, kMost, 2);
  CHECK_EQUAL(40u, fired, "two ticks late: all of those, and none of the later ones");
  CHECK_EQUAL(22u, wheel.Next(), "those are due");
  wheel.Advance(24, fire, kMost, 2);
  CHECK_EQUAL(kAll, fired, "these have become as late");
}

// Against a map, with moves, cancellations and steps of all lengths.
void AgreesWithAModel() {
  uint64_t seed = 1;
  const auto random = [&](uint64_t below) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (seed >> 33) % below;
  };
  constexpr uint32_t kSlots = 200;
  TimerWheel wheel(kSlots);
  wheel.Grow(kSlots);
  std::map<uint32_t, uint64_t> model;
  uint64_t now = 0;
  for (int i = 0; i < 200'000; i++) {
    const auto slot = static_cast<uint32_t>(random(kSlots));
    const uint64_t kind = random(10);
    if (kind < 5) {
      const uint64_t due = now + 1 + random(random(3) ? 300 : 4000);
      wheel.Set(slot, due);
      model[slot] = due;
    } else if (kind < 7) {
      wheel.Cancel(slot);
      model.erase(slot);
    } else {
      uint64_t first = TimerWheel::kNever;
      for (const auto& [_, due] : model) first = due < first ? due : first;
      const uint64_t next = wheel.Next();
      // Early by whole rounds is allowed, late never is.
      if (model.empty()) CHECK_EQUAL(TimerWheel::kNever, next, "nothing waits");
      else CHECK_EQUAL(true, next > now && next <= first, "no later than the first that is due");
      now += 1 + random(random(5) ? 40 : 3000);
      size_t fired = 0;
      wheel.Advance(now, [&](uint32_t due) {
        fired++;
        const auto found = model.find(due);
        CHECK_EQUAL(true, found != model.end() && found->second <= now, "only what is due");
        if (found != model.end()) model.erase(found);
      });
      for (const auto& [_, due] : model) CHECK_EQUAL(true, due > now, "all that is due");
    }
  }
}

// As the engine does at rest: sleeps until `Next()`, and whoever fires waits anew.
struct Rest {
  uint64_t wakes = 0;
  uint64_t fired = 0;
  double core_percent = 0;
};

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Rest RestFor(TimerWheel& wheel, uint64_t ms, uint64_t again) {
  Rest rest;
  const uint64_t end = wheel.now() + ms;
  const double before = CpuSeconds();
  while (wheel.Next() <= end) {
    const uint64_t now = wheel.Next();
    rest.wakes++;
    wheel.Advance(now, [&](uint32_t slot) {
      rest.fired++;
      wheel.Set(slot, (now + again + kGrid - 1) / kGrid * kGrid);
    });
  }
  wheel.Advance(end, [](uint32_t) {});
  rest.core_percent = (CpuSeconds() - before) / (static_cast<double>(ms) / 1000) * 100;
  return rest;
}

void AHundredThousandWait() {
  constexpr uint32_t kStreams = 100'000;
  taken = {};
  TimerWheel wheel(kStreams);
  for (uint32_t slots = 64; slots < kStreams + 64; slots += 64) wheel.Grow(slots < kStreams ? slots : kStreams);
  CHECK_EQUAL(1u, taken.calls, "room for all is taken once");
  const size_t bytes = taken.bytes;
  CHECK_EQUAL(true, bytes <= kStreams * 16u, "16 bytes for each");

  // Paused without a timeout: nothing wakes.
  CHECK_EQUAL(TimerWheel::kNever, wheel.Next(), "nothing waits");

  // Backing off at the cap, spread over it, on the grid that long delays share.
  taken = {};
  for (uint32_t slot = 0; slot < kStreams; slot++) wheel.Set(slot, (slot % 250 + kGrid) / kGrid * kGrid);
  CHECK_EQUAL(0u, taken.calls, "waiting takes no memory");
  RestFor(wheel, 1000, 250);
  const size_t in_use = taken.bytes;
  CHECK_EQUAL(true, in_use <= kStreams, "what is due in one tick is listed");
  const Rest backing_off = RestFor(wheel, 10'000, 250);
  CHECK_EQUAL(in_use, taken.bytes, "at rest no memory is taken");
  CHECK_EQUAL(true, backing_off.wakes <= 510, "51 wake-ups a second at most");
  CHECK_EQUAL(true, backing_off.fired >= kStreams * 37u && backing_off.fired <= kStreams * 40u, "each four times a second");

  // Paused with a timeout that is far away.
  for (uint32_t slot = 0; slot < kStreams; slot++) wheel.Set(slot, wheel.now() + 60'000 + slot % 250 / kGrid * kGrid);
  const Rest paused = RestFor(wheel, 10'000, 60'000);
  CHECK_EQUAL(0u, paused.fired, "none is due");
  CHECK_EQUAL(true, paused.wakes <= 510, "51 wake-ups a second at most");
  for (uint32_t slot = 0; slot < kStreams; slot++) wheel.Cancel(slot);
  CHECK_EQUAL(TimerWheel::kNever, wheel.Next(), "all were cancelled");

  std::printf("wheel_test: %u wait: %.1f bytes each; at rest %.0f wake-ups/s and %.2f %% of a core when backing off every "
              "250 ms, %.0f and %.2f %% with a timeout of a minute\n",
              kStreams, static_cast<double>(bytes) / kStreams, static_cast<double>(backing_off.wakes) / 10,
              backing_off.core_percent, static_cast<double>(paused.wakes) / 10, paused.core_percent);
}

}  // namespace
}  // namespace halfopen::test

// Counted, so that the test knows what a wheel takes.
void* operator new(size_t size) {
  halfopen::test::taken.calls++;
  halfopen::test::taken.bytes += size;
  void* memory = std::malloc(size);
  if (!memory) std::abort();
  return memory;
}
// The one that a wheel asks. Without it here, a sanitizer's own would serve uncounted.
void* operator new(size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

int main() {
  using namespace halfopen::test;
  FiresWhenDue();
  FiresAtTheNextTickWhatIsOverdue();
  WakesForNothingThatIsGone();
  MayBeSetWhileFiring();
  GivesPortions();
  AgreesWithAModel();
  AHundredThousandWait();
  return Report("wheel_test");
}
