#include "test/wire_cases.h"

#include <cstdint>
#include <fstream>

namespace halfopen::test {
namespace {

// The text of a field's value: behind `"key":`, from its first character to the end of the line.
std::string_view ValueOf(std::string_view line, const std::string& key) {
  const size_t at = line.find("\"" + key + "\":");
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + key.size() + 3);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

std::string String(std::string_view value) {
  if (value.empty() || value.front() != '"') return {};
  return std::string(value.substr(1, value.find('"', 1) - 1));
}

std::vector<int> Numbers(std::string_view value) {
  std::vector<int> numbers;
  if (value.empty() || value.front() != '[') return numbers;
  for (size_t at = 1; at < value.size() && value[at] != ']'; ++at) {
    if (value[at] < '0' || value[at] > '9') continue;
    int number = 0;
    for (; value[at] >= '0' && value[at] <= '9'; ++at) number = number * 10 + (value[at] - '0');
    numbers.push_back(number);
    --at;
  }
  return numbers;
}

std::string Base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;  // padding
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out.push_back(static_cast<char>((bits >> have) & 0xff));
  }
  return out;
}

}  // namespace

std::vector<WireCase> ReadWireCases(const char* path) {
  std::vector<WireCase> cases;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    cases.push_back({String(ValueOf(line, "id")), Base64(String(ValueOf(line, "raw_b64"))),
                     Numbers(ValueOf(line, "status_sequence")), Numbers(ValueOf(line, "status_any_of"))});
  }
  return cases;
}

}  // namespace halfopen::test
