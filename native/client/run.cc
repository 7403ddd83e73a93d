#include "client/run.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "client/socket.h"
#include "common/clock.h"

namespace halfopen::client {
namespace {

constexpr size_t kReceiveBytes = 128 * 1024;
constexpr int kTimersPerTurn = 4096;         // a rate beyond this machine must not shut out the deadline
constexpr uint64_t kSweepNs = 50'000'000;    // timeouts are checked this often
constexpr uint64_t kEarlyNs = 150'000;       // what an idle core of a virtual machine takes to wake, nearly always
constexpr double kMostEarly = 0.4;           // of the thread's time may go into that
constexpr uint64_t kPublishNs = 10'000'000;  // progress is this fresh

uint64_t ThreadCpuNs() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<uint64_t>(used.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(used.tv_nsec);
}

bool PinTo(int32_t cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

// A thread that mostly sleeps is to run as soon as it wakes, whoever else is on its core. A real-time thread does so under every
// scheduler, but takes a right (CAP_SYS_NICE). Without it the shortest time slice does, most of the time, from Linux 6.12 on; before
// that the scheduler takes no notice.
void PreemptOthers() {
  sched_param lowest{};
  lowest.sched_priority = sched_get_priority_min(SCHED_FIFO);
  // Whatever this thread starts should not be real-time, too.
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) == 0) return;
  struct {  // the kernel's sched_attr in its first form; not every system's headers have it
    uint32_t size = sizeof(*this), policy = SCHED_OTHER;
    uint64_t flags = 0;
    int32_t nice = 0;
    uint32_t priority = 0;
    uint64_t slice_ns = 100'000, deadline_ns = 0, period_ns = 0;  // the least that is allowed
  } attributes;
  static_assert(sizeof attributes == 48);
  (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

Run::Run(Plan plan) : plan_(std::move(plan)) {
  context_.seed = plan_.seed;
  context_.run = plan_.run;
  context_.receive.resize(kReceiveBytes);
  for (uint32_t i = 0; i < plan_.cohorts.size(); ++i) {
    const CohortPlan& cohort = plan_.cohorts[i];
    cohorts_.push_back(std::make_unique<Cohort>(cohort, i, static_cast<uint32_t>(slots_.size()), context_));
    for (uint32_t j = 0; j < cohort.connections; ++j) slots_.push_back(&cohorts_.back()->connection(j));
  }
}

Run::~Run() = default;

bool Run::Open() { return context_.loop.Open(); }

void Run::Stop() {
  stop_.store(true, std::memory_order_relaxed);
  context_.loop.Wake();
}

void Run::Execute() {
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);  // the default lets timers be 50 µs late
  pinned_ = PinTo(plan_.cpu);
  if (plan_.prompt) PreemptOthers();
  Witness witness;
  context_.watched = !plan_.watched.empty() && witness.Start(plan_.watched);
  // Where it matters that the machine is late, it matters that this thread is not.
  double rate = 0;
  for (const CohortPlan& cohort : plan_.cohorts) rate += cohort.open_loop ? cohort.rate : 0;
  if (context_.watched && rate > 0 && rate * kEarlyNs * 1e-9 <= kMostEarly) context_.loop.WakeEarly(kEarlyNs);
  const uint64_t cpu_before = ThreadCpuNs();
  context_.started_ns = MonotonicNs();
  if (!plan_.network.empty()) {
    // Anywhere else its connections would be other ones than were asked for.
    context_.own_network = EnterNetwork(plan_.network.c_str()) == 0;
    if (!context_.own_network) how_ = How::kNoNetwork;
  }
  const uint64_t deadline = context_.started_ns + plan_.deadline_ns;
  for (const auto& cohort : cohorts_) cohort->Schedule();
  context_.loop.At(context_.started_ns + kSweepNs, TimerKind::kSweep, 0);

  uint64_t publish_at = 0;
  while (how_ != How::kNoNetwork) {
    for (const Loop::Event& event : context_.loop.Wait(deadline)) {
      Connection& connection = *slots_[event.slot];
      if (connection.generation() == event.generation) connection.OnEvents(event.events);
    }
    const uint64_t now = MonotonicNs();
    Timer timer{};
    for (int i = 0; i < kTimersPerTurn && context_.loop.PopDue(now, &timer); ++i) OnTimer(timer);
    if (now >= publish_at) {
      Publish(now);
      publish_at = now + kPublishNs;
    }
    if (AllDone()) break;
    if (stop_.load(std::memory_order_relaxed) || now >= deadline) {
      how_ = now >= deadline ? How::kDeadline : How::kStopped;
      break;
    }
  }
  for (const auto& cohort : cohorts_) cohort->EndNow();
  ended_ns_ = MonotonicNs();
  cpu_ns_ = ThreadCpuNs() - cpu_before;
  if (context_.watched) {
    stalls_ = witness.Stop();
    Settle();
  }
  Publish(ended_ns_);
}

void Run::Settle() {
  const Stillness still(stalls_);
  for (const auto& cohort : cohorts_) cohort->Settle(still);
  for (const Timed& each : context_.unsettled) {
    if (!still.Covers(each.due_ns, each.done_ns)) context_.lag.Record(each.done_ns - each.due_ns);
  }
  context_.unsettled = {};
}

void Run::OnTimer(const Timer& timer) {
  switch (timer.kind) {
    case TimerKind::kCohortStart:
    case TimerKind::kArrival:
    case TimerKind::kCohortEnd:
    case TimerKind::kGraceEnd:
      cohorts_[timer.slot]->OnTimer(timer.kind);
      break;
    case TimerKind::kSweep: {
      const uint64_t now = MonotonicNs();
      for (const auto& cohort : cohorts_) cohort->Sweep(now);
      context_.loop.At(now + kSweepNs, TimerKind::kSweep, 0);
      break;
    }
    default: {
      Connection& connection = *slots_[timer.slot];
      // A round begins whatever became of the connection's last socket; all else was meant for that socket.
      const bool begins = timer.kind == TimerKind::kBegin || timer.kind == TimerKind::kPreconnect;
      if (begins || connection.generation() == timer.generation) connection.OnTimer(timer.kind, timer.at_ns);
    }
  }
}

bool Run::AllDone() const {
  for (const auto& cohort : cohorts_) {
    if (!cohort->done()) return false;
  }
  return true;
}

void Run::Publish(uint64_t now) {
  uint64_t requests = 0, errors = 0, bytes = 0;
  for (const auto& cohort : cohorts_) {
    requests += cohort->report().requests;
    errors += cohort->report().error_count();
    bytes += cohort->report().bytes;
  }
  const auto put = [this](Counter counter, uint64_t value) {
    counters_[static_cast<size_t>(counter)].store(value, std::memory_order_relaxed);
  };
  put(Counter::kElapsedNs, now - context_.started_ns);
  put(Counter::kRequests, requests);
  put(Counter::kErrors, errors);
  put(Counter::kBytes, bytes);
  put(Counter::kOpen, context_.open);
  put(Counter::kCuts, context_.cuts);
}

}  // namespace halfopen::client
