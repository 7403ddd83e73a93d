// Bytes the kernel would not take yet, for one connection. 16 bytes when empty; blocks come from the engine's
// slab.
#pragma once

#include <sys/uio.h>

#include "common/slab.h"

namespace halfopen {

class OutQueue {
 public:
  bool empty() const { return first_ == nullptr; }

  // Copies. False: out of memory, nothing was lost of what was queued before.
  bool Append(Slab& slab, const char* bytes, size_t size) {
    while (size > 0) {
      // A rest that only frames were meant for is left: who begins in it does not find room for the others in one block.
      if (!last_ || (last_->room() < size && last_->room() <= Slab::kFrame)) {
        Block* block = slab.ForQueue(size);
        if (!block) return false;
        (last_ ? last_->next : first_) = block;
        last_ = block;
      }
      const size_t part = size < last_->room() ? size : last_->room();
      std::memcpy(last_->data() + last_->tail, bytes, part);
      last_->tail += static_cast<uint32_t>(part);
      bytes += part;
      size -= part;
    }
    return true;
  }

  // Fills at most `most` vectors with what is at the front.
  int Peek(iovec* vectors, int most) const {
    int count = 0;
    for (Block* block = first_; block && count < most; block = block->next)
      vectors[count++] = {block->begin(), block->size()};
    return count;
  }

  // Drops `size` bytes that the kernel has taken.
  void Pop(Slab& slab, size_t size) {
    while (size > 0) {
      Block* block = first_;
      if (size < block->size()) {
        block->head += static_cast<uint32_t>(size);
        return;
      }
      size -= block->size();
      first_ = block->next;
      slab.Give(block);
    }
    if (!first_) last_ = nullptr;
  }

  void Clear(Slab& slab) {
    while (first_) {
      Block* next = first_->next;
      slab.Give(first_);
      first_ = next;
    }
    last_ = nullptr;
  }

 private:
  Block* first_ = nullptr;
  Block* last_ = nullptr;
};

}  // namespace halfopen
