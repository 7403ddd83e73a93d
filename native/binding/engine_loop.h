// Drives one engine from a libuv loop.
//
//   poll     our epoll set has something         → Turn
//   prepare  commands wait (timers, promises…)   → Flush, before the loop sleeps
//   idle     something is to be done at once     → Turn; active only then, so that the loop does not sleep
//   timer    a deadline or delay is due          → Turn
//
// The handles outlive the engine until libuv has closed them.
#pragma once

#include <uv.h>

#include "engine/engine.h"

namespace halfopen {

class EngineLoop {
 public:
  // `gone` is called with `context` when the last handle is closed; the object may then be deleted.
  // Returns 0 or a libuv error; after an error `Close` need not be called.
  int Open(uv_loop_t* loop, Engine* engine);
  void Close(void (*gone)(void*), void* context);
  bool open() const { return engine_ != nullptr; }
  // To be called after anything that may have given the engine work or a new deadline.
  void Settle();
  // From the midst of other work of the loop: serves those who wait, if it has kept them waiting.
  void Look();
  // Nothing else of the loop is due: the engine may go on with what its sockets bring.
  bool Quiet() const { return uv_backend_timeout(loop_) != 0; }

 private:
  static void OnClosed(uv_handle_t* handle);

  uv_loop_t* loop_ = nullptr;
  Engine* engine_ = nullptr;
  uv_poll_t poll_{};
  uv_prepare_t prepare_{};
  uv_idle_t idle_{};
  uv_timer_t timer_{};
  int64_t armed_ = -1;
  int closing_ = 0;
  void (*gone_)(void*) = nullptr;
  void* context_ = nullptr;
};

}  // namespace halfopen
