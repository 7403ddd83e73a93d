// host [ ":" port ], as in a Host field and in an absolute-form target.
#pragma once

#include <string_view>

namespace halfopen {

// RFC 9110 §7.2 with RFC 3986 §3.2.2, and stricter where an http origin has no use for the grammar's freedom:
// no empty host, no port above 65535, no IPvFuture, no zone identifier. An empty port is legal ("x:").
bool IsAuthority(std::string_view text);

}  // namespace halfopen
