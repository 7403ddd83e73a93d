// Is every head that the parser accepts one that a plain reading of the rules accepts, with the same meaning?
#include "test/fuzz/input.h"
#include "test/fuzz/plain_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace halfopen;
  const test::FuzzInput input = test::ReadFuzzInput(data, size);
  const HeadLimits limits = test::LimitsFor(input.settings);

  RequestParser parser;
  for (std::string_view rest = input.bytes;;) {
    parser.Reset();
    const ParseStatus status = parser.Parse(rest.data(), rest.size(), limits);
    if (status == ParseStatus::kRefused) test::Require(parser.refusal().status >= 400 && *parser.refusal().why != '\0', "a reason");
    if (status == ParseStatus::kNeedMore) test::Require(rest.size() <= limits.head, "no waiting beyond the limit");
    if (status != ParseStatus::kDone) return 0;
    test::Require(parser.head().size <= rest.size(), "the head lies within the input");
    const char* objection = test::Objection(parser.head(), rest.substr(0, parser.head().size), limits);
    test::Require(objection == nullptr, objection);
    rest.remove_prefix(parser.head().size);
  }
}
