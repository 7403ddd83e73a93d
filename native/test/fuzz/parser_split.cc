// Does cutting the input anywhere change anything that heads and bodies are read as?
#include <string>

#include "test/fuzz/input.h"
#include "test/wire_reader.h"

namespace {

using namespace halfopen;

// Each part is its own allocation, so that AddressSanitizer sees a read beyond it.
void ReadCopy(test::WireReader& reader, std::string_view bytes) {
  const auto copy = new char[bytes.size()];
  bytes.copy(copy, bytes.size());
  reader.Read({copy, bytes.size()});
  delete[] copy;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const test::FuzzInput input = test::ReadFuzzInput(data, size);
  const HeadLimits limits = test::LimitsFor(input.settings);

  test::WireReader whole(limits);
  ReadCopy(whole, input.bytes);

  test::WireReader bytewise(limits);
  for (size_t end = 0; end <= input.bytes.size(); ++end) bytewise.Read(input.bytes.substr(0, end));
  test::Require(whole.log() == bytewise.log(), "byte by byte");

  const size_t step = 1 + input.bytes.size() / 16;  // sixteen of the cuts; other inputs get others
  for (size_t cut = input.settings % step; cut < input.bytes.size(); cut += step) {
    test::WireReader parts(limits);
    ReadCopy(parts, input.bytes.substr(0, cut));
    ReadCopy(parts, input.bytes);
    test::Require(whole.log() == parts.log(), "in two parts");
  }
  return 0;
}
