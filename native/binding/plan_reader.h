// Turns the plain object of src/traffic/plan.ts into a Plan. Trusts nothing: what is missing, of another type
// or out of range is named in a TypeError.
#pragma once

#include "binding/node_api.h"
#include "client/plan.h"

namespace halfopen::client {

// False with an exception pending.
[[nodiscard]] bool ReadPlan(Napi::Value value, Plan* plan);

}  // namespace halfopen::client
