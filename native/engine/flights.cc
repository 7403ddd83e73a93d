// Which clients owe the kernel an acknowledgement.
//
// TCP_USER_TIMEOUT bounds the silence of a client while data is in flight. But Linux applies it to keep-alive
// probes, too: where it is shorter than the idle time, the first probe that is lost ends the connection,
// however many were allowed, and a thousand idle clients whose probes are due in one moment lose some, even
// on loopback (net.core.netdev_max_backlog). So the option is set only while something is in flight: a look
// at all connections now and then, none when a chunk is sent. It goes round in short steps: thousands of
// connections in one go would be milliseconds in which nobody is read.
#include <netinet/tcp.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/sys.h"

namespace halfopen {

namespace {

constexpr uint32_t kShare = 4;  // of the user timeout: so much later than at the sending it may be set
constexpr uint32_t kMinMs = 10;
// What one step may do, tens of microseconds of it: so many connections passed by…
constexpr uint64_t kPassed = 512;
// …each of those that the kernel is asked about counting as several.
constexpr uint64_t kAsked = 8;

}  // namespace

// Rarely enough to cost nothing, often enough to be there before the timeout, or the first probe, is due.
uint64_t Engine::FlightEveryMs() const {
  return std::max(kMinMs, std::min(options_.user_timeout_ms / kShare, options_.probe_idle_ms / 2));
}

void Engine::LookAtFlights() {
  if (flight_slot_ == 0) round_from_ms_ = now_ms_;
  // However many there are, half of the time between two rounds is enough for one.
  const uint64_t steps = std::max<uint64_t>(1, FlightEveryMs() / 2);
  const uint64_t most = std::max(kPassed, slots_ * (1 + kAsked) / steps);
  for (uint64_t done = 0; flight_slot_ < slots_; flight_slot_++) {
    if (done >= most) {
      flights_at_ms_ = now_ms_ + 1;
      return;
    }
    done += LookAtFlight(At(flight_slot_)) ? 1 + kAsked : 1;
  }
  flight_slot_ = 0;
  flights_at_ms_ = std::max(now_ms_ + 1, round_from_ms_ + FlightEveryMs());
}

// Returns whether the kernel had to be asked.
bool Engine::LookAtFlight(Connection& c) {
  const auto written = static_cast<uint32_t>(c.written);
  if (c.fd < 0 || (written == c.flown && !c.user_timeout)) return false;
  c.flown = written;
  int unacked = 0;
  const bool flies = sys::Unacked(c.fd, &unacked) == 0 && unacked > 0;
  if (flies == c.user_timeout) return true;
  const int ms = flies ? static_cast<int>(options_.user_timeout_ms) : 0;
  // Refused, it is tried again at the next look.
  if (sys::SetOption(c.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms) == 0) c.user_timeout = flies;
  return true;
}

}  // namespace halfopen
