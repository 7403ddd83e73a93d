// Question: does the parser read exactly the valid heads, say what they mean, and refuse the others at the first wrong byte?
#include <cctype>
#include <string>
#include <string_view>

#include "test/check.h"
#include "test/every_cut.h"

namespace halfopen::test {
namespace {

using namespace std::string_literals;  // for bytes with NUL in them

struct Accepted {
  std::string bytes;
  std::string means;  // as Describe() puts it
};
const Accepted kAccepted[] = {
    // forms of target, RFC 9112 §3.2
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / path=/ query= authority=x 1.1 keep fields=1:9 size=27"},
    {"GET /a/b?c=d?e HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a/b?c=d?e path=/a/b query=c=d?e authority=x 1.1 keep fields=1:9 size=36"},
    {"GET /? HTTP/1.1\r\nHost: x\r\n\r\n", "GET /? path=/ query= authority=x 1.1 keep fields=1:9 size=28"},
    {"GET //evil/ HTTP/1.1\r\nHost: x\r\n\r\n", "GET //evil/ path=//evil/ query= authority=x 1.1 keep fields=1:9 size=33"},
    {"GET /[]{}|^`%zz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /[]{}|^`%zz path=/[]{}|^`%zz query= authority=x 1.1 keep fields=1:9 size=37"},
    {"GET http://y:81/p?q HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://y:81/p?q path=/p query=q authority=y:81 1.1 keep fields=1:9 size=41"},
    {"GET HtTp://y HTTP/1.1\r\nHost: x\r\n\r\n", "GET HtTp://y path= query= authority=y 1.1 keep fields=1:9 size=34"},
    {"GET http://y?q HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://y?q path= query=q authority=y 1.1 keep fields=1:9 size=36"},
    {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * path=* query= authority=x 1.1 keep fields=1:9 size=31"},
    {"OPTIONS http://y HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS http://y path= query= authority=y 1.1 keep fields=1:9 size=38"},
    // methods are case-sensitive tokens
    {"get / HTTP/1.1\r\nHost: x\r\n\r\n", "get / path=/ query= authority=x 1.1 keep fields=1:9 size=27"},
    {"connect / HTTP/1.1\r\nHost: x\r\n\r\n", "connect / path=/ query= authority=x 1.1 keep fields=1:9 size=31"},
    {"!#$%&'*+-.^_`|~0aZ / HTTP/1.1\r\nHost: x\r\n\r\n", "!#$%&'*+-.^_`|~0aZ / path=/ query= authority=x 1.1 keep fields=1:9 size=42"},
    // one empty line before the request counts into the head
    {"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / path=/ query= authority=x 1.1 keep fields=1:9 size=29"},
    // Host
    {"GET / HTTP/1.1\r\nhOST:\t x:8080 \t\r\n\r\n", "GET / path=/ query= authority=x:8080 1.1 keep fields=1:17 size=35"},
    {"GET / HTTP/1.0\r\n\r\n", "GET / path=/ query= authority= 1.0 close fields=0:0 size=18"},
    {"GET / HTTP/1.0\r\nHost: x\r\n\r\n", "GET / path=/ query= authority=x 1.0 close fields=1:9 size=27"},
    // Connection, RFC 9112 §9.3
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / path=/ query= authority= 1.0 keep fields=1:24 size=42"},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET / path=/ query= authority= 1.0 close fields=1:31 size=49"},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: a ,, CLOSE\r\n\r\n", "GET / path=/ query= authority=x 1.1 close fields=2:33 size=51"},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n", "GET / path=/ query= authority=x 1.1 close fields=3:52 size=70"},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: closed\r\n\r\n", "GET / path=/ query= authority=x 1.1 keep fields=2:29 size=47"},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n", "GET / path=/ query= authority=x 1.1 keep upgrade fields=3:62 size=80"},
    // framing
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \t007 \r\n\r\n", "POST / path=/ query= authority=x 1.1 keep length=7 fields=2:32 size=51"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n", "POST / path=/ query= authority=x 1.1 keep length=18446744073709551615 fields=2:47 size=66"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTRANSFER-encoding:\tCHUNKED \t\r\n\r\n", "POST / path=/ query= authority=x 1.1 keep chunked fields=2:39 size=58"},
    // Expect: none in 1.0
    {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n\r\n", "POST / path=/ query= authority=x 1.1 keep continue fields=2:31 size=50"},
    {"POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "POST / path=/ query= authority= 1.0 close fields=1:22 size=41"},
    {"POST / HTTP/1.0\r\nExpect: tea\r\n\r\n", "POST / path=/ query= authority= 1.0 close fields=1:13 size=32"},
    // values: empty, obs-text, tabs; names of the same length as known ones
    {"GET / HTTP/1.1\r\nHost: x\r\nX:\r\nY: \xc3\xa9\xff\t\"!~\r\n\r\n", "GET / path=/ query= authority=x 1.1 keep fields=3:25 size=43"},
    {"GET / HTTP/1.1\r\nHost: x\r\nHosT_: y\r\nHast: y\r\nExpert: y\r\nContent-Langth: y\r\n\r\n", "GET / path=/ query= authority=x 1.1 keep fields=5:58 size=76"},
};

void AcceptedHeadsMeanWhatTheySay() {
  for (const Accepted& row : kAccepted) {
    GuardedBytes memory(row.bytes.size());
    const std::string_view bytes = memory.Place(row.bytes);
    RequestParser parser;
    CHECK_EQUAL(true, parser.untouched(), row.bytes);
    const bool done = parser.Parse(bytes.data(), bytes.size(), {}) == ParseStatus::kDone;
    CHECK_EQUAL(true, done, row.bytes + " " + parser.refusal().why);
    if (done) CHECK_EQUAL(row.means, Describe(parser.head(), bytes.data()), row.bytes);
    CHECK_EQUAL(false, parser.untouched(), row.bytes);
    ReadUnderEveryCut(row.bytes, row.bytes);
  }
}

// Each row ends with the byte that makes it invalid: without that byte it is a head still to come.
struct Refused {
  int status;
  std::string bytes;
};
const std::string kLine = "GET / HTTP/1.1\r\n";
const std::string kHead = kLine + "Host: x\r\n";
const Refused kRefused[] = {
    // before the request line
    {400, "\n"}, {400, "\r\r"}, {400, "\r\n\r"}, {400, "\r\n\n"}, {400, " "}, {400, "\x16"}, {400, "\0"s}, {400, "\x80"},
    // method
    {400, "GET\t"}, {400, "GET\r"}, {400, "GET\n"}, {400, "G\0"s}, {400, "G\xe9"}, {400, "GET:"}, {501, "CONNECT "},
    // target
    {400, "GET  "}, {400, "GET \t"}, {400, "GET \r"}, {400, "GET f"}, {400, "GET ?"}, {400, "GET *"}, {400, "GET #"},
    {400, "GET \x80"}, {400, "options *"}, {400, "OPTIONS */"}, {400, "OPTIONS *?"}, {400, "OPTIONS *\r"}, {400, "GET x"},
    {400, "GET https"}, {400, "GET http:x"}, {400, "GET http:/ "}, {400, "GET ht\n"}, {400, "GET w"},
    {400, "GET http:///"}, {400, "GET http:// "}, {400, "GET http://?"}, {400, "GET http://u@"}, {400, "GET http://x\\"},
    {400, "GET http://x#"}, {400, "GET http://x:99999/"}, {400, "GET http://[::1/"}, {400, "GET http://x\r"}, {400, "GET http://x,"},
    {400, "GET /a#"}, {400, "GET /a\\"}, {400, "GET /a\""}, {400, "GET /a<"}, {400, "GET /a>"}, {400, "GET /\xc3"},
    {400, "GET /\x7f"}, {400, "GET /a\0"s}, {400, "GET /\t"}, {400, "GET /\n"}, {400, "GET /\r"},
    {400, "GET /?a#"}, {400, "GET /?\\"}, {400, "GET /?\r"}, {400, "GET /?\x80"},
    // version
    {400, "GET / h"}, {400, "GET /  "}, {400, "GET / R"}, {400, "GET / \r"}, {400, "GET / HTTQ"}, {400, "GET / HTTP "},
    {400, "GET / HTTP/x"}, {400, "GET / HTTP/1,"}, {400, "GET / HTTP/1.x"}, {400, "GET / HTTP/11"}, {400, "GET / HTTP/1\r"},
    {505, "GET / HTTP/2"}, {505, "GET / HTTP/0"}, {505, "GET / HTTP/1.2"}, {505, "GET / HTTP/1.9"},
    {400, "GET / HTTP/1.1 "}, {400, "GET / HTTP/1.11"}, {400, "GET / HTTP/1.1\n"}, {400, "GET / HTTP/1.1\rH"}, {400, "GET / HTTP/1.1\r\r"},
    // field names
    {400, kLine + " "}, {400, kLine + "\t"}, {400, kLine + ":"}, {400, kLine + "\n"}, {400, kHead + " "}, {400, kHead + "\0"s},
    {400, kHead + "X "}, {400, kHead + "X\t"}, {400, kHead + "X\r"}, {400, kHead + "X\n"}, {400, kHead + "X\xe9"}, {400, kHead + "X("},
    {400, kHead + "X\0"s}, {400, kHead + "X: a\r\n "}, {400, kHead + "X: a\r\n\t"},
    // field values
    {400, kHead + "X: a\n"}, {400, kHead + "X: a\rb"}, {400, kHead + "X: a\0"s}, {400, kHead + "X: a\x07"}, {400, kHead + "X: a\x7f"},
    {400, kHead + "X: 0123456789abcdefghij\x01"}, {400, kHead + "X: 0123456789abcdefghij\x1f"}, {400, kHead + "X: a\x0b"}, {400, kHead + "X: a\x0c"},
    // the end of the head
    {400, kHead + "\n"}, {400, kHead + "\rZ"}, {400, kHead + "\r\r"},
    // Host: judged at the end of its line, its absence at the end of the head
    {400, kLine + "\r\n"}, {400, kLine + "Hosts: x\r\n\r\n"}, {400, kHead + "Host: x\r\n"}, {400, kHead + "host: y\r\n"},
    {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n"}, {400, "GET http://x/ HTTP/1.1\r\n\r\n"}, {400, "GET http://x/ HTTP/1.1\r\nHost: a b\r\n"},
    {400, kLine + "Host:\r\n"}, {400, kLine + "Host: \t \r\n"}, {400, kLine + "Host: u@x\r\n"}, {400, kLine + "Host: x/p\r\n"}, {400, kLine + "Host: x, y\r\n"},
    {400, "GET / HTTP/1.0\r\nHost:\r\n"},
    // Content-Length
    {400, kHead + "Content-Length:\r\n"}, {400, kHead + "Content-Length: \t\r\n"}, {400, kHead + "Content-Length: +5\r\n"},
    {400, kHead + "Content-Length: -1\r\n"}, {400, kHead + "Content-Length: 0x5\r\n"}, {400, kHead + "Content-Length: 1_0\r\n"},
    {400, kHead + "Content-Length: 5, 5\r\n"}, {400, kHead + "Content-Length: 5 5\r\n"}, {400, kHead + "Content-Length: 5.\r\n"},
    {400, kHead + "Content-Length: 18446744073709551616\r\n"}, {400, kHead + "Content-Length: 184467440737095516150\r\n"},
    {400, kHead + "Content-Length: 5\r\nContent-Length: 5\r\n"}, {400, kHead + "Content-Length: 0\r\ncontent-length: 0\r\n"},
    // Transfer-Encoding
    {400, kHead + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"}, {400, kHead + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
    {400, kHead + "Content-Length: 5\r\nTransfer-Encoding:\r\n"}, {400, kHead + "Transfer-Encoding:\r\n"}, {400, kHead + "Transfer-Encoding: ,\r\n"},
    {400, kHead + "Transfer-Encoding: chunked, chunked\r\n"}, {400, kHead + "Transfer-Encoding: chunked, gzip\r\n"},
    {400, kHead + "Transfer-Encoding: , chunked\r\n"}, {400, kHead + "Transfer-Encoding: chunked,\r\n"}, {400, kHead + "Transfer-Encoding: chunked;q=1\r\n"},
    {400, kHead + "Transfer-Encoding: \"chunked\"\r\n"}, {400, kHead + "Transfer-Encoding: chunked chunked\r\n"}, {400, kHead + "Transfer-Encoding: gzip,,chunked\r\n"},
    {400, kHead + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}, {400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"},
    {400, "GET / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n"},
    {501, kHead + "Transfer-Encoding: gzip\r\n"}, {501, kHead + "Transfer-Encoding: gzip, chunked\r\n"}, {501, kHead + "Transfer-Encoding: identity\r\n"},
    {501, kHead + "Transfer-Encoding: xchunked\r\n"}, {501, kHead + "Transfer-Encoding: chunke\r\n"},
    // Expect
    {417, kHead + "Expect: 200-ok\r\n"}, {417, kHead + "Expect:\r\n"}, {417, kHead + "Expect: 100-continue, 100-continue\r\n"},
};

void CheckRefused(int status, const std::string& bytes, const HeadLimits& limits = {}) {
  WireReader before(limits);
  before.Read(std::string_view(bytes).substr(0, bytes.size() - 1));
  CHECK_EQUAL(std::string{}, before.log(), "one byte earlier, nothing is decided: " + bytes);
  const WireReader reader = ReadUnderEveryCut(bytes, bytes, limits);
  CHECK_EQUAL(status, reader.refused_with(), bytes + " → " + reader.log());
}

void InvalidHeadsAreRefusedAtTheFirstWrongByte() {
  for (const Refused& row : kRefused) CheckRefused(row.status, row.bytes);
}

// Every one of the 256 bytes, where a token, a path, a query and a value could go on.
void EveryByteIsJudgedByItsPlace() {
  const auto refused = [](const std::string& bytes) {
    WireReader reader;
    reader.Read(bytes);
    return reader.refused_with() != 0;
  };
  const std::string_view token = "!#$%&'*+-.^_`|~";
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const bool alnum = code < 128 && std::isalnum(code) != 0;
    const bool tchar = alnum || (c != 0 && token.find(c) != std::string_view::npos);
    const bool target = code > 0x20 && code < 0x7f && std::string_view("\"<>\\#").find(c) == std::string_view::npos;
    const bool value = code == '\t' || (code >= 0x20 && code != 0x7f);
    const std::string about = "byte " + std::to_string(code);
    CHECK_EQUAL(!(tchar || c == ' '), refused("GE"s + c), about + " in a method");
    CHECK_EQUAL(!(target || c == ' '), refused("GET /"s + c), about + " in a path");
    CHECK_EQUAL(!(target || c == ' '), refused("GET /?"s + c), about + " in a query");
    CHECK_EQUAL(!(tchar || c == ':'), refused(kLine + "X"s + c), about + " in a field name");
    CHECK_EQUAL(!(value || c == '\r'), refused(kLine + "X:"s + c), about + " in a short value");
    CHECK_EQUAL(!value, refused(kLine + "X: 0123456"s + c + "89abcdefghijklmnop"), about + " in a long value");
  }
}

void LimitsHoldToTheByte() {
  HeadLimits limits;
  limits.method = 4;
  limits.request_line = 20;
  limits.field = 12;
  limits.fields = 2;
  limits.head = 60;
  const auto accepted = [&](const std::string& bytes) {
    CHECK_EQUAL(1, ReadUnderEveryCut(bytes, bytes, limits).complete(), bytes);
  };
  accepted("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
  CheckRefused(501, "PATCH", limits);
  accepted("GET /234567 HTTP/1.1\r\nHost: x\r\n\r\n");            // 20 bytes
  CheckRefused(414, "GET /2345678 HTTP/1.1", limits);             // the 21st
  CheckRefused(414, "GET /234567 HTTP/1.1x", limits);
  CheckRefused(414, "GET /23456789abcdefgh", limits);             // within the path, the query, the authority, …
  CheckRefused(414, "GET /?3456789abcdefgh", limits);
  CheckRefused(414, "GET http://3456789abc", limits);
  accepted("GET / HTTP/1.1\r\nHost: 789abc\r\n\r\n");             // 12 bytes
  CheckRefused(431, kLine + "Host: 789abcd", limits);
  CheckRefused(431, kLine + "123456789abcd", limits);
  CheckRefused(431, kLine + "123456789abc:", limits);
  accepted(kLine + "Host: x\r\na:\r\n\r\n");
  CheckRefused(431, kLine + "Host: x\r\na:\r\nb", limits);
  limits.fields = 10;
  const std::string near = kHead + "12:456789ab\r\n" + "1:3456789abc\r\n";  // 52 bytes
  accepted(near + "1:34\r\n\r\n");                                          // 60 bytes
  CheckRefused(431, near + "1:345\r\n\r\n", limits);
  limits.head = 10;
  CheckRefused(431, "GET /234567", limits);
  limits.request_line = 3;
  CheckRefused(414, "GET ", limits);
  CheckRefused(414, "OPTI", limits);
  limits = {};
  limits.request_line = 4;
  CheckRefused(414, "GET /", limits);
  limits.request_line = 9;
  CheckRefused(414, "OPTIONS * ", limits);
  limits.request_line = 8;
  CheckRefused(414, "GET http:", limits);
}

void DefaultLimitsAreTheDocumentedOnes() {
  const std::string long_path = "GET /" + std::string(8 * 1024, 'a');
  CheckRefused(414, long_path.substr(0, 8 * 1024 + 1));
  CheckRefused(501, std::string(33, 'M'));
  CheckRefused(431, kHead + "X:" + std::string(16 * 1024 - 1, 'v'));
  std::string fields = kHead;
  for (int i = 1; i < 100; ++i) fields += "a:\r\n";
  CHECK_EQUAL(1, ReadUnderEveryCut(fields + "\r\n", "100 fields").complete(), "100 fields");
  CheckRefused(431, fields + "a");
  std::string head = kHead;
  while (head.size() < 32 * 1024) head += "X: " + std::string(1000, 'v') + "\r\n";
  CheckRefused(431, head.substr(0, 32 * 1024 + 1));
}

void AnswersStayUntilReset() {
  RequestParser parser;
  const std::string good = kHead + "\r\n";
  CHECK_EQUAL(true, parser.Parse(good.data(), good.size(), {}) == ParseStatus::kDone, "done");
  CHECK_EQUAL(true, parser.Parse(good.data(), good.size(), {}) == ParseStatus::kDone, "still done");
  parser.Reset();
  CHECK_EQUAL(true, parser.untouched(), "reset");
  CHECK_EQUAL(true, parser.Parse("\n", 1, {}) == ParseStatus::kRefused, "refused");
  CHECK_EQUAL(true, parser.Parse(good.data(), good.size(), {}) == ParseStatus::kRefused, "still refused");
  parser.Reset();
  CHECK_EQUAL(true, parser.Parse(good.data(), good.size(), {}) == ParseStatus::kDone, "done again");
}

void AnEmptyLineLeavesTheConnectionIdle() {
  RequestParser parser;
  const std::string_view bytes = "\r\nG";
  for (size_t size = 0; size <= 2; ++size) {
    CHECK_EQUAL(true, parser.Parse(bytes.data(), size, {}) == ParseStatus::kNeedMore, "need more");
    CHECK_EQUAL(true, parser.untouched(), "CRLF begins no request");
  }
  CHECK_EQUAL(true, parser.Parse(bytes.data(), 3, {}) == ParseStatus::kNeedMore, "need more");
  CHECK_EQUAL(false, parser.untouched(), "a letter does");
}

void PipelinedRequestsAreReadOneByOne() {
  const std::string bytes = kHead + "\r\n" + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + "\r\n" + kHead + "\r\n";
  const WireReader reader = ReadUnderEveryCut(bytes, "pipelined");
  CHECK_EQUAL(3, reader.complete(), reader.log());
  CHECK_EQUAL(true, reader.between_requests(), "idle behind the last one");
}

}  // namespace
}  // namespace halfopen::test

int main() {
  using namespace halfopen::test;
  AcceptedHeadsMeanWhatTheySay();
  InvalidHeadsAreRefusedAtTheFirstWrongByte();
  EveryByteIsJudgedByItsPlace();
  LimitsHoldToTheByte();
  DefaultLimitsAreTheDocumentedOnes();
  AnswersStayUntilReset();
  AnEmptyLineLeavesTheConnectionIdle();
  PipelinedRequestsAreReadOneByOne();
  return Report("request_parser_test");
}
