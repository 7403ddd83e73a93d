#include "binding/sock_diag_binding.h"

#include <string.h>

#include <vector>

#include "client/sock_diag.h"

namespace {

using halfopen::client::SocketView;

constexpr size_t kNumbers = 9;

Napi::Value SocketsOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double port = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
  if (!(port >= 1 && port <= 65535)) {
    Napi::TypeError::New(env, "socketsOf(port): port must be from 1 to 65535").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  std::vector<SocketView> found;
  const int error = halfopen::client::SocketsOf(static_cast<uint16_t>(port), &found);
  if (error != 0) {
    Napi::Error::New(env, std::string("sock_diag: ") + strerror(error)).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Float64Array numbers = Napi::Float64Array::New(env, found.size() * kNumbers);
  if (numbers.IsEmpty() || env.IsExceptionPending()) return env.Undefined();
  size_t at = 0;
  for (const SocketView& view : found) {
    for (const uint32_t number :
         {uint32_t{view.state}, uint32_t{view.timer}, uint32_t{view.remote_port}, view.receive_queue,
          view.send_queue, view.unsent, view.memory, view.retransmits, view.inode}) {
      numbers[at++] = number;
    }
  }
  return numbers;
}

}  // namespace

Napi::Object InitSockDiag(Napi::Env env, Napi::Object exports) {
  const Napi::Function function = Napi::Function::New<&SocketsOf>(env, "socketsOf");
  if (!function.IsEmpty() && !env.IsExceptionPending()) exports.Set("socketsOf", function);
  return exports;
}
