// The engine as a JavaScript class. Converts and forwards; the loop handles that drive it are in
// engine_loop.h.
//
//   new Engine(options, onEvents)   options: numbers and booleans, all of them; onEvents(count): reads count
//   event records .buffers                        { control, events, commands, arena, heads, bodies, backlog
//   }: ArrayBuffers .listen(host, port)             { port, address }, or throws an Error with `code`
//   (EADDRINUSE…) .flush(bytes?)                  carries out the commands now; bytes: those of a kOpRef
//   command .defineHead(token, bytes)       .peek(slot, seq) → kind | errno << 8   .remote(slot) → [address,
//   port] .drain()  .resetAll()  .destroy()  .stats()
#pragma once

#include "binding/node_api.h"

Napi::Object InitEngine(Napi::Env env, Napi::Object exports);
