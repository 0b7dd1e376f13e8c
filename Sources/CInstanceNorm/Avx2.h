/* What the kernels share: targets, loads, masks and the fixed order in which lanes are added. */
#ifndef CIN_AVX2_H
#define CIN_AVX2_H

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma,f16c,prfchw")))
#define INLINE static inline __attribute__((always_inline)) AVX2

#define NEAREST (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

/* ---- Loads of eight values as float ---- */

INLINE __m256 load8_f16(const uint16_t *x) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)x)); }
INLINE __m256 load8_f32(const float *x) { return _mm256_loadu_ps(x); }

/* A mask whose first `count` lanes of eight are set; none below 0, all above 8. */
INLINE __m256i first8(ptrdiff_t count) {
  int limit = count < 0 ? 0 : count > 8 ? 8 : (int)count;
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(limit), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* A mask whose first `count` lanes of four are set; none below 0, all above 4. */
INLINE __m256i first4(ptrdiff_t count) {
  int limit = count < 0 ? 0 : count > 4 ? 4 : (int)count;
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(limit), _mm256_setr_epi64x(0, 1, 2, 3));
}

/* Adds sixteen lanes in halves: 8, 4, 2, 1. */
INLINE double total(const __m256d *v) {
  __m256d four = _mm256_add_pd(_mm256_add_pd(v[0], v[2]), _mm256_add_pd(v[1], v[3]));
  __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

/* ---- Hints; they may name any address and have no other effect ---- */

/* The cache line at p will soon be read. */
INLINE void will_read(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

/* How many bytes ahead values are fetched that are summed beside a transform. */
enum { AHEAD = 1024 };

/* The same beside an activation, whose values take longer: measured on results beyond the caches. */
enum { FAR_AHEAD = 4096 };

/* The number of leading elements before y is aligned to a cache line, at most count. */
INLINE size_t lead(const void *y, size_t size, size_t count) {
  size_t elements = ((64 - ((uintptr_t)y & 63)) & 63) / size;
  return elements < count ? elements : count;
}

#endif
