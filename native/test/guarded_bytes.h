// Input whose last byte lies right before an inaccessible page: reading one byte too far crashes the test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace halfopen::test {

class GuardedBytes {
 public:
  explicit GuardedBytes(size_t capacity) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    room_ = (capacity + page - 1) / page * page + page;
    void* memory = mmap(nullptr, room_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    begin_ = static_cast<char*>(memory);
    mapped_ = room_ + page;
    if (mprotect(begin_ + room_, page, PROT_NONE) != 0) std::abort();
  }
  ~GuardedBytes() { munmap(begin_, mapped_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  // The copy of `bytes` that ends at the guard; valid until the next call.
  std::string_view Place(std::string_view bytes) {
    if (bytes.size() > room_) std::abort();
    char* at = begin_ + room_ - bytes.size();
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }

 private:
  char* begin_ = nullptr;
  size_t room_ = 0;
  size_t mapped_ = 0;
};

}  // namespace halfopen::test
