// A list whose room is taken once, when it is made. Adding to it takes no memory, so nothing fails later; that there is none
// is asked of ok() and not thrown, for nobody here could catch it. For plain numbers and records memory is used as items come.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace halfopen {

template <typename T>
class FixedList {
 public:
  explicit FixedList(size_t capacity) : items_(new (std::nothrow) T[capacity]), capacity_(items_ ? capacity : 0) {}

  bool ok() const { return items_ != nullptr; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  // Not one more than it was made for, and nothing behind the last: either would be a fault of ours, and ends the process.
  void push_back(T item) {
    if (size_ == capacity_) __builtin_trap();
    items_[size_++] = std::move(item);
  }
  void pop_back() { shrink(size_ - 1); }
  void shrink(size_t size) {
    if (size > size_) __builtin_trap();
    size_ = size;
  }
  void clear() { size_ = 0; }
  // Those behind the first `count` move up.
  void drop_front(size_t count) {
    std::move(begin() + count, end(), begin());
    shrink(size_ - count);
  }
  T& operator[](size_t at) {
    if (at >= size_) __builtin_trap();
    return items_[at];
  }
  const T& operator[](size_t at) const {
    if (at >= size_) __builtin_trap();
    return items_[at];
  }
  T& back() { return (*this)[size_ - 1]; }

  T* begin() { return items_.get(); }
  T* end() { return items_.get() + size_; }
  void swap(FixedList& other) {
    items_.swap(other.items_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  std::unique_ptr<T[]> items_;
  size_t size_ = 0, capacity_;
};

}  // namespace halfopen
