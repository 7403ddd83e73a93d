// Allocations that the engine says it can live without: the slab's blocks, pages of connections, states of parsers. The
// linker's --wrap leads them here (see the Makefile).
#include <cstdlib>
#include <new>

#include "test/harness/faulty_sys.h"

namespace {

bool Fails() {
  halfopen::harness::Faults* f = halfopen::harness::Faults::current;
  if (!f || !f->in_engine) return false;
  if (++f->allocations != f->fail_nth && !f->Harsh(100)) return false;
  f->counts.memory++;
  return true;
}

}  // namespace

// NOLINTBEGIN: the names are the linker's
extern "C" {
void* __real_malloc(size_t size);
void* __real__ZnwmRKSt9nothrow_t(size_t size, const std::nothrow_t& tag);
void* __real__ZnamRKSt9nothrow_t(size_t size, const std::nothrow_t& tag);

void* __wrap_malloc(size_t size) { return Fails() ? nullptr : __real_malloc(size); }
void* __wrap__ZnwmRKSt9nothrow_t(size_t size, const std::nothrow_t& tag) {
  return Fails() ? nullptr : __real__ZnwmRKSt9nothrow_t(size, tag);
}
void* __wrap__ZnamRKSt9nothrow_t(size_t size, const std::nothrow_t& tag) {
  return Fails() ? nullptr : __real__ZnamRKSt9nothrow_t(size, tag);
}
}
// NOLINTEND
