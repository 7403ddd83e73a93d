#include "binding/engine_binding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <new>

#include "binding/engine_carrier.h"
#include "binding/engine_options.h"

namespace {

using halfopen::Carrier;
using halfopen::Engine;

constexpr uint32_t kEvents = 2048, kCommands = 8192;
constexpr uint32_t kArena = 256 * 1024, kHeads = 256 * 1024, kBodies = 256 * 1024;

class EngineBinding : public Napi::ObjectWrap<EngineBinding> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(
        env, "Engine",
        {InstanceMethod("listen", &EngineBinding::Listen), InstanceMethod("flush", &EngineBinding::Flush),
         InstanceMethod("look", &EngineBinding::Look),
         InstanceMethod("defineHead", &EngineBinding::DefineHead),
         InstanceMethod("peek", &EngineBinding::Peek), InstanceMethod("remote", &EngineBinding::Remote),
         InstanceMethod("drain", &EngineBinding::Drain), InstanceMethod("resetAll", &EngineBinding::ResetAll),
         InstanceMethod("destroy", &EngineBinding::Destroy), InstanceMethod("stats", &EngineBinding::Stats)});
  }

  explicit EngineBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EngineBinding>(info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsObject() || !info[1].IsFunction()) {
      Napi::TypeError::New(env, "Engine: expected (options, onEvents)").ThrowAsJavaScriptException();
      return;
    }
    const halfopen::Options options = halfopen::ReadOptions(env, info[0].As<Napi::Object>());
    if (env.IsExceptionPending()) return;
    Napi::Object buffers = Napi::Object::New(env);
    halfopen::Shared shared{};
    shared.control = Make<uint32_t>(env, buffers, "control", halfopen::kControlCells).data();
    shared.events = Make<int32_t>(env, buffers, "events", kEvents * halfopen::kEventInts);
    shared.commands = Make<int32_t>(env, buffers, "commands", kCommands * halfopen::kCommandInts);
    shared.arena = Make<char>(env, buffers, "arena", kArena);
    shared.heads = Make<char>(env, buffers, "heads", kHeads);
    shared.bodies = Make<char>(env, buffers, "bodies", kBodies);
    // One more page than connections: slots are made by the page.
    shared.backlog = Make<uint32_t>(env, buffers, "backlog", (options.max_connections / 64 + 2) * 64);
    if (env.IsExceptionPending()) return;
    buffers_ = Napi::Persistent(buffers);
    Value().As<Napi::Object>().Set("buffers", buffers);
    carrier_ = new (std::nothrow) Carrier(env);
    if (!carrier_)
      Throw(env, ENOMEM, "the engine could not start");
    else if (carrier_->Start(options, shared, info[1].As<Napi::Function>()) != napi_ok || carrier_->error)
      Throw(env, carrier_->error ? carrier_->error : EINVAL, "the engine could not start");
  }

  ~EngineBinding() override {
    if (carrier_) carrier_->Release();
  }

 private:
  template <typename T>
  std::span<T> Make(Napi::Env env, Napi::Object into, const char* name, size_t count) {
    if (env.IsExceptionPending()) return {};
    Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, count * sizeof(T));
    if (env.IsExceptionPending()) return {};
    memset(buffer.Data(), 0, buffer.ByteLength());
    into.Set(name, buffer);
    // Held strongly: the memory must not move or go while the engine runs.
    kept_[kept_count_++] = Napi::Persistent(buffer);
    return {static_cast<T*>(buffer.Data()), count};
  }

  void Throw(Napi::Env env, int number, const std::string& what) {
    Napi::Error error = Napi::Error::New(env, what + ": " + strerror(number));
    error.Set("code", Napi::String::New(env, uv_err_name(-number)));
    error.Set("errno", Napi::Number::New(env, number));
    error.ThrowAsJavaScriptException();
  }

  // Null, after throwing, when the engine was destroyed.
  Engine* Alive(Napi::Env env) {
    if (carrier_ && carrier_->loop_.open()) return carrier_->engine.get();
    Napi::Error::New(env, "the engine was destroyed").ThrowAsJavaScriptException();
    return nullptr;
  }

  static bool Unsigned(const Napi::CallbackInfo& info, size_t index, uint32_t* into) {
    if (info.Length() <= index || !info[index].IsNumber()) {
      Napi::TypeError::New(info.Env(), "Engine: expected a number as argument " + std::to_string(index + 1))
          .ThrowAsJavaScriptException();
      return false;
    }
    *into = info[index].As<Napi::Number>().Uint32Value();
    return true;
  }

  // False, after throwing, when the argument is not a Uint8Array.
  static bool Bytes(const Napi::CallbackInfo& info, size_t index, std::span<const char>* into) {
    if (info.Length() <= index || !info[index].IsTypedArray() ||
        info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      Napi::TypeError::New(info.Env(),
                           "Engine: expected a Uint8Array as argument " + std::to_string(index + 1))
          .ThrowAsJavaScriptException();
      return false;
    }
    const Napi::Uint8Array array = info[index].As<Napi::Uint8Array>();
    *into = {reinterpret_cast<const char*>(array.Data()), array.ByteLength()};
    return true;
  }

  Napi::Value Listen(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Engine* engine = Alive(env);
    uint32_t port = 0;
    if (!engine || !Unsigned(info, 1, &port)) return env.Undefined();
    if (!info[0].IsString() || port > 65535) {
      Napi::TypeError::New(env, "Engine: expected (host, port)").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const std::string host = info[0].As<Napi::String>().Utf8Value();
    if (const int error = engine->Listen(host.c_str(), static_cast<uint16_t>(port))) {
      Throw(env, error, "cannot listen on " + host + ":" + std::to_string(port));
      return env.Undefined();
    }
    Napi::Object at = Napi::Object::New(env);
    at.Set("port", Napi::Number::New(env, engine->port()));
    at.Set("address", Napi::String::New(env, engine->address()));
    return at;
  }

  Napi::Value Flush(const Napi::CallbackInfo& info) {
    Engine* engine = Alive(info.Env());
    if (!engine) return info.Env().Undefined();
    std::span<const char> bytes;
    if (info.Length() > 0 && !info[0].IsUndefined() && !Bytes(info, 0, &bytes)) return info.Env().Undefined();
    engine->Flush(bytes);
    carrier_->loop_.Settle();
    return info.Env().Undefined();
  }

  Napi::Value Look(const Napi::CallbackInfo& info) {
    // In a microtask, which may come when the engine is destroyed.
    if (carrier_) carrier_->loop_.Look();
    return info.Env().Undefined();
  }

  Napi::Value DefineHead(const Napi::CallbackInfo& info) {
    Engine* engine = Alive(info.Env());
    uint32_t token = 0;
    std::span<const char> bytes;
    if (!engine || !Unsigned(info, 0, &token) || !Bytes(info, 1, &bytes)) return info.Env().Undefined();
    const int error = engine->DefineHead(token, bytes);
    if (error == ENOMEM) Throw(info.Env(), error, "no room for a head");
    else if (error)
      Napi::RangeError::New(info.Env(), "Engine: token or head out of range").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }

  Napi::Value Peek(const Napi::CallbackInfo& info) {
    Engine* engine = Alive(info.Env());
    uint32_t slot = 0, seq = 0;
    if (!engine || !Unsigned(info, 0, &slot) || !Unsigned(info, 1, &seq)) return info.Env().Undefined();
    int error = 0;
    const halfopen::Gone gone = engine->Peek(slot, seq, &error);
    return Napi::Number::New(info.Env(), static_cast<int>(gone) | error << 8);
  }

  Napi::Value Remote(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Engine* engine = Alive(env);
    uint32_t slot = 0;
    if (!engine || !Unsigned(info, 0, &slot)) return env.Undefined();
    const halfopen::Connection* c = engine->Find(slot);
    char text[INET6_ADDRSTRLEN] = "";
    if (c && c->peer_family) inet_ntop(c->peer_family, c->peer_address, text, sizeof text);
    Napi::Array pair = Napi::Array::New(env, 2);
    pair.Set(uint32_t{0}, Napi::String::New(env, text));
    pair.Set(uint32_t{1}, Napi::Number::New(env, c ? c->peer_port : 0));
    return pair;
  }

  Napi::Value Drain(const Napi::CallbackInfo& info) {
    Engine* engine = Alive(info.Env());
    if (!engine) return info.Env().Undefined();
    engine->Drain();
    carrier_->loop_.Settle();
    return info.Env().Undefined();
  }

  Napi::Value ResetAll(const Napi::CallbackInfo& info) {
    Engine* engine = Alive(info.Env());
    if (!engine) return info.Env().Undefined();
    engine->ResetAll();
    carrier_->loop_.Settle();
    return info.Env().Undefined();
  }

  Napi::Value Destroy(const Napi::CallbackInfo& info) {
    if (carrier_) carrier_->Destroy();
    return info.Env().Undefined();
  }

  Napi::Value Stats(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Engine* engine = Alive(env);
    if (!engine) return env.Undefined();
    const halfopen::Stats& stats = engine->stats();
    const halfopen::Census census = engine->Count();
    Napi::Object out = Napi::Object::New(env);
    const auto put = [&](const char* name, uint64_t value) {
      out.Set(name, Napi::Number::New(env, static_cast<double>(value)));
    };
    put("accepted", stats.accepted);
    put("requests", stats.requests);
    put("connections", stats.connections);
    put("inFlight", stats.in_flight);
    put("acceptFull", stats.accept_full);
    put("acceptExhausted", stats.accept_exhausted);
    put("turnedAway", stats.turned_away);
    put("closedSilent", stats.closed_silent);
    put("closedIdle", stats.closed_idle);
    put("closedPressure", stats.closed_pressure);
    put("stalled", stats.stalled);
    put("cutDrain", stats.cut_drain);
    put("silent", census.silent);
    put("head", census.head);
    put("active", census.active);
    put("idle", census.idle);
    put("lingering", census.lingering);
    put("blocked", census.blocked);
    put("awaitingBody", census.awaiting_body);
    put("paused", census.paused);
    put("backingOff", census.backing_off);
    put("queuedBytes", census.queued_bytes);
    Napi::Object refused = Napi::Object::New(env);
    for (size_t i = 0; i < stats.refused.size(); i++)
      if (stats.refused[i])
        refused.Set(std::to_string(400 + i), Napi::Number::New(env, static_cast<double>(stats.refused[i])));
    out.Set("refused", refused);
    return out;
  }

  Carrier* carrier_ = nullptr;
  Napi::ObjectReference buffers_;
  Napi::Reference<Napi::ArrayBuffer> kept_[8];
  size_t kept_count_ = 0;
};

}  // namespace

Napi::Object InitEngine(Napi::Env env, Napi::Object exports) {
  exports.Set("Engine", EngineBinding::Class(env));
  return exports;
}
