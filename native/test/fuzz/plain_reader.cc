#include "test/fuzz/plain_reader.h"

#include <cctype>
#include <vector>

namespace halfopen::test {
namespace {

bool IsToken(std::string_view text) {
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos) return false;
    if (c == '\0' || static_cast<unsigned char>(c) > 0x7f) return false;
  }
  return !text.empty();
}

std::string Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

std::string LowerCase(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

struct Field {
  std::string name, value;
};

std::vector<std::string> ValuesOf(const std::vector<Field>& fields, std::string_view name) {
  std::vector<std::string> values;
  for (const Field& field : fields) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

const char* ReadLines(std::string_view fields_text, const HeadLimits& limits, std::vector<Field>& fields) {
  while (!fields_text.empty()) {
    const size_t end = fields_text.find("\r\n");
    if (end == std::string_view::npos) return "the fields do not end with a line's end";
    const std::string_view line = fields_text.substr(0, end);
    if (line.size() > limits.field) return "a field over its limit";
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return "a line without a name";
    for (const char c : line.substr(colon + 1)) {
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return "a control character in a value";
    }
    fields.push_back({LowerCase(line.substr(0, colon)), Trim(line.substr(colon + 1))});
    fields_text.remove_prefix(end + 2);
  }
  return nullptr;
}

const char* CheckMeaning(const RequestHead& head, std::string_view bytes, const std::vector<Field>& fields) {
  const auto hosts = ValuesOf(fields, "host");
  if (hosts.size() > 1 || (hosts.empty() && head.minor_version == 1)) return "not one Host";
  const std::string_view authority = bytes.substr(head.authority_at, head.authority_size);
  if (bytes[head.target_at] == '/' && !hosts.empty() && authority != hosts[0]) return "authority is not the Host";
  if (!hosts.empty() && (hosts[0].empty() || hosts[0].find_first_of("@/?#\\ \t,") != std::string::npos)) return "a Host that is none";

  const auto lengths = ValuesOf(fields, "content-length");
  const auto codings = ValuesOf(fields, "transfer-encoding");
  if (lengths.size() + codings.size() > 1) return "framed twice";
  if (head.has_content_length != (lengths.size() == 1) || head.chunked != (codings.size() == 1)) return "framing not told";
  if (head.chunked && (head.minor_version == 0 || LowerCase(codings[0]) != "chunked")) return "chunked that is not";
  if (head.has_content_length) {
    const size_t significant = lengths[0].find_first_not_of('0');
    const std::string digits = significant == std::string::npos ? "0" : lengths[0].substr(significant);
    if (lengths[0].empty() || digits != std::to_string(head.content_length)) return "a length misread";
  }
  for (const std::string& value : ValuesOf(fields, "expect")) {
    if (head.minor_version == 1 && LowerCase(value) != "100-continue") return "an unknown expectation";
  }
  return nullptr;
}

}  // namespace

const char* Objection(const RequestHead& head, std::string_view bytes, const HeadLimits& limits) {
  if (head.size != bytes.size() || bytes.size() > limits.head) return "size";
  if (!bytes.ends_with("\r\n\r\n")) return "the head does not end with an empty line";
  std::string_view text = bytes;
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  const std::string_view line = text.substr(0, text.find("\r\n"));
  if (line.size() > limits.request_line) return "a request line over its limit";
  for (const char c : line) {
    if (c < 0x20 || c > 0x7e) return "a byte that no request line holds";
  }

  const std::string_view method = bytes.substr(head.method_at, head.method_size);
  const std::string_view target = bytes.substr(head.target_at, head.target_size);
  if (!IsToken(method) || method.size() > limits.method || method == "CONNECT") return "method";
  const std::string rebuilt = std::string(method) + " " + std::string(target) + " HTTP/1." + std::to_string(head.minor_version);
  if (head.minor_version > 1 || line != rebuilt) return "the request line is not its three parts";

  if (target.find_first_of(" #\\\"<>") != std::string_view::npos) return "target";
  const std::string path(bytes.substr(head.path_at, head.path_size));
  const std::string query(bytes.substr(head.query_at, head.query_size));
  std::string prefix;
  if (target != "*" && !target.starts_with("/")) {
    if (LowerCase(target.substr(0, 7)) != "http://") return "scheme";
    prefix = std::string(target.substr(0, 7)) + std::string(bytes.substr(head.authority_at, head.authority_size));
    if (head.authority_size == 0 || prefix.find('@') != std::string::npos) return "authority";
    if (!path.empty() && path[0] != '/') return "path";
  }
  if (target == "*" && method != "OPTIONS") return "asterisk";
  if (target != prefix + path + (query.empty() ? "" : "?" + query) && target != prefix + path + "?") return "the target is not its parts";

  const std::string_view fields_text = bytes.substr(head.fields_at, head.fields_size);
  if (head.fields_at + head.fields_size + 2 != head.size) return "the fields are not all of the rest";
  if (fields_text.data() != line.data() + line.size() + 2) return "the fields do not follow the request line";
  std::vector<Field> fields;
  if (const char* objection = ReadLines(fields_text, limits, fields)) return objection;
  if (fields.size() != head.field_count || fields.size() > limits.fields) return "field count";
  return CheckMeaning(head, bytes, fields);
}

}  // namespace halfopen::test
