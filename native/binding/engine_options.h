// The options object of the JavaScript side, which has checked it, as the engine's options.
#pragma once

#include "binding/node_api.h"
#include "engine/options.h"

namespace halfopen {

// Throws a TypeError on a field that is missing or of a wrong type.
Options ReadOptions(Napi::Env env, Napi::Object from);

}  // namespace halfopen
