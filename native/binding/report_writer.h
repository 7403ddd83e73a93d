// Turns a finished run into the raw report that src/traffic/decode.ts reads: numbers, and columns as
// Float64Array.
#pragma once

#include "binding/node_api.h"
#include "client/run.h"

namespace halfopen::client {

// Empty with an exception pending (out of memory, or the environment is going down).
Napi::Value WriteReport(Napi::Env env, const Run& run);

}  // namespace halfopen::client
