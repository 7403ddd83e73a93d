// The smallest test framework that says expected and actual: a failed check is printed and counted, the test goes on.
#pragma once

#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>

namespace halfopen::test {

inline int failures = 0;
inline int checks = 0;

// Control characters as \xNN, so that a failure shows the bytes.
inline std::string Visible(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 300)) {
    const auto byte = static_cast<unsigned char>(c);
    char code[8];
    std::snprintf(code, sizeof code, byte == '\r' ? "\\r" : byte == '\n' ? "\\n" : "\\x%02x", byte);
    if (byte < 0x20 || byte > 0x7e) {
      out += code;
    } else {
      out += c;
    }
  }
  return text.size() > 300 ? out + "… (" + std::to_string(text.size()) + " bytes)" : out;
}

template <typename Expected, typename Actual>
void Equal(const Expected& expected, const Actual& actual, std::string_view about, const char* file, int line) {
  ++checks;
  if (expected == actual) return;
  ++failures;
  std::ostringstream want, got;
  want << expected;
  got << actual;
  std::fprintf(stderr, "%s:%d: %s\n  expected: %s\n  actual:   %s\n", file, line, Visible(about).c_str(),
               Visible(want.str()).c_str(), Visible(got.str()).c_str());
}

// To be returned from main().
inline int Report(const char* name) {
  std::printf("%s: %d checks, %d failed\n", name, checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace halfopen::test

#define CHECK_EQUAL(expected, actual, about) ::halfopen::test::Equal((expected), (actual), (about), __FILE__, __LINE__)
