#include "binding/engine_loop.h"

namespace halfopen {

namespace {

EngineLoop* Of(void* data) { return static_cast<EngineLoop*>(data); }

}  // namespace

int EngineLoop::Open(uv_loop_t* loop, Engine* engine) {
  loop_ = loop;
  // Only this one can fail; the others just fill in their structures.
  if (const int error = uv_poll_init(loop, &poll_, engine->poll_fd())) return error;
  engine_ = engine;
  uv_prepare_init(loop, &prepare_);
  uv_idle_init(loop, &idle_);
  uv_timer_init(loop, &timer_);
  poll_.data = prepare_.data = idle_.data = timer_.data = this;
  uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* handle, int, int) {
    EngineLoop* self = Of(handle->data);
    self->engine_->Turn(true);
    self->Settle();
  });
  uv_prepare_start(&prepare_, [](uv_prepare_t* handle) {
    EngineLoop* self = Of(handle->data);
    const bool work = self->engine_->has_commands();
    self->engine_->FlushBeforeTurn();
    if (work) self->Settle();
  });
  // The poll handle keeps the process alive, the others need not.
  uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&idle_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&timer_));
  return 0;
}

void EngineLoop::Look() {
  if (!engine_ || !engine_->Blind()) return;
  engine_->Turn(false);
  Settle();
}

void EngineLoop::Settle() {
  if (!engine_) return;  // destroyed by a callback
  if (engine_->busy()) {
    if (!uv_is_active(reinterpret_cast<uv_handle_t*>(&idle_)))
      uv_idle_start(&idle_, [](uv_idle_t* handle) {
        EngineLoop* self = Of(handle->data);
        self->engine_->Turn(false);
        self->Settle();
      });
  } else if (uv_is_active(reinterpret_cast<uv_handle_t*>(&idle_))) {
    uv_idle_stop(&idle_);
  }
  const int64_t due = engine_->NextDueMs();
  if (due == armed_) return;
  armed_ = due;
  if (due < 0) {
    uv_timer_stop(&timer_);
    return;
  }
  const uint64_t now = engine_->now_ms();
  const uint64_t in = static_cast<uint64_t>(due) > now ? static_cast<uint64_t>(due) - now : 0;
  uv_update_time(loop_);  // the delay counts from the loop's time, which may be as old as the turn is long
  uv_timer_start(
      &timer_,
      [](uv_timer_t* handle) {
        EngineLoop* self = Of(handle->data);
        self->armed_ = -1;
        self->engine_->Turn(true);
        self->Settle();
      },
      in, 0);
}

void EngineLoop::Close(void (*gone)(void*), void* context) {
  engine_ = nullptr;
  gone_ = gone;
  context_ = context;
  closing_ = 4;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), OnClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&idle_), OnClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), OnClosed);
}

void EngineLoop::OnClosed(uv_handle_t* handle) {
  EngineLoop* self = Of(handle->data);
  if (--self->closing_ == 0) self->gone_(self->context_);
}

}  // namespace halfopen
