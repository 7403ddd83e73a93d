// Blocks for 4, 16 and 64 KiB from free lists: queues grow and shrink without realloc or memmove.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace halfopen {

// Bytes [head, tail) of `data` are in use.
struct Block {
  Block* next;
  uint32_t head;
  uint32_t tail;
  uint32_t capacity;  // of data
  uint32_t klass;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  char* begin() { return data() + head; }
  uint32_t size() const { return tail - head; }
  uint32_t room() const { return capacity - tail; }
};

class Slab {
 public:
  static constexpr uint32_t kClasses = 3;
  static constexpr uint32_t kBytes[kClasses] = {4096, 16384, 65536};
  // Chunks are powers of two more often than not: one with its frame fits, and leaves no rest for a block of its own.
  static constexpr uint32_t kFrame = 24;
  static constexpr uint32_t kLargest = kBytes[kClasses - 1] + kFrame;

  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for (Block*& list : free_) {
      while (list) {
        Block* next = list->next;
        std::free(list);
        list = next;
      }
    }
  }

  // The largest class that `bytes` fill, or the smallest. Null: out of memory.
  Block* ForQueue(size_t bytes) {
    uint32_t klass = kClasses - 1;
    while (klass > 0 && bytes < kBytes[klass]) klass--;
    return Take(klass);
  }
  // The smallest class that holds `bytes` in one piece. Null: none does, or out of memory.
  Block* Contiguous(size_t bytes) {
    for (uint32_t klass = 0; klass < kClasses; klass++)
      if (bytes <= kBytes[klass] + kFrame) return Take(klass);
    return nullptr;
  }
  void Give(Block* block) {
    // A burst's blocks go back to the system; a working set stays.
    if (kept_[block->klass] * kBytes[block->klass] >= kKeep) {
      std::free(block);
      return;
    }
    kept_[block->klass]++;
    block->next = free_[block->klass];
    free_[block->klass] = block;
  }

 private:
  static constexpr uint32_t kKeep = 1u << 20;  // bytes kept for reuse, per class

  Block* Take(uint32_t klass) {
    Block* block = free_[klass];
    if (block) {
      free_[klass] = block->next;
      kept_[klass]--;
    } else {
      block = static_cast<Block*>(std::malloc(sizeof(Block) + kBytes[klass] + kFrame));
      if (!block) return nullptr;
    }
    *block = Block{nullptr, 0, 0, kBytes[klass] + kFrame, klass};
    return block;
  }

  Block* free_[kClasses] = {};
  uint32_t kept_[kClasses] = {};
};

}  // namespace halfopen
