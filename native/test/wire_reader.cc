#include "test/wire_reader.h"

#include <algorithm>

namespace halfopen::test {

std::string Describe(const RequestHead& head, const char* data) {
  const auto part = [data](uint32_t at, uint32_t size) { return std::string(data + at, size); };
  std::string text = part(head.method_at, head.method_size) + " " + part(head.target_at, head.target_size);
  text += " path=" + part(head.path_at, head.path_size) + " query=" + part(head.query_at, head.query_size);
  text += " authority=" + part(head.authority_at, head.authority_size);
  text += " 1." + std::to_string(head.minor_version) + (head.keep_alive ? " keep" : " close");
  if (head.has_content_length) text += " length=" + std::to_string(head.content_length);
  if (head.chunked) text += " chunked";
  if (head.expect_continue) text += " continue";
  if (head.upgrade) text += " upgrade";
  text += " fields=" + std::to_string(head.field_count) + ":" + std::to_string(head.fields_size);
  return text + " size=" + std::to_string(head.size);
}

void WireReader::Read(std::string_view all) {
  for (;;) {
    switch (phase_) {
      case Phase::kHead: {
        const char* head_bytes = all.data() + at_;
        const ParseStatus status = parser_.Parse(head_bytes, all.size() - at_, limits_);
        if (status == ParseStatus::kNeedMore) return;
        if (status == ParseStatus::kRefused) return Refuse(parser_.refusal().status, parser_.refusal().why);
        const RequestHead& head = parser_.head();
        log_ += Describe(head, head_bytes) + "\n" + std::string(head_bytes + head.fields_at, head.fields_size);
        ++heads_;
        at_ += head.size;
        left_ = head.content_length;
        decoder_.Reset();
        phase_ = head.chunked ? Phase::kChunkedBody : Phase::kLengthBody;
        break;
      }
      case Phase::kLengthBody: {
        const auto run = static_cast<size_t>(std::min<uint64_t>(left_, all.size() - at_));
        body_ += all.substr(at_, run);
        at_ += run;
        left_ -= run;
        if (left_ > 0) return;
        EndRequest(parser_.head().keep_alive);
        break;
      }
      case Phase::kChunkedBody: {
        const ChunkedDecoder::Result result = decoder_.Decode(all.data() + at_, all.size() - at_);
        at_ += result.consumed;
        if (result.status == ChunkedDecoder::Status::kNeedMore) return;
        if (result.status == ChunkedDecoder::Status::kRefused) return Refuse(400, decoder_.why());
        if (result.status == ChunkedDecoder::Status::kDone) {
          EndRequest(parser_.head().keep_alive);
        } else {
          body_.append(result.data, result.size);
        }
        break;
      }
      case Phase::kClosing:
      case Phase::kRefused: return;
    }
  }
}

void WireReader::EndRequest(bool keep_alive) {
  log_ += "body " + std::to_string(body_.size()) + ":" + body_ + "\n";
  body_.clear();
  ++complete_;
  parser_.Reset();
  phase_ = keep_alive ? Phase::kHead : Phase::kClosing;
}

void WireReader::Refuse(int status, const char* why) {
  log_ += "refused " + std::to_string(status) + " " + why + " behind " + std::to_string(body_.size()) + ":" + body_ + "\n";
  refused_with_ = status;
  phase_ = Phase::kRefused;
}

}  // namespace halfopen::test
