#pragma once

#include "binding/node_api.h"

// socketsOf(port): numbers, nine a socket, in the order of SocketView.
Napi::Object InitSockDiag(Napi::Env env, Napi::Object exports);
