// Question: does the decoder give exactly the data of valid chunked bodies, and refuse the others at the first wrong byte?
#include "engine/chunked_decoder.h"

#include <string>
#include <string_view>

#include "test/check.h"
#include "test/guarded_bytes.h"

namespace halfopen::test {
namespace {

using namespace std::string_literals;  // for bytes with NUL in them
using Status = ChunkedDecoder::Status;

// What came out of a body: its data, then how it ended.
struct Outcome {
  std::string data;
  Status status = Status::kNeedMore;
  size_t consumed = 0;
  std::string why;

  std::string Text() const {
    const char* names[] = {"need more", "data", "done", "refused"};
    return data + " | " + names[static_cast<int>(status)] + " at " + std::to_string(consumed) + " " + why;
  }
};

// One decoder, given its input in parts; each part ends at a guard page.
class Feeder {
 public:
  explicit Feeder(size_t capacity) : memory_(capacity) {}
  void Feed(std::string_view bytes) {
    std::string_view part = memory_.Place(bytes);
    while (outcome_.status == Status::kNeedMore) {
      const ChunkedDecoder::Result result = decoder_.Decode(part.data(), part.size());
      outcome_.consumed += result.consumed;
      part.remove_prefix(result.consumed);
      if (result.status == Status::kData) {
        CHECK_EQUAL(true, result.size > 0, "a run of data is never empty");
        outcome_.data.append(result.data, result.size);
        continue;
      }
      if (result.status == Status::kNeedMore) CHECK_EQUAL(size_t{0}, part.size(), "all input is consumed");
      outcome_.status = result.status;
      outcome_.why = decoder_.why();
      if (result.status == Status::kNeedMore) return;
    }
  }
  const Outcome& outcome() const { return outcome_; }

 private:
  GuardedBytes memory_;
  ChunkedDecoder decoder_;
  Outcome outcome_;
};

Outcome DecodeUnderEveryCut(std::string_view bytes) {
  Feeder whole(bytes.size());
  whole.Feed(bytes);
  Feeder bytewise(1);
  for (const char& c : bytes) bytewise.Feed({&c, 1});
  CHECK_EQUAL(whole.outcome().Text(), bytewise.outcome().Text(), "byte by byte: " + std::string(bytes));
  for (size_t cut = 0; cut <= bytes.size(); cut += bytes.size() > 2048 ? 61 : 1) {
    Feeder parts(bytes.size());
    parts.Feed(bytes.substr(0, cut));
    parts.Feed(bytes.substr(cut));
    CHECK_EQUAL(whole.outcome().Text(), parts.outcome().Text(), "cut at " + std::to_string(cut) + ": " + std::string(bytes));
  }
  return whole.outcome();
}

struct Accepted {
  std::string bytes;
  std::string data;
};
const Accepted kAccepted[] = {
    {"0\r\n\r\n", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"0005\r\nhello\r\n000\r\n\r\n", "hello"},
    {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
    {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"},
    {"a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a"},
    {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
    {"3\r\n\0\xff\n\r\n0\r\n\r\n"s, "\0\xff\n"s},
    // extensions, RFC 9112 §7.1.1
    {"5;a\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5;a=b\r\nhello\r\n0;x=1;y\r\n\r\n", "hello"},
    {"5;a;b=c;d=\"\";e=\"q;\t\\\"\\\\=\xe9\"\r\nhello\r\n0;z=\"\"\r\n\r\n", "hello"},
    {"5;a=\"q\";b\r\nhello\r\n0\r\n\r\n", "hello"},
    // trailers, checked and dropped
    {"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", "hello"},
    {"0\r\nA:\r\nB: \t\xe9 \r\nContent-MD5: x\r\nContent-Length-: x\r\nVery-Long-Name-Of-A-Trailer: 1\r\n\r\n", ""},
    {"0\r\nX:GET /evil HTTP/1.1\r\n\r\n", ""},
};

void ValidBodiesGiveTheirData() {
  for (const Accepted& row : kAccepted) {
    const Outcome outcome = DecodeUnderEveryCut(row.bytes + "GET /next");
    const Outcome expected{row.data, Status::kDone, row.bytes.size(), ""};
    CHECK_EQUAL(expected.Text(), outcome.Text(), row.bytes);
  }
}

// Each row ends with the byte that makes it invalid.
const std::string kRefused[] = {
    // size
    "\r", "\n", " ", "+", "-", ";", "g", "x", "0x", "5 ", "5\t", "5,", "5\n", "5\r5", "5\r\r", "\0"s, "5\0"s, "\xb5",
    "00000000000000005", "FFFFFFFFFFFFFFFF0",
    // extensions
    "5;\r", "5; ", "5;;", "5;=", "5;a ", "5;a\n", "5;a\rb", "5;a=\r", "5;a= ", "5;a=;", "5;a=b=", "5;a=\x01", "5;a=\"\r", "5;a=\"\n",
    "5;a=\"\x7f", "5;a=\"\\\r", "5;a=\"b\"c", "5;a=\"b\" ", "5;a=\"b\"=", "5;a\"", "5;\x80", "0;\r",
    // around data
    "5\r\nhello!", "5\r\nhello\n", "5\r\nhello\r!", "5\r\nhello\r\r", "1\r\na\r\n\r", "1\r\na\r\n ",
    // trailers: the lines
    "0\r\n\n", "0\r\n ", "0\r\n\rx", "0\r\n:", "0\r\nX ", "0\r\nX\r", "0\r\nX\n", "0\r\nX: a\n", "0\r\nX: a\rb", "0\r\nX: a\0"s,
    "0\r\nX: a\x7f", "0\r\nX: a\r\n ", "0\r\nX\xe9", "0\r\nX: a\r\n\rZ",
    // trailers: the names
    "0\r\nContent-Length:", "0\r\ntransfer-encoding:", "0\r\nHOST:", "0\r\nAuthorization:", "0\r\nConnection:", "0\r\nTE:", "0\r\nTrailer:",
    "0\r\nUpgrade:", "0\r\nCookie:", "0\r\nSet-Cookie:", "0\r\nContent-Type:", "0\r\nContent-Encoding:", "0\r\nContent-Range:", "0\r\nExpect:",
    "0\r\nIf-Unmodified-Since:", "0\r\nProxy-Authorization:", "0\r\nX-Forwarded-For:", "0\r\nA: b\r\nhost:", "0\r\nRange:"};

void InvalidBodiesAreRefusedAtTheFirstWrongByte() {
  for (const std::string& bytes : kRefused) {
    const Outcome outcome = DecodeUnderEveryCut(bytes);
    CHECK_EQUAL(true, outcome.status == Status::kRefused, bytes);
    CHECK_EQUAL(bytes.size(), outcome.consumed, bytes);
    CHECK_EQUAL(true, !outcome.why.empty(), bytes);
  }
}

// `refused`: with one more of `unit` than fits.
void CheckLimit(const std::string& fits, const std::string& refused, std::string_view about) {
  const Outcome good = DecodeUnderEveryCut(fits);
  CHECK_EQUAL(true, good.status == Status::kDone, std::string(about) + ": " + good.why);
  const Outcome bad = DecodeUnderEveryCut(refused);
  CHECK_EQUAL(true, bad.status == Status::kRefused, about);
}

void FramingStaysInProportion() {
  const auto extension = [](size_t bytes) { return ";" + std::string(bytes - 1, 'e'); };
  CheckLimit("1" + extension(2048) + "\r\na\r\n0" + extension(2048) + "\r\n\r\n", "1" + extension(2048) + "\r\na\r\n0" + extension(2049) + "\r\n\r\n",
             "4 KiB of extensions a body");

  const auto trailers = [](size_t value) { return "0\r\nX:" + std::string(value, 'v') + "\r\n\r\n"; };
  CheckLimit(trailers(16 * 1024 - 6), trailers(16 * 1024 - 5), "16 KiB of trailers");

  const auto fields = [](int count) {
    std::string body = "0\r\n";
    for (int i = 0; i < count; ++i) body += "a:\r\n";
    return body + "\r\n";
  };
  CheckLimit(fields(100), fields(101), "100 trailer fields");

  // A chunk of one byte behind a padded size costs 20 and earns 2.
  const auto chunks = [](int count) {
    std::string body;
    for (int i = 0; i < count; ++i) body += "0000000000000001\r\na\r\n";
    return body + "0\r\n\r\n";
  };
  CheckLimit(chunks(910), chunks(911), "overhead of 16 KiB + 2 × data");  // 910 × 18 + 3 ≤ 16384 < 911 × 18
}

void DataMayBeLargerThanMemory() {
  ChunkedDecoder decoder;
  const std::string_view bytes = "FFFFFFFFFFFFFFFF\r\nabc";
  const ChunkedDecoder::Result result = decoder.Decode(bytes.data(), bytes.size());
  CHECK_EQUAL(true, result.status == Status::kData, "2^64 - 1 bytes announced");
  CHECK_EQUAL(size_t{3}, result.size, "those that came");
}

void AnswersStayUntilReset() {
  ChunkedDecoder decoder;
  const std::string_view end = "0\r\n\r\n";
  CHECK_EQUAL(true, decoder.Decode(end.data(), end.size()).status == Status::kDone, "done");
  CHECK_EQUAL(true, decoder.Decode("x", 1).status == Status::kDone, "still done");
  CHECK_EQUAL(size_t{0}, decoder.Decode("x", 1).consumed, "what follows is not the decoder's");
  decoder.Reset();
  CHECK_EQUAL(true, decoder.Decode("x", 1).status == Status::kRefused, "refused");
  CHECK_EQUAL(true, decoder.Decode(end.data(), end.size()).status == Status::kRefused, "still refused");
  decoder.Reset();
  CHECK_EQUAL(true, decoder.Decode(end.data(), end.size()).status == Status::kDone, "done again");
}

}  // namespace
}  // namespace halfopen::test

int main() {
  using namespace halfopen::test;
  ValidBodiesGiveTheirData();
  InvalidBodiesAreRefusedAtTheFirstWrongByte();
  FramingStaysInProportion();
  DataMayBeLargerThanMemory();
  AnswersStayUntilReset();
  return Report("chunked_decoder_test");
}
