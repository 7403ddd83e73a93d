// What a queue costs beyond its bytes: chunks are powers of two more often than not, and come with a frame.
#include <string>

#include "engine/out_queue.h"
#include "test/check.h"

namespace halfopen {
namespace {

constexpr size_t kFrame = sizeof "10000\r\n\r\n" - 1;

void OneBlock(size_t size) {
  Slab slab;
  OutQueue queue;
  const std::string chunk(size + kFrame, 'x');
  constexpr int kChunks = 4;
  for (int i = 1; i <= kChunks; i++) {
    CHECK_EQUAL(true, queue.Append(slab, chunk.data(), chunk.size()), "there is memory");
    iovec vectors[16];
    const int count = queue.Peek(vectors, 16);
    size_t bytes = 0;
    for (int j = 0; j < count; j++) bytes += vectors[j].iov_len;
    CHECK_EQUAL(chunk.size() * static_cast<size_t>(i), bytes, "all is queued");
    CHECK_EQUAL(i, count, "a block a chunk of " + std::to_string(size));
  }
  queue.Clear(slab);
}

}  // namespace
}  // namespace halfopen

int main() {
  for (const size_t size : {4096, 16'384, 65'536}) halfopen::OneBlock(size);
  return halfopen::test::Report("queue");
}
