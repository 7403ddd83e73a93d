// What the parser makes of the bytes of many connections, for a comparison with another parser in another language.
//
//   in    u32 size, that many bytes; u32 cut: the connection's bytes come in two parts when 0 < cut < size
//   out   u32 count of texts, then u32 size and that many bytes for each: how it ended, and the requests
//
// How it ended: "waits", "closes" or "refused 400 why". A request: "+" when its body is whole, else "-", then
// "METHOD target 1.x\n", "name:value\n" for each field, "\n", and its body. Integers as the machine has them.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/chunked_decoder.h"
#include "engine/request_parser.h"

namespace {

using namespace halfopen;

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string HeadText(const RequestHead& head, const char* data) {
  std::string text = "-";
  text.append(data + head.method_at, head.method_size).append(" ").append(data + head.target_at, head.target_size);
  text += " 1." + std::to_string(head.minor_version) + "\n";
  std::string_view fields(data + head.fields_at, head.fields_size);
  while (!fields.empty()) {
    const size_t end = fields.find("\r\n"), colon = fields.find(':');
    text.append(fields.substr(0, colon + 1)).append(Trimmed(fields.substr(colon + 1, end - colon - 1))).append("\n");
    fields.remove_prefix(end + 2);
  }
  return text + "\n";
}

// One connection's input, as far as the bytes reach.
class Reader {
 public:
  void Read(std::string_view all) {
    while (end_.empty() && Step(all)) {
    }
  }
  std::vector<std::string> Take() {
    std::vector<std::string> texts{end_.empty() ? "waits" : end_};
    texts.insert(texts.end(), requests_.begin(), requests_.end());
    return texts;
  }

 private:
  // False: nothing more can be told from these bytes.
  bool Step(std::string_view all) {
    if (in_body_) return parser_.head().chunked ? Chunks(all) : Length(all);
    const char* data = all.data() + at_;
    switch (parser_.Parse(data, all.size() - at_, limits_)) {
      case ParseStatus::kNeedMore:
        return false;
      case ParseStatus::kRefused:
        end_ = "refused " + std::to_string(parser_.refusal().status) + " " + parser_.refusal().why;
        return false;
      case ParseStatus::kDone:
        break;
    }
    requests_.push_back(HeadText(parser_.head(), data));
    at_ += parser_.head().size;
    left_ = parser_.head().content_length;
    decoder_.Reset();
    return in_body_ = true;
  }

  bool Length(std::string_view all) {
    const auto run = static_cast<size_t>(std::min<uint64_t>(left_, all.size() - at_));
    requests_.back().append(all.substr(at_, run));
    at_ += run;
    left_ -= run;
    if (left_ == 0) EndRequest();
    return left_ == 0;
  }

  bool Chunks(std::string_view all) {
    const ChunkedDecoder::Result result = decoder_.Decode(all.data() + at_, all.size() - at_);
    at_ += result.consumed;
    switch (result.status) {
      case ChunkedDecoder::Status::kNeedMore:
        return false;
      case ChunkedDecoder::Status::kRefused:
        end_ = std::string("refused 400 ") + decoder_.why();
        return false;
      case ChunkedDecoder::Status::kData:
        requests_.back().append(result.data, result.size);
        return true;
      case ChunkedDecoder::Status::kDone:
        EndRequest();
    }
    return true;
  }

  void EndRequest() {
    requests_.back()[0] = '+';
    if (!parser_.head().keep_alive) end_ = "closes";
    parser_.Reset();
    in_body_ = false;
  }

  HeadLimits limits_;
  RequestParser parser_;
  ChunkedDecoder decoder_;
  bool in_body_ = false;
  size_t at_ = 0;
  uint64_t left_ = 0;
  std::vector<std::string> requests_;
  std::string end_;
};

bool ReadAll(void* into, size_t size) {
  return std::fread(into, 1, size, stdin) == size;
}

void WriteNumber(size_t number) {
  const auto cell = static_cast<uint32_t>(number);
  std::fwrite(&cell, sizeof cell, 1, stdout);
}

}  // namespace

int main() {
  std::string bytes;
  for (uint32_t size = 0, cut = 0; ReadAll(&size, sizeof size);) {
    bytes.resize(size);
    if (!ReadAll(bytes.data(), size) || !ReadAll(&cut, sizeof cut)) return 1;
    Reader reader;
    if (cut > 0 && cut < size) reader.Read(std::string(bytes, 0, cut));
    reader.Read(bytes);
    const std::vector<std::string> texts = reader.Take();
    WriteNumber(texts.size());
    for (const std::string& text : texts) {
      WriteNumber(text.size());
      std::fwrite(text.data(), 1, text.size(), stdout);
    }
    // The other side sends a batch and waits for all of it: an empty connection asks for what is buffered.
    if (size == 0) std::fflush(stdout);
  }
}
