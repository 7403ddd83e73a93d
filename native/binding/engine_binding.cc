#include "binding/engine_binding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include <memory>

#include "binding/engine_loop.h"

namespace {

using halfopen::Engine;
using halfopen::EngineLoop;

constexpr uint32_t kEvents = 2048, kCommands = 8192;
constexpr double kMostConnections = 1'000'000;  // memory is taken for each beforehand
constexpr uint32_t kArena = 256 * 1024, kHeads = 256 * 1024, kBodies = 256 * 1024;

// What the JavaScript object and the environment's cleanup share. Deleted when both have let go and the
// handles are closed.
//
//   JS object ──wraps──▶ EngineBinding ──owns──▶ Carrier ◀── cleanup hook
class Carrier final : public halfopen::Host {
 public:
  explicit Carrier(napi_env env) : env_(env) {}
  ~Carrier() = default;

  napi_status Start(const halfopen::Options& options, const halfopen::Shared& shared,
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

napi_status Carrier::Start(const halfopen::Options& options, const halfopen::Shared& shared,
                           Napi::Function on_events) {
  engine = std::make_unique<Engine>(options, shared, *this);
  error = engine->Init();
  if (error) return napi_ok;
  uv_loop_t* loop = nullptr;
  napi_status status = napi_get_uv_event_loop(env_, &loop);
  if (status != napi_ok) return status;
  napi_value resource, name;
  if ((status = napi_create_object(env_, &resource)) != napi_ok) return status;
  if ((status = napi_create_string_utf8(env_, "HALFOPEN", NAPI_AUTO_LENGTH, &name)) != napi_ok) return status;
  if ((status = napi_async_init(env_, resource, name, &context_)) != napi_ok) return status;
  if ((status = napi_create_reference(env_, resource, 1, &resource_)) != napi_ok) return status;
  if ((status = napi_create_reference(env_, on_events, 1, &callback_)) != napi_ok) return status;
  if ((status = napi_add_async_cleanup_hook(env_, OnCleanup, this, &hook_)) != napi_ok) return status;
  const int failed = loop_.Open(loop, engine.get());
  if (failed)
    error = -failed;
  else
    closed_ = false;
  return napi_ok;
}

bool Carrier::Deliver(uint32_t count) {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  napi_value resource, callback, argument;
  bool alive = napi_get_reference_value(env_, resource_, &resource) == napi_ok &&
               napi_get_reference_value(env_, callback_, &callback) == napi_ok &&
               napi_create_uint32(env_, count, &argument) == napi_ok;
  if (alive) {
    const napi_status status = napi_make_callback(env_, context_, resource, callback, 1, &argument, nullptr);
    if (status != napi_ok) {
      // An error that escaped an application is its process's affair; one that can't even be fetched means
      // that the environment is being torn down.
      bool pending = false;
      napi_value thrown;
      alive = napi_is_exception_pending(env_, &pending) == napi_ok && pending &&
              napi_get_and_clear_last_exception(env_, &thrown) == napi_ok &&
              napi_fatal_exception(env_, thrown) == napi_ok;
    }
  }
  napi_close_handle_scope(env_, scope);
  return alive;
}

void Carrier::Destroy() {
  if (closing_) return;
  closing_ = true;
  if (closed_) return Finished();
  loop_.Close([](void* self) { static_cast<Carrier*>(self)->Finished(); }, this);
}

void Carrier::Finished() {
  closed_ = true;
  engine.reset();  // not earlier: a callback of ours may have been on the stack
  if (!tearing_down_) {
    if (callback_) napi_delete_reference(env_, callback_);
    if (resource_) napi_delete_reference(env_, resource_);
    if (context_) napi_async_destroy(env_, context_);
  }
  callback_ = resource_ = nullptr;
  context_ = nullptr;
  if (hook_) napi_remove_async_cleanup_hook(hook_);
  hook_ = nullptr;
  if (released_) delete this;
}

void Carrier::Release() {
  released_ = true;
  if (closing_ && closed_)
    delete this;
  else
    Destroy();
}

void Carrier::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  Carrier* self = static_cast<Carrier*>(data);
  self->tearing_down_ = true;
  self->Destroy();
}

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

halfopen::Options ReadOptions(Napi::Env env, Napi::Object from) {
  halfopen::Options options;
  OptionReader read(env, from);
  read.Number("backlog", &options.backlog);
  read.Boolean("reusePort", &options.reuse_port);
  read.Boolean("coalesce", &options.coalesce);
  read.Number("gatherUs", &options.gather_us);
  read.Number("maxConnections", &options.max_connections, kMostConnections);
  read.Number("lowWaterMark", &options.low_water);
  read.Number("headTimeoutMs", &options.head_timeout_ms);
  read.Number("keepAliveTimeoutMs", &options.keep_alive_ms);
  read.Number("bodyTimeoutMs", &options.body_timeout_ms);
  read.Number("stallTimeoutMs", &options.stall_timeout_ms);
  read.Number("userTimeoutMs", &options.user_timeout_ms);
  read.Number("probeIdleMs", &options.probe_idle_ms);
  read.Number("probeIntervalMs", &options.probe_interval_ms);
  read.Number("probeCount", &options.probe_count);
  read.Number("maxBodyBytes", &options.max_body);
  return options;
}

class EngineBinding : public Napi::ObjectWrap<EngineBinding> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(
        env, "Engine",
        {InstanceMethod("listen", &EngineBinding::Listen), InstanceMethod("flush", &EngineBinding::Flush),
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
    const halfopen::Options options = ReadOptions(env, info[0].As<Napi::Object>());
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
    carrier_ = new Carrier(env);
    if (carrier_->Start(options, shared, info[1].As<Napi::Function>()) != napi_ok || carrier_->error)
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

  Napi::Value DefineHead(const Napi::CallbackInfo& info) {
    Engine* engine = Alive(info.Env());
    uint32_t token = 0;
    std::span<const char> bytes;
    if (!engine || !Unsigned(info, 0, &token) || !Bytes(info, 1, &bytes)) return info.Env().Undefined();
    if (!engine->DefineHead(token, bytes))
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
    Napi::Object out = Napi::Object::New(env);
    const auto put = [&](const char* name, uint64_t value) {
      out.Set(name, Napi::Number::New(env, static_cast<double>(value)));
    };
    put("accepted", stats.accepted);
    put("requests", stats.requests);
    put("connections", stats.connections);
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
