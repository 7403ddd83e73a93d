#include "binding/null_binding.h"

#include <memory>
#include <string>

#include "client/null_server.h"

namespace {

class NullServer : public Napi::ObjectWrap<NullServer> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "NullServer",
        {InstanceAccessor<&NullServer::Port>("port"), InstanceMethod<&NullServer::Serve>("serve")});
  }

  explicit NullServer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NullServer>(info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 1 || !info[0].IsTypedArray() ||
        info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      Napi::TypeError::New(env, "NullServer(response): response must be a Uint8Array")
          .ThrowAsJavaScriptException();
      return;
    }
    const auto bytes = info[0].As<Napi::Uint8Array>();
    server_ = std::make_unique<halfopen::client::NullServer>(
        std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()));
    port_ = server_->Listen();
    if (port_ == 0) Napi::Error::New(env, "the null server cannot listen").ThrowAsJavaScriptException();
  }

 private:
  Napi::Value Port(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), port_); }

  Napi::Value Serve(const Napi::CallbackInfo& info) {
    if (server_ && port_ != 0) server_->Serve();
    return info.Env().Undefined();
  }

  std::unique_ptr<halfopen::client::NullServer> server_;
  uint16_t port_ = 0;
};

}  // namespace

Napi::Object InitNullServer(Napi::Env env, Napi::Object exports) {
  const Napi::Function constructor = NullServer::Define(env);
  if (!constructor.IsEmpty() && !env.IsExceptionPending()) exports.Set("NullServer", constructor);
  return exports;
}
