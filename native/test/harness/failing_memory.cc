// Every way to memory that the engine's objects name: those that answer null, and those that throw. The engine is built
// without exceptions, so one that throws in it ends the process, and with it the test. The linker's --wrap leads them
// here (see the Makefile, which also looks for ways that are missing here).
#include <bits/functexcept.h>

#include <cstdlib>
#include <new>

#include "test/harness/faulty_sys.h"
#include "test/harness/scene.h"

namespace {

bool Fails() {
  halfopen::harness::Faults* f = halfopen::harness::Faults::current;
  if (!f || !halfopen::harness::Side::engine_runs()) return false;
  if (++f->allocations != f->fail_nth && !f->Harsh(100)) return false;
  f->counts.memory++;
  return true;
}

void* OrThrow(void* memory) {
  if (!memory) std::__throw_bad_alloc();
  return memory;
}

}  // namespace

// NOLINTBEGIN: the names are the linker's
#define HALFOPEN_WRAP(name, parameters, arguments)  \
  void* __real_##name parameters;                   \
  void* __wrap_##name parameters { return Fails() ? nullptr : __real_##name arguments; }
#define HALFOPEN_WRAP_THROWING(name, parameters, arguments) \
  void* __real_##name parameters;                           \
  void* __wrap_##name parameters { return OrThrow(Fails() ? nullptr : __real_##name arguments); }

extern "C" {
using Quiet = const std::nothrow_t&;
using Align = std::align_val_t;
HALFOPEN_WRAP(malloc, (size_t size), (size))
HALFOPEN_WRAP(_ZnwmRKSt9nothrow_t, (size_t size, Quiet tag), (size, tag))
HALFOPEN_WRAP(_ZnamRKSt9nothrow_t, (size_t size, Quiet tag), (size, tag))
HALFOPEN_WRAP(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t size, Align to, Quiet tag), (size, to, tag))
HALFOPEN_WRAP(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t size, Align to, Quiet tag), (size, to, tag))
HALFOPEN_WRAP_THROWING(_Znwm, (size_t size), (size))
HALFOPEN_WRAP_THROWING(_Znam, (size_t size), (size))
HALFOPEN_WRAP_THROWING(_ZnwmSt11align_val_t, (size_t size, Align to), (size, to))
HALFOPEN_WRAP_THROWING(_ZnamSt11align_val_t, (size_t size, Align to), (size, to))
}
// NOLINTEND
