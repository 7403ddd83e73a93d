// A second opinion on an accepted head, written without the parser's tables and states: slow, obvious, by lines.
#pragma once

#include <string>
#include <string_view>

#include "engine/request_parser.h"

namespace halfopen::test {

// Null, or what is wrong with accepting `bytes` (exactly one whole head) as `head`.
const char* Objection(const RequestHead& head, std::string_view bytes, const HeadLimits& limits);

}  // namespace halfopen::test
