#include "binding/plan_reader.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmath>
#include <cstring>
#include <string>

namespace halfopen::client {
namespace {

constexpr double kMaxNs = 1e15;  // 11 days
constexpr double kMaxExact = 9007199254740991.0;
constexpr uint32_t kMaxCohorts = 256, kMaxSteps = 8, kMaxPhases = 512, kMaxTags = 1024, kMaxWatched = 64;
constexpr double kMaxConnections = 100'000;
constexpr size_t kMaxRequest = size_t{64} << 20;

// Reads an object's members one by one; after the first that is wrong it does nothing more.
class Members {
 public:
  Members(Napi::Value value, const char* what) : env_(value.Env()) {
    if (!value.IsObject()) {
      Refuse(what, "must be an object");
    } else {
      object_ = value.As<Napi::Object>();
    }
  }
  bool good() const { return good_; }

  Napi::Value Get(const char* name) {
    if (!good_) return env_.Undefined();
    napi_value value = nullptr;
    if (napi_get_named_property(env_, object_, name, &value) != napi_ok || env_.IsExceptionPending()) {
      good_ = false;  // a getter threw
      if (!env_.IsExceptionPending()) Refuse(name, "cannot be read");
      return env_.Undefined();
    }
    return Napi::Value(env_, value);
  }

  double Number(const char* name, double min, double max) {
    const Napi::Value value = Get(name);
    double number = min;
    if (!good_) return min;
    if (!value.IsNumber() || napi_get_value_double(env_, value, &number) != napi_ok ||
        !(number >= min && number <= max)) {
      Refuse(name, "is out of range or not a number");
      return min;
    }
    return number;
  }

  uint64_t Whole(const char* name, double min, double max) {
    const double number = Number(name, min, max);
    if (good_ && number != std::floor(number)) Refuse(name, "must be whole");
    return good_ ? static_cast<uint64_t>(number) : 0;
  }

  bool Bool(const char* name) {
    const Napi::Value value = Get(name);
    bool answer = false;
    if (good_ && (!value.IsBoolean() || napi_get_value_bool(env_, value, &answer) != napi_ok)) {
      Refuse(name, "must be a boolean");
    }
    return answer;
  }

  std::string Text(const char* name, size_t limit) {
    const Napi::Value value = Get(name);
    char text[64] = {};
    size_t size = 0;
    if (good_ && (!value.IsString() || limit >= sizeof text ||
                  napi_get_value_string_utf8(env_, value, text, limit + 1, &size) != napi_ok)) {
      Refuse(name, "must be a short string");
    }
    return good_ ? std::string(text, size) : std::string();
  }

  std::string Bytes(const char* name, size_t limit) {
    const Napi::Value value = Get(name);
    if (!good_) return {};
    napi_typedarray_type type = napi_int8_array;
    size_t size = 0;
    void* data = nullptr;
    if (!value.IsTypedArray() ||
        napi_get_typedarray_info(env_, value, &type, &size, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array || size > limit) {
      Refuse(name, "must be a Uint8Array, and not too large");
      return {};
    }
    return size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
  }

  // The member's elements; empty when it is not an array of at most `limit`.
  std::vector<Napi::Value> List(const char* name, uint32_t limit) {
    const Napi::Value value = Get(name);
    std::vector<Napi::Value> elements;
    uint32_t size = 0;
    if (!good_) return elements;
    if (!value.IsArray() || napi_get_array_length(env_, value, &size) != napi_ok || size > limit) {
      Refuse(name, "must be an array, and not too long");
      return elements;
    }
    for (uint32_t i = 0; i < size && good_; ++i) {
      napi_value element = nullptr;
      if (napi_get_element(env_, value, i, &element) != napi_ok) {
        good_ = false;
        if (!env_.IsExceptionPending()) Refuse(name, "cannot be read");
      } else {
        elements.emplace_back(env_, element);
      }
    }
    return elements;
  }

  void Refuse(const char* name, const char* why) {
    good_ = false;
    if (env_.IsExceptionPending()) return;
    Napi::TypeError::New(env_, std::string("plan: ") + name + " " + why).ThrowAsJavaScriptException();
  }

 private:
  Napi::Env env_;
  Napi::Object object_;
  bool good_ = true;
};

bool ReadStep(Napi::Value value, Step* step) {
  Members members(value, "step");
  step->at.point = static_cast<Point>(members.Whole("point", 0, static_cast<double>(Point::kCount) - 1));
  step->at.amount = members.Whole("amount", 0, kMaxExact);
  step->at.amount_spread = members.Whole("amountSpread", 0, kMaxExact);
  step->at.delay_ns = members.Whole("delayNs", 0, kMaxNs);
  step->at.delay_spread_ns = members.Whole("delaySpreadNs", 0, kMaxNs);
  step->action = static_cast<Action>(members.Whole("action", 0, static_cast<double>(Action::kCount) - 1));
  step->pace_bytes = members.Whole("paceBytes", 1, kMaxExact);
  step->pace_ns = members.Whole("paceNs", 1000, kMaxNs);
  return members.good();
}

bool ReadAddress(Members& members, CohortPlan* cohort) {
  const std::string address = members.Text("address", 45);
  const auto port = static_cast<uint16_t>(members.Whole("port", 1, 65535));
  if (!members.good()) return false;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&cohort->address, &v4, sizeof v4);
    cohort->address_size = sizeof v4;
  } else if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&cohort->address, &v6, sizeof v6);
    cohort->address_size = sizeof v6;
  } else {
    members.Refuse("address", "is not an IP address");
  }
  return members.good();
}

bool ReadCohort(Napi::Value value, CohortPlan* cohort) {
  Members members(value, "cohort");
  if (!ReadAddress(members, cohort)) return false;
  cohort->request = members.Bytes("request", kMaxRequest);
  if (members.good() && cohort->request.empty()) members.Refuse("request", "is empty");
  cohort->answers = static_cast<uint32_t>(members.Whole("answers", 1, 100'000));
  cohort->head_only = members.Bool("headOnly");
  cohort->connections = static_cast<uint32_t>(members.Whole("connections", 1, kMaxConnections));
  cohort->keep_alive = members.Bool("keepAlive");
  cohort->open_loop = members.Bool("openLoop");
  cohort->poisson = members.Bool("poisson");
  cohort->rate = members.Number("rate", 0, 1e8);
  if (cohort->open_loop && !(cohort->rate > 0)) members.Refuse("rate", "must be positive");
  cohort->think_ns = members.Whole("thinkNs", 0, kMaxNs);
  cohort->start_ns = members.Whole("startNs", 0, kMaxNs);
  cohort->ramp_ns = members.Whole("rampNs", 0, kMaxNs);
  cohort->duration_ns = members.Whole("durationNs", 0, kMaxNs);
  cohort->grace_ns = members.Whole("graceNs", 0, kMaxNs);
  cohort->timeout_ns = members.Whole("timeoutNs", 1, kMaxNs);
  cohort->rounds = members.Whole("rounds", 0, 1e12);
  cohort->receive_buffer = static_cast<uint32_t>(members.Whole("receiveBuffer", 0, 1 << 30));
  cohort->hold_ns = members.Whole("holdNs", 0, kMaxNs);
  cohort->expect.status = static_cast<int32_t>(members.Whole("expectStatus", 0, 999));
  cohort->expect.body_bytes = static_cast<int64_t>(members.Number("expectBodyBytes", -1, kMaxExact));
  cohort->expect.hash_wanted = members.Bool("expectHash");
  cohort->expect.hash =
      members.Whole("hashHigh", 0, UINT32_MAX) << 32 | members.Whole("hashLow", 0, UINT32_MAX);
  if (members.good() && cohort->tag_at.empty()) {
    Members tags(value, "cohort");
    for (const Napi::Value& at : tags.List("tagAt", kMaxTags)) {
      double offset = -1;
      if (napi_get_value_double(at.Env(), at, &offset) != napi_ok || !(offset >= 0) ||
          offset != std::floor(offset) || offset + 16 > static_cast<double>(cohort->request.size())) {
        tags.Refuse("tagAt", "must point into the request");
        return false;
      }
      cohort->tag_at.push_back(static_cast<uint32_t>(offset));
    }
    if (!tags.good()) return false;
  }
  for (const Napi::Value& end : members.List("phaseEndsNs", kMaxPhases)) {
    double at = -1;
    if (napi_get_value_double(end.Env(), end, &at) != napi_ok || !(at >= 0 && at <= kMaxNs)) {
      members.Refuse("phaseEndsNs", "must hold times");
      return false;
    }
    cohort->phase_ends_ns.push_back(static_cast<uint64_t>(at));
  }
  for (const Napi::Value& each : members.List("steps", kMaxSteps)) {
    Step step;
    if (!ReadStep(each, &step)) return false;
    cohort->steps.push_back(step);
  }
  if (members.good() && cohort->duration_ns == 0 && cohort->rounds == 0) {
    members.Refuse("durationNs", "or rounds must say when it is over");
  }
  return members.good();
}

}  // namespace

bool ReadPlan(Napi::Value value, Plan* plan) {
  Members members(value, "it");
  plan->seed = members.Whole("seed", 0, kMaxExact);
  plan->run = members.Whole("run", 0, kMaxExact);
  plan->deadline_ns = members.Whole("deadlineNs", 1, kMaxNs);
  plan->cpu = static_cast<int32_t>(members.Number("cpu", -1, 1023));
  plan->prompt = members.Bool("prompt");
  for (const Napi::Value& each : members.List("watched", kMaxWatched)) {
    int32_t cpu = -1;
    if (napi_get_value_int32(each.Env(), each, &cpu) != napi_ok || cpu < 0 || cpu >= 1024) {
      members.Refuse("watched", "must hold numbers of cores");
      return false;
    }
    plan->watched.push_back(cpu);
  }
  plan->network = members.Text("network", 63);
  double connections = 0;
  for (const Napi::Value& each : members.List("cohorts", kMaxCohorts)) {
    CohortPlan cohort;
    if (!ReadCohort(each, &cohort)) return false;
    connections += cohort.connections;
    plan->cohorts.push_back(std::move(cohort));
  }
  if (members.good() && plan->cohorts.empty()) members.Refuse("cohorts", "is empty");
  if (members.good() && connections > kMaxConnections) members.Refuse("cohorts", "have too many connections");
  return members.good();
}

}  // namespace halfopen::client
