// The fault client for JavaScript: `new FaultClient(plan, done)` starts a run, `stop()` ends it, `progress()`
// reads its counters. Converts and forwards; the plan's meaning is checked in src/traffic/plan.ts.
#pragma once

#include "binding/node_api.h"

Napi::Object InitClient(Napi::Env env, Napi::Object exports);
