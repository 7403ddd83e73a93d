#include "binding/report_writer.h"

namespace halfopen::client {
namespace {

// Sets members until one fails; then the report is given up.
class Writer {
 public:
  explicit Writer(Napi::Env env) : env_(env) {}

  Napi::Env env() const { return env_; }
  bool good() const { return good_; }

  napi_value Object() {
    napi_value object = nullptr;
    Check(napi_create_object(env_, &object));
    return object;
  }
  napi_value List(size_t size) {
    napi_value list = nullptr;
    Check(napi_create_array_with_length(env_, size, &list));
    return list;
  }
  // `fill(double*)` writes `size` numbers.
  template <class Fill>
  napi_value Numbers(size_t size, Fill&& fill) {
    napi_value buffer = nullptr;
    napi_value array = nullptr;
    void* data = nullptr;
    if (!good_) return nullptr;
    Check(napi_create_arraybuffer(env_, size * sizeof(double), &data, &buffer));
    if (good_ && size > 0) fill(static_cast<double*>(data));
    if (good_) Check(napi_create_typedarray(env_, napi_float64_array, size, buffer, 0, &array));
    return array;
  }
  void Set(napi_value object, const char* name, napi_value value) {
    if (good_) Check(napi_set_named_property(env_, object, name, value));
  }
  void Set(napi_value object, const char* name, uint64_t number) {
    napi_value value = nullptr;
    if (good_) Check(napi_create_double(env_, static_cast<double>(number), &value));
    Set(object, name, value);
  }
  void SetElement(napi_value list, size_t index, napi_value value) {
    if (good_) Check(napi_set_element(env_, list, static_cast<uint32_t>(index), value));
  }

 private:
  void Check(napi_status status) { good_ = good_ && status == napi_ok; }

  Napi::Env env_;
  bool good_ = true;
};

napi_value HistogramOf(Writer& out, const Histogram& histogram) {
  napi_value object = out.Object();
  const std::vector<Histogram::Bucket> filled = histogram.Filled();
  out.Set(object, "count", histogram.count());
  out.Set(object, "min", histogram.min());
  out.Set(object, "max", histogram.max());
  out.Set(object, "sum", histogram.sum());
  out.Set(object, "buckets", out.Numbers(filled.size() * 2, [&](double* at) {
    for (const Histogram::Bucket& bucket : filled) {
      *at++ = bucket.index;
      *at++ = static_cast<double>(bucket.count);
    }
  }));
  return object;
}

template <class Read>
void Column(Writer& out, napi_value object, const char* name, const std::vector<Sample>& samples,
            Read&& read) {
  out.Set(object, name, out.Numbers(samples.size(), [&](double* at) {
    for (const Sample& sample : samples) *at++ = static_cast<double>(read(sample));
  }));
}

napi_value SamplesOf(Writer& out, const std::vector<Sample>& samples) {
  napi_value columns = out.Object();
  const auto column = [&](const char* name, auto member) {
    Column(out, columns, name, samples, [member](const Sample& sample) { return sample.*member; });
  };
  column("connectNs", &Sample::connect_ns);
  column("startNs", &Sample::start_ns);
  column("sentNs", &Sample::sent_ns);
  column("firstByteNs", &Sample::first_byte_ns);
  column("pointNs", &Sample::point_ns);
  column("beforeNs", &Sample::before_ns);
  column("afterNs", &Sample::after_ns);
  column("endNs", &Sample::end_ns);
  column("wireBytes", &Sample::wire_bytes);
  column("bodyBytes", &Sample::body_bytes);
  column("sentBytes", &Sample::sent_bytes);
  column("bytesAfter", &Sample::bytes_after);
  column("round", &Sample::round);
  column("connection", &Sample::connection);
  column("chunks", &Sample::chunks);
  column("unread", &Sample::unread);
  column("receiveBuffer", &Sample::receive_buffer);
  column("window", &Sample::window);
  column("unacked", &Sample::unacked);
  column("retransmits", &Sample::retransmits);
  column("segmentsAfter", &Sample::segments_after);
  column("dropped", &Sample::dropped);
  column("status", &Sample::status);
  column("step", &Sample::step);
  column("action", &Sample::action);
  column("reason", &Sample::reason);
  column("outcome", &Sample::outcome);
  column("tcpState", &Sample::tcp_state);
  column("hasWindow", &Sample::has_window);
  column("zeroWindow", &Sample::zero_window);
  column("bodyComplete", &Sample::body_complete);
  column("ok", &Sample::ok);
  // A tag has 64 bits, a number 53.
  Column(out, columns, "tagHigh", samples, [](const Sample& sample) { return sample.tag >> 32; });
  Column(out, columns, "tagLow", samples, [](const Sample& sample) { return sample.tag & 0xffffffffu; });
  return columns;
}

napi_value CohortOf(Writer& out, const Cohort& cohort) {
  const CohortReport& report = cohort.report();
  napi_value object = out.Object();
  out.Set(object, "requests", report.requests);
  out.Set(object, "sentRequests", report.sent_requests);
  out.Set(object, "unfinished", report.unfinished);
  out.Set(object, "bytes", report.bytes);
  out.Set(object, "bodyBytes", report.body_bytes);
  out.Set(object, "chunks", report.chunks);
  out.Set(object, "connects", report.connects);
  out.Set(object, "errors", out.Numbers(report.errors.size(), [&](double* at) {
    for (const uint64_t count : report.errors) *at++ = static_cast<double>(count);
  }));
  // In a closed loop a request is due when it is sent.
  out.Set(object, "latency", HistogramOf(out, cohort.plan().open_loop ? report.latency : report.service));
  out.Set(object, "service", HistogramOf(out, report.service));
  out.Set(object, "ttfb", HistogramOf(out, report.ttfb));
  out.Set(object, "connect", HistogramOf(out, report.connect));
  out.Set(object, "seconds", out.Numbers(report.seconds.size() * 3, [&](double* at) {
    for (const Second& second : report.seconds) {
      *at++ = static_cast<double>(second.requests);
      *at++ = static_cast<double>(second.bytes);
      *at++ = static_cast<double>(second.errors);
    }
  }));
  napi_value phases = out.List(report.phases.size());
  for (size_t i = 0; i < report.phases.size(); ++i) {
    napi_value phase = out.Object();
    out.Set(phase, "requests", report.phases[i].requests);
    out.Set(phase, "errors", report.phases[i].errors);
    out.Set(phase, "stalled", report.phases[i].stalled);
    out.Set(phase, "latency", HistogramOf(out, report.phases[i].latency));
    out.SetElement(phases, i, phase);
  }
  out.Set(object, "phases", phases);
  out.Set(object, "samplesNotKept", report.samples_not_kept);
  out.Set(object, "samples", SamplesOf(out, report.samples));
  return object;
}

}  // namespace

Napi::Value WriteReport(Napi::Env env, const Run& run) {
  Writer out(env);
  napi_value report = out.Object();
  out.Set(report, "startedNs", run.started_ns());
  out.Set(report, "endedNs", run.ended_ns());
  out.Set(report, "ended", static_cast<uint64_t>(run.how()));
  out.Set(report, "cpuNs", run.cpu_ns());
  out.Set(report, "pinned", run.pinned() ? 1 : 0);
  out.Set(report, "lag", HistogramOf(out, run.lag()));
  out.Set(report, "watched", run.watched() ? 1 : 0);
  out.Set(report, "stalls", out.Numbers(run.stalls().size() * 3, [&](double* at) {
    for (const Stall& stall : run.stalls()) {
      *at++ = stall.cpu;
      *at++ = static_cast<double>(stall.from_ns);
      *at++ = static_cast<double>(stall.to_ns);
    }
  }));
  napi_value cohorts = out.List(run.cohorts().size());
  for (size_t i = 0; i < run.cohorts().size() && out.good(); ++i) {
    const Napi::HandleScope scope(env);
    out.SetElement(cohorts, i, CohortOf(out, *run.cohorts()[i]));
  }
  out.Set(report, "cohorts", cohorts);
  return out.good() ? Napi::Value(env, report) : Napi::Value();
}

}  // namespace halfopen::client
