// The null server for JavaScript: `new NullServer(response)` listens at `port`, `serve()` never returns.
#pragma once

#include "binding/node_api.h"

Napi::Object InitNullServer(Napi::Env env, Napi::Object exports);
