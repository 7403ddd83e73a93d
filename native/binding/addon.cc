// The addon's front door. Keeps nothing: all state belongs to the objects that are made.
#include "binding/client_binding.h"
#include "binding/node_api.h"
#include "binding/sock_diag_binding.h"
#include "binding/null_binding.h"
#if __has_include("binding/engine_binding.h")
#include "binding/engine_binding.h"
#define HALFOPEN_HAS_ENGINE 1
#endif

namespace {

Napi::Object InitAll(Napi::Env env, Napi::Object exports) {
  exports = InitClient(env, exports);
  exports = InitSockDiag(env, exports);
  exports = InitNullServer(env, exports);
#ifdef HALFOPEN_HAS_ENGINE
  exports = InitEngine(env, exports);
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(halfopen, InitAll)
