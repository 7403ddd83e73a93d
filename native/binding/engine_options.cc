#include "binding/engine_options.h"

#include <math.h>

#include <cstdint>
#include <string>

namespace halfopen {

namespace {

constexpr double kMostConnections = 1'000'000;  // memory is taken for each beforehand
constexpr double kMostHead = 60'000;            // it has to fit into one block
constexpr double kMostPipeline = 128;           // …and its records into the array

// Reads a field of the options object; a wrong type throws.
class OptionReader {
 public:
  OptionReader(Napi::Env env, Napi::Object from) : env_(env), from_(from) {}
  template <typename T>
  void Number(const char* name, T* into, double most = HUGE_VAL) {
    const Napi::Value value = from_.Get(name);
    if (env_.IsExceptionPending()) return;
    if (!value.IsNumber() || !(value.As<Napi::Number>().DoubleValue() >= 0))
      return Refuse(name, "a number, 0 or above");
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number > most) return Refuse(name, "smaller");
    constexpr double kMost = sizeof(T) == 4 ? static_cast<double>(UINT32_MAX) : 0x1p53;
    *into = static_cast<T>(number < kMost ? number : kMost);
  }
  void Boolean(const char* name, bool* into) {
    const Napi::Value value = from_.Get(name);
    if (env_.IsExceptionPending()) return;
    if (!value.IsBoolean()) return Refuse(name, "a boolean");
    *into = value.As<Napi::Boolean>().Value();
  }

 private:
  void Refuse(const char* name, const char* expected) {
    Napi::TypeError::New(env_, std::string("Engine: option ") + name + " must be " + expected)
        .ThrowAsJavaScriptException();
  }
  Napi::Env env_;
  Napi::Object from_;
};

// By the names of src/gateway/limits.ts.
void ReadLimits(OptionReader& read, Options& options) {
  read.Number("maxMethodBytes", &options.head.method, kMostHead);
  read.Number("maxRequestLineBytes", &options.head.request_line, kMostHead);
  read.Number("maxHeadBytes", &options.head.head, kMostHead);
  read.Number("maxFieldBytes", &options.head.field, kMostHead);
  read.Number("maxFields", &options.head.fields);
  read.Number("firstByteTimeoutMs", &options.first_byte_ms);
  read.Number("headTimeoutMs", &options.head_timeout_ms);
  read.Number("bodyTimeoutMs", &options.body_timeout_ms);
  read.Number("minBodyBytesPerS", &options.min_body_rate);
  read.Number("minBodyAfterMs", &options.min_body_after_ms);
  read.Number("maxBodyBytes", &options.max_body);
  read.Number("maxChunkExtensionBytes", &options.chunks.extensions);
  read.Number("maxChunkOverheadBytes", &options.chunks.overhead);
  read.Number("keepAliveTimeoutMs", &options.keep_alive_ms);
  read.Number("keepAlivePressureMs", &options.keep_alive_pressure_ms);
  read.Number("pipelineRequests", &options.pipeline, kMostPipeline);
  options.pipeline_burst = 4 * options.pipeline;
  read.Number("pipelineBytes", &options.pipeline_bytes);
  read.Number("stallTimeoutMs", &options.stall_timeout_ms);
  read.Number("minWriteBytesPerS", &options.min_write_rate);
  read.Number("lingerIdleMs", &options.linger_idle_ms);
  read.Number("lingerTimeoutMs", &options.linger_ms);
  read.Number("maxLingerBytes", &options.max_linger);
  read.Number("maxConnections", &options.max_connections, kMostConnections);
  read.Number("maxInFlight", &options.max_in_flight);
  read.Number("acceptPauseMs", &options.accept_pause_ms);
  read.Number("maxAcceptPauseMs", &options.max_accept_pause_ms);
}

}  // namespace

Options ReadOptions(Napi::Env env, Napi::Object from) {
  Options options;
  OptionReader read(env, from);
  read.Number("backlog", &options.backlog);
  read.Boolean("reusePort", &options.reuse_port);
  read.Boolean("coalesce", &options.coalesce);
  read.Number("gatherUs", &options.gather_us);
  read.Number("lowWaterMark", &options.low_water);
  read.Number("userTimeoutMs", &options.user_timeout_ms);
  read.Number("probeIdleMs", &options.probe_idle_ms);
  read.Number("probeIntervalMs", &options.probe_interval_ms);
  read.Number("probeCount", &options.probe_count);
  ReadLimits(read, options);
  return options;
}

}  // namespace halfopen
