// Reads one response as it stands on the wire: written against RFC 9112, not against the engine.
#pragma once

#include <string>
#include <string_view>

namespace halfopen::harness {

struct Response {
  int status = 0;
  std::string id;  // X-Id, if there is one
  std::string body;
  bool closes = false;           // it says Connection: close
  bool close_delimited = false;  // framed by the end of the connection
  size_t size = 0;               // on the wire
};

enum class Reading { kMore, kWhole, kMalformed };

// `ended`: a FIN came, so a body without framing is whole. Interim responses are whole responses of status 1xx.
Reading ReadResponse(std::string_view wire, bool ended, bool head_only, Response* into);

}  // namespace halfopen::harness
