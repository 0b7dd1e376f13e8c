#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

bool cin_avx2_found = false;

__attribute__((constructor)) static void find_avx2(void) {
  __builtin_cpu_init();
  cin_avx2_found =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

void cin_finish_streaming(void) { _mm_sfence(); }

/* Each case has a loop of its own, without branches. */
#define SUMS(TYPE, SUFFIX)                                                                        \
  INLINE cin_sums sums_##SUFFIX(const TYPE *x, size_t count, double pivot, bool about_zero) {     \
    lanes l = no_lanes();                                                                         \
    return finish_sums_##SUFFIX(&l, x, 0, count, _mm256_set1_pd(pivot), about_zero);              \
  }                                                                                               \
  AVX2 cin_sums cin_sums_##SUFFIX(const TYPE *x, size_t count, double pivot) {                    \
    return pivot == 0 ? sums_##SUFFIX(x, count, 0, true) : sums_##SUFFIX(x, count, pivot, false); \
  }

SUMS(uint16_t, f16)
SUMS(float, f32)
SUMS(double, f64)

/* ---- Transforms ---- */

INLINE wide_f32 widen_f16(cin_transform_f32 t) { return widen_f32(t); }

/* The transform of as many values as fill a vector; half-precision values are computed as floats. */
INLINE __m128i vector_f16(const wide_f32 *t, const uint16_t *x) {
  return _mm256_cvtps_ph(transform8(t, load8_f16(x)), NEAREST);
}

INLINE __m256 vector_f32(const wide_f32 *t, const float *x) { return transform8(t, load8_f32(x)); }

INLINE __m256d vector_f64(const wide_f64 *t, const double *x) {
  return transform4(t, _mm256_loadu_pd(x));
}

INLINE float scalar_f32(cin_transform_f32 t, const float *x) {
  float scaled = (*x - t.mean) * t.factor;
  return scaled + t.shift;
}

INLINE double scalar_f64(cin_transform_f64 t, const double *x) {
  double scaled = (*x - t.mean) * t.factor;
  return scaled + t.shift;
}

INLINE uint16_t scalar_f16(cin_transform_f32 t, const uint16_t *x) {
  const float wide = _cvtsh_ss(*x);
  return _cvtss_sh(scalar_f32(t, &wide), NEAREST);
}

INLINE void store_f16(uint16_t *y, __m128i v, bool streaming) {
  if (streaming)
    _mm_stream_si128((__m128i *)y, v);
  else
    _mm_storeu_si128((__m128i *)y, v);
}

INLINE void store_f32(float *y, __m256 v, bool streaming) {
  if (streaming)
    _mm256_stream_ps(y, v);
  else
    _mm256_storeu_ps(y, v);
}

INLINE void store_f64(double *y, __m256d v, bool streaming) {
  if (streaming)
    _mm256_stream_pd(y, v);
  else
    _mm256_storeu_pd(y, v);
}

/* Writes the transform of x to y and, where there is another row, sums that row meanwhile, so that waiting for memory
 * and computing overlap. Streamed stores start where y is aligned; the order of the sums does not depend on that.
 * The last vector overlaps the vectors before it, and is computed first, since x may be y. */
#define PASS(TYPE, SUFFIX, TRANSFORM, WIDE, VECTOR, WIDTH)                                                 \
  INLINE cin_sums pass_##SUFFIX(TRANSFORM t, const TYPE *x, TYPE *y, const TYPE *other, size_t count,      \
                                double pivot, bool about_zero, bool streaming) {                           \
    lanes l = no_lanes();                                                                                  \
    const __m256d p = _mm256_set1_pd(pivot);                                                               \
    const WIDE w = widen_##SUFFIX(t);                                                                      \
    size_t i = 0;                                                                                          \
    if (count < WIDTH) {                                                                                   \
      for (size_t k = 0; k < count; k++) y[k] = scalar_##SUFFIX(t, x + k);                                 \
    } else {                                                                                               \
      const VECTOR last = vector_##SUFFIX(&w, x + count - WIDTH);                                          \
      size_t at = streaming ? lead(y, sizeof *y, count) : 0;                                               \
      for (size_t k = 0; k < at; k++) y[k] = scalar_##SUFFIX(t, x + k);                                    \
      for (; at + 16 <= count; at += 16, i += 16) {                                                        \
        if (other) {                                                                                       \
          will_read((const char *)(other + i) + AHEAD);                                                    \
          add16_##SUFFIX(&l, other + i, p, about_zero);                                                    \
        } else {                                                                                           \
          will_read(x + at + count);                                                                       \
        }                                                                                                  \
        for (size_t k = 0; k < 16; k += WIDTH)                                                             \
          store_##SUFFIX(y + at + k, vector_##SUFFIX(&w, x + at + k), streaming);                          \
      }                                                                                                    \
      for (; at + WIDTH <= count; at += WIDTH) store_##SUFFIX(y + at, vector_##SUFFIX(&w, x + at), false); \
      store_##SUFFIX(y + count - WIDTH, last, false);                                                      \
    }                                                                                                      \
    if (!other) return (cin_sums){0, 0};                                                                   \
    return finish_sums_##SUFFIX(&l, other, i, count, p, about_zero);                                       \
  }                                                                                                        \
  AVX2 void cin_apply_##SUFFIX(TRANSFORM t, const TYPE *x, TYPE *y, size_t count, bool streaming) {        \
    if (streaming)                                                                                         \
      pass_##SUFFIX(t, x, y, NULL, count, 0, true, true);                                                  \
    else                                                                                                   \
      pass_##SUFFIX(t, x, y, NULL, count, 0, true, false);                                                 \
  }                                                                                                        \
  AVX2 cin_sums cin_apply_and_sum_##SUFFIX(TRANSFORM t, const TYPE *x, TYPE *y, const TYPE *other,         \
                                           size_t count, double pivot, bool streaming) {                   \
    if (pivot == 0)                                                                                        \
      return streaming ? pass_##SUFFIX(t, x, y, other, count, 0, true, true)                               \
                       : pass_##SUFFIX(t, x, y, other, count, 0, true, false);                             \
    return streaming ? pass_##SUFFIX(t, x, y, other, count, pivot, false, true)                            \
                     : pass_##SUFFIX(t, x, y, other, count, pivot, false, false);                          \
  }

PASS(uint16_t, f16, cin_transform_f32, wide_f32, __m128i, 8)
PASS(float, f32, cin_transform_f32, wide_f32, __m256, 8)
PASS(double, f64, cin_transform_f64, wide_f64, __m256d, 4)

#else

bool cin_avx2_found = false;
void cin_finish_streaming(void) {}

#endif
