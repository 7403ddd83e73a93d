// The parser's inner loops: how far does a run of permitted bytes reach? They read [at, stop) and nothing else.
#pragma once

#include <bit>
#include <cstddef>

#include "engine/char_class.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace halfopen {

template <CharClass kClass>
inline size_t Skip(const char* data, size_t at, size_t stop) {
  while (at < stop && Is<kClass>(data[at])) ++at;
  return at;
}

// Values are the bulk of a head, so they go sixteen bytes at a time where the instruction set is sure to be there.
inline size_t SkipValue(const char* data, size_t at, size_t stop) {
#ifdef __SSE2__
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  while (stop - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const __m128i refused =
        _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), control), _mm_cmpeq_epi8(bytes, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(refused));
    if (mask != 0) return at + static_cast<size_t>(std::countr_zero(mask));
    at += 16;
  }
#endif
  return Skip<kValueChar>(data, at, stop);
}

}  // namespace halfopen
