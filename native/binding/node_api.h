// <napi.h> without its own warnings: the strict ones are for this project's code.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <napi.h>
#pragma GCC diagnostic pop
