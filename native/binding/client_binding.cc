#include "binding/client_binding.h"

#include <pthread.h>

#include <memory>
#include <utility>

#include "binding/plan_reader.h"
#include "binding/report_writer.h"
#include "client/run.h"

namespace {

using halfopen::client::Plan;
using halfopen::client::Run;

// One run. The thread is joined before anything it uses goes away: when the run's end is reported, when the
// object is collected, or when the environment (a worker, the process) is torn down, whichever comes first.
class FaultClient : public Napi::ObjectWrap<FaultClient> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "FaultClient",
        {InstanceMethod<&FaultClient::Stop>("stop"), InstanceMethod<&FaultClient::Progress>("progress")});
  }

  explicit FaultClient(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FaultClient>(info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[1].IsFunction()) {
      Napi::TypeError::New(env, "FaultClient(plan, done): done must be a function")
          .ThrowAsJavaScriptException();
      return;
    }
    Plan plan;
    if (!halfopen::client::ReadPlan(info[0], &plan)) return;
    run_ = std::make_unique<Run>(std::move(plan));
    if (!run_->Open()) {
      Fail(env, "no descriptors left for the fault client");
      return;
    }
    if (napi_create_threadsafe_function(env, info[1], nullptr, Napi::String::New(env, "halfopen.FaultClient"),
                                        0, 1, nullptr, nullptr, this, &FaultClient::Report,
                                        &report_) != napi_ok) {
      Fail(env, "the fault client cannot report back");
      return;
    }
    // After the thread-safe function, so that teardown comes here first and the thread is gone before its
    // channel.
    if (napi_add_env_cleanup_hook(env, &FaultClient::Teardown, this) != napi_ok) {
      Release();
      Fail(env, "the fault client cannot watch for the end of the environment");
      return;
    }
    hooked_ = true;
    // -fno-exceptions: std::thread would end the process where no thread can be had; pthread says so instead.
    if (pthread_create(&thread_, nullptr, &FaultClient::Main, this) != 0) {
      Release();
      Fail(env, "no thread left for the fault client");
      return;
    }
    running_ = true;
    Ref();  // until the report is delivered
  }

  ~FaultClient() override { Release(); }

 private:
  static void* Main(void* data) {
    auto* self = static_cast<FaultClient*>(data);
    self->run_->Execute();
    // Fails only when the environment is going down, and then nobody waits.
    napi_call_threadsafe_function(self->report_, nullptr, napi_tsfn_nonblocking);
    return nullptr;
  }

  // On the JavaScript thread, after the run's end. `env` is null when the environment is gone.
  static void Report(napi_env env, napi_value done, void* context, void* /*data*/) {
    auto* self = static_cast<FaultClient*>(context);
    if (env == nullptr) return;
    self->Release();
    const Napi::Env js(env);
    const Napi::HandleScope scope(js);
    const Napi::Value report = halfopen::client::WriteReport(js, *self->run_);
    napi_value argument = report.IsEmpty() ? js.Null() : report;
    self->run_.reset();
    self->Unref();
    if (js.IsExceptionPending()) return;
    napi_value undefined = js.Undefined();
    napi_value result = nullptr;
    // An exception of `done` stays pending, and the runtime reports it as uncaught.
    napi_call_function(env, undefined, done, 1, &argument, &result);
  }

  static void Teardown(void* data) {
    auto* self = static_cast<FaultClient*>(data);
    self->hooked_ = false;  // it is running
    self->Release();
  }

  void Release() {
    if (running_) {
      run_->Stop();
      pthread_join(thread_, nullptr);
      running_ = false;
    }
    if (hooked_) {
      napi_remove_env_cleanup_hook(Env(), &FaultClient::Teardown, this);
      hooked_ = false;
    }
    if (report_ != nullptr) {
      napi_release_threadsafe_function(report_, napi_tsfn_release);
      report_ = nullptr;
    }
  }

  void Fail(Napi::Env env, const char* why) { Napi::Error::New(env, why).ThrowAsJavaScriptException(); }

  Napi::Value Stop(const Napi::CallbackInfo& info) {
    if (run_) run_->Stop();
    return info.Env().Undefined();
  }

  Napi::Value Progress(const Napi::CallbackInfo& info) {
    constexpr auto kCounters = static_cast<size_t>(Run::Counter::kCount);
    Napi::Float64Array counters = Napi::Float64Array::New(info.Env(), kCounters);
    if (counters.IsEmpty() || info.Env().IsExceptionPending()) return info.Env().Undefined();
    for (size_t i = 0; i < kCounters; ++i) {
      counters[i] = run_ ? static_cast<double>(run_->Read(static_cast<Run::Counter>(i))) : 0;
    }
    return counters;
  }

  std::unique_ptr<Run> run_;  // null once reported
  pthread_t thread_{};
  napi_threadsafe_function report_ = nullptr;
  bool running_ = false;  // the thread is to be joined
  bool hooked_ = false;
};

}  // namespace

Napi::Object InitClient(Napi::Env env, Napi::Object exports) {
  const Napi::Function constructor = FaultClient::Define(env);
  if (!constructor.IsEmpty() && !env.IsExceptionPending()) exports.Set("FaultClient", constructor);
  return exports;
}
