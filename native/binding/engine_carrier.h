// An engine in an environment: made, driven, called back, and taken down whichever of the two ends first.
#pragma once

#include <memory>

#include "binding/engine_loop.h"
#include "binding/node_api.h"

namespace halfopen {

// What the JavaScript object and the environment's cleanup share. Deleted when both have let go and the
// handles are closed.
//
//   JS object ──wraps──▶ EngineBinding ──owns──▶ Carrier ◀── cleanup hook
class Carrier final : public Host {
 public:
  explicit Carrier(napi_env env) : env_(env) {}
  ~Carrier() = default;

  napi_status Start(const Options& options, const Shared& shared,
                    Napi::Function on_events);
  bool Deliver(uint32_t count) override;
  bool Quiet() override { return loop_.open() && loop_.Quiet(); }
  // Closes sockets now, handles soon.
  void Destroy();
  // The JavaScript object is gone.
  void Release();

  std::unique_ptr<Engine> engine;
  EngineLoop loop_;
  int error = 0;

 private:
  static void OnCleanup(napi_async_cleanup_hook_handle, void* self);
  void Finished();

  napi_env env_;
  napi_async_context context_ = nullptr;
  napi_ref callback_ = nullptr, resource_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool closing_ = false, closed_ = true, released_ = false, tearing_down_ = false;
};

}  // namespace halfopen
