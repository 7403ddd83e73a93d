#include "binding/engine_carrier.h"

#include <errno.h>

#include <new>

namespace halfopen {

napi_status Carrier::Start(const Options& options, const Shared& shared,
                           Napi::Function on_events) {
  engine.reset(new (std::nothrow) Engine(options, shared, *this));
  error = engine ? engine->Init() : ENOMEM;
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

}  // namespace halfopen
