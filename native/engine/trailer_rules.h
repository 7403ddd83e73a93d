// Which fields may stand behind a chunked body.
#pragma once

#include <string_view>

namespace halfopen {

// RFC 9110 §6.5.1: no field that is needed before the body, for framing, routing, authentication, request control or
// reading the content. They do no harm as long as trailers are dropped; a client that sends one is trying something.
// `name` in lower case.
bool IsForbiddenInTrailers(std::string_view name);

}  // namespace halfopen
