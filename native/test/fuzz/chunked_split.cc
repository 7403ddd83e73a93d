// Does cutting a chunked body anywhere change its data or its end? Is what was accepted rebuilt by a plain reading?
#include <string>

#include "engine/chunked_decoder.h"
#include "test/fuzz/input.h"

namespace {

using namespace halfopen;
using Status = ChunkedDecoder::Status;

struct Outcome {
  std::string data;
  Status status = Status::kNeedMore;
  size_t consumed = 0;
  std::string why;
  bool operator==(const Outcome&) const = default;
};

void Decode(ChunkedDecoder& decoder, std::string_view bytes, Outcome& outcome) {
  const auto copy = new char[bytes.size()];
  bytes.copy(copy, bytes.size());
  for (size_t at = 0; outcome.status == Status::kNeedMore;) {
    const ChunkedDecoder::Result result = decoder.Decode(copy + at, bytes.size() - at);
    test::Require(result.consumed <= bytes.size() - at, "consumed within the input");
    at += result.consumed;
    outcome.consumed += result.consumed;
    if (result.status == Status::kData) {
      test::Require(result.size > 0 && result.data >= copy && result.data + result.size == copy + at, "data within the input");
      outcome.data.append(result.data, result.size);
      continue;
    }
    outcome.status = result.status;
    outcome.why = decoder.why();
    if (result.status == Status::kNeedMore) {
      test::Require(at == bytes.size(), "all input consumed");
      break;
    }
  }
  delete[] copy;
}

// The data of a body known to be valid: sizes by strtoull, lines by find.
std::string PlainData(std::string_view body) {
  std::string data;
  for (;;) {
    const size_t line_end = body.find("\r\n");
    const auto size = static_cast<size_t>(std::strtoull(std::string(body.substr(0, line_end)).c_str(), nullptr, 16));
    if (size == 0) return data;
    data += body.substr(line_end + 2, size);
    body.remove_prefix(line_end + 2 + size + 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const test::FuzzInput input = test::ReadFuzzInput(data, size);
  Outcome whole;
  ChunkedDecoder decoder;
  Decode(decoder, input.bytes, whole);
  if (whole.status == Status::kDone) {
    test::Require(whole.data == PlainData(input.bytes.substr(0, whole.consumed)), "the data of a plain reading");
  }

  for (const size_t step : {size_t{1}, size_t{2} + input.settings % 16}) {
    Outcome parts;
    decoder.Reset();
    for (size_t at = 0; at < input.bytes.size() && parts.status == Status::kNeedMore; at += step) {
      Decode(decoder, input.bytes.substr(at, step), parts);
    }
    test::Require(whole == parts, "in parts");
  }
  return 0;
}
