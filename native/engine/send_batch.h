// What leaves for one connection in one system call: small pieces are copied together, large ones stay where
// they are.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace halfopen {

class SendBatch {
 public:
  static constexpr size_t kScratch = 128 * 1024;
  static constexpr size_t kByReference = 8 * 1024;  // from here on a copy costs more than a vector
  static constexpr int kVectors = 64;

  SendBatch() : scratch_(new (std::nothrow) char[kScratch]) {}
  bool ok() const { return scratch_ != nullptr; }

  void Clear() {
    count_ = 0;
    used_ = open_ = 0;
    total_ = 0;
  }
  size_t total() const { return total_; }
  // Whether `size` more bytes, and the framing around them, find room.
  bool Fits(size_t size) const {
    return count_ + 3 < kVectors && (size >= kByReference || used_ + size + 256 <= kScratch);
  }

  // `size` < kScratch - used: the caller has asked Fits.
  void Copy(const char* bytes, size_t size) {
    std::memcpy(scratch_.get() + used_, bytes, size);
    used_ += size;
    total_ += size;
  }
  template <size_t N>
  void Literal(const char (&text)[N]) {
    Copy(text, N - 1);
  }
  // Bytes that must stay as they are until the batch was sent.
  void Refer(const char* bytes, size_t size) {
    Seal();
    vectors_[count_++] = {const_cast<char*>(bytes), size};
    total_ += size;
  }
  void Add(const char* bytes, size_t size) {
    if (size >= kByReference)
      Refer(bytes, size);
    else
      Copy(bytes, size);
  }
  void Number(uint64_t value, unsigned base) {
    char digits[24];
    char* at = digits + sizeof digits;
    do {
      *--at = "0123456789abcdef"[value % base];
      value /= base;
    } while (value);
    Copy(at, static_cast<size_t>(digits + sizeof digits - at));
  }

  // The vectors to send. Valid until Clear().
  const iovec* vectors(int* count) {
    Seal();
    *count = count_;
    return vectors_;
  }

 private:
  void Seal() {
    if (used_ == open_) return;
    vectors_[count_++] = {scratch_.get() + open_, used_ - open_};
    open_ = used_;
  }

  std::unique_ptr<char[]> scratch_;
  size_t used_ = 0, open_ = 0, total_ = 0;
  iovec vectors_[kVectors];
  int count_ = 0;
};

}  // namespace halfopen
