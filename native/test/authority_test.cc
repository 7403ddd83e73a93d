// Question: which texts are host [ ":" port ]?
#include "engine/authority.h"

#include <string_view>

#include "test/check.h"
#include "test/guarded_bytes.h"

namespace halfopen::test {
namespace {

constexpr std::string_view kValid[] = {
    "x", "X.example.com", "127.0.0.1:8080", "x:", "x:0", "x:65535", "x:00080", "a-b_c~d.e", "%41", "a%2fb", "x%20:1", "!$&'()*+;=",
    "999.1.1.1", "[::]", "[::1]", "[::1]:80", "[1::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[1::8]",
    "[ABCD:ef01::]", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5::1.2.3.4]", "[::1.2.3.4]:1", "[::255.0.10.249]"};

constexpr std::string_view kInvalid[] = {
    "", ":", ":80", "x:65536", "x:99999", "x:999999999999999999999", "x:8a", "x:-1", "x:+1", "x:80:80", "x::", "u@x", "x/p", "x?q",
    "x#f", "x\\y", "x y", "x,y", "%", "%4", "%4g", "%g4", "x%", "x[", "[", "[]", "[]:80", "[x]", "[::1", "::1", "[::1]x", "[::1]:x", "[::1]]",
    "[:]", "[:::]", "[1]", "[1:2]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8:]", "[1:2:3:4:5:6:7:8::]",
    "[1::2::3]", "[1:::2]", "[:1::2]", "[1::2:]", "[12345::]", "[g::]", "[::1%25eth0]", "[v1.x]", "[1.2.3.4]", "[::1.2.3]",
    "[::1.2.3.4.5]", "[::256.1.1.1]", "[::01.1.1.1]", "[::1.2.3.]", "[::1..3.4]", "[::1234.1.1.1]", "[::a.1.1.1]", "[::1.2.3.4:1]",
    "[1:2:3:4:5:6:7:1.2.3.4]", "[1:2:3:4:5:6::1.2.3.4]", "\xc3\xa9", "x\t"};

}  // namespace
}  // namespace halfopen::test

int main() {
  using namespace halfopen::test;
  GuardedBytes memory(64);
  for (const std::string_view text : kValid) CHECK_EQUAL(true, halfopen::IsAuthority(memory.Place(text)), text);
  for (const std::string_view text : kInvalid) CHECK_EQUAL(false, halfopen::IsAuthority(memory.Place(text)), text);
  return Report("authority_test");
}
