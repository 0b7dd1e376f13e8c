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

/* ---- Sums: value i belongs to lane i mod 16; lanes are added in halves.
 *
 * Where the last group is not whole, the pivot stands in for what is missing: it adds 0 to its lane. ---- */

typedef struct {
  __m256d sum[4], squares[4];
} lanes;

INLINE lanes no_lanes(void) {
  lanes l;
  for (int k = 0; k < 4; k++) l.sum[k] = l.squares[k] = _mm256_setzero_pd();
  return l;
}

INLINE void add4(lanes *l, int k, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], d);
  l->squares[k] = _mm256_add_pd(l->squares[k], _mm256_mul_pd(d, d));
}

/* Four values whose square is exact, so that a fused sum has the same bits. */
INLINE void add4_exact(lanes *l, int k, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], d);
  l->squares[k] = _mm256_fmadd_pd(d, d, l->squares[k]);
}

INLINE cin_sums totals(const lanes *l) { return (cin_sums){total(l->sum), total(l->squares)}; }

/* Sixteen values. About 0 nothing need be subtracted. */
INLINE void add16_f16(lanes *l, const uint16_t *x, __m256d pivot, bool about_zero) {
  for (int h = 0; h < 2; h++) {
    __m256 v = load8_f16(x + 8 * h);
    __m256d half[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
    for (int k = 0; k < 2; k++) {
      if (about_zero)
        add4_exact(l, 2 * h + k, half[k]);
      else
        add4(l, 2 * h + k, _mm256_sub_pd(half[k], pivot));
    }
  }
}

INLINE void add16_f32(lanes *l, const float *x, __m256d pivot, bool about_zero) {
  for (int k = 0; k < 4; k++) {
    __m256d v = _mm256_cvtps_pd(_mm_loadu_ps(x + 4 * k));
    if (about_zero)
      add4_exact(l, k, v);
    else
      add4(l, k, _mm256_sub_pd(v, pivot));
  }
}

INLINE void add16_f64(lanes *l, const double *x, __m256d pivot, bool about_zero) {
  (void)about_zero;
  for (int k = 0; k < 4; k++) add4(l, k, _mm256_sub_pd(_mm256_loadu_pd(x + 4 * k), pivot));
}

/* The first `count` of four values. */
INLINE void add4_first(lanes *l, int k, __m256d v, ptrdiff_t count, __m256d pivot) {
  add4(l, k, _mm256_sub_pd(_mm256_blendv_pd(pivot, v, _mm256_castsi256_pd(first4(count))), pivot));
}

INLINE void add_rest_f16(lanes *l, const uint16_t *x, size_t count, __m256d pivot) {
  uint16_t tail[16] = {0};
  memcpy(tail, x, count * sizeof *x);
  for (int h = 0; h < 2; h++) {
    __m256 v = load8_f16(tail + 8 * h);
    add4_first(l, 2 * h, _mm256_cvtps_pd(_mm256_castps256_ps128(v)), (ptrdiff_t)count - 8 * h, pivot);
    add4_first(l, 2 * h + 1, _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)), (ptrdiff_t)count - 8 * h - 4, pivot);
  }
}

INLINE void add_rest_f32(lanes *l, const float *x, size_t count, __m256d pivot) {
  for (int k = 0; k < 4 && 4 * (size_t)k < count; k++) {
    ptrdiff_t rest = (ptrdiff_t)count - 4 * k;
    add4_first(l, k, _mm256_cvtps_pd(_mm_maskload_ps(x + 4 * k, _mm256_castsi256_si128(first8(rest)))), rest, pivot);
  }
}

INLINE void add_rest_f64(lanes *l, const double *x, size_t count, __m256d pivot) {
  for (int k = 0; k < 4 && 4 * (size_t)k < count; k++) {
    ptrdiff_t rest = (ptrdiff_t)count - 4 * k;
    add4_first(l, k, _mm256_maskload_pd(x + 4 * k, first4(rest)), rest, pivot);
  }
}

/* One loop for each case, so that nothing is decided within it. */
#define SUMS(TYPE, SUFFIX)                                                                                    \
  INLINE cin_sums sums_##SUFFIX(const TYPE *x, size_t count, double pivot, bool about_zero) {                 \
    lanes l = no_lanes();                                                                                     \
    const __m256d p = _mm256_set1_pd(pivot);                                                                  \
    size_t i = 0;                                                                                             \
    for (; i + 16 <= count; i += 16) add16_##SUFFIX(&l, x + i, p, about_zero);                                \
    if (i < count) add_rest_##SUFFIX(&l, x + i, count - i, p);                                                \
    return totals(&l);                                                                                        \
  }                                                                                                           \
  AVX2 cin_sums cin_sums_##SUFFIX(const TYPE *x, size_t count, double pivot) {                                \
    return pivot == 0 ? sums_##SUFFIX(x, count, 0, true) : sums_##SUFFIX(x, count, pivot, false);             \
  }

SUMS(uint16_t, f16)
SUMS(float, f32)
SUMS(double, f64)

/* ---- Transforms ---- */

typedef struct {
  __m256 mean, factor, shift;
} wide_f32;

typedef struct {
  __m256d mean, factor, shift;
} wide_f64;

INLINE wide_f32 widen_f32(cin_transform_f32 t) {
  return (wide_f32){_mm256_set1_ps(t.mean), _mm256_set1_ps(t.factor), _mm256_set1_ps(t.shift)};
}

INLINE wide_f32 widen_f16(cin_transform_f32 t) { return widen_f32(t); }

INLINE wide_f64 widen_f64(cin_transform_f64 t) {
  return (wide_f64){_mm256_set1_pd(t.mean), _mm256_set1_pd(t.factor), _mm256_set1_pd(t.shift)};
}

/* As many values as fill a vector: half-precision ones are computed as floats. */
INLINE __m256 map8(const wide_f32 *t, __m256 x) {
  return _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, t->mean), t->factor), t->shift);
}

INLINE __m128i vector_f16(const wide_f32 *t, const uint16_t *x) {
  return _mm256_cvtps_ph(map8(t, load8_f16(x)), NEAREST);
}

INLINE __m256 vector_f32(const wide_f32 *t, const float *x) { return map8(t, load8_f32(x)); }

INLINE __m256d vector_f64(const wide_f64 *t, const double *x) {
  return _mm256_add_pd(_mm256_mul_pd(_mm256_sub_pd(_mm256_loadu_pd(x), t->mean), t->factor), t->shift);
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

/* Writes the transform of x to y and, where there is another row, sums that one beside it: what waits for memory and
 * what computes then overlap. Streamed stores start where y is aligned; the sums' order does not depend on it.
 * The last vector overlaps what comes before it, and is computed first, as x may be y. */
#define PASS(TYPE, SUFFIX, TRANSFORM, WIDE, VECTOR, WIDTH)                                                    \
  INLINE cin_sums pass_##SUFFIX(TRANSFORM t, const TYPE *x, TYPE *y, const TYPE *other, size_t count,         \
                                double pivot, bool about_zero, bool streaming) {                              \
    lanes l = no_lanes();                                                                                     \
    const __m256d p = _mm256_set1_pd(pivot);                                                                  \
    const WIDE w = widen_##SUFFIX(t);                                                                         \
    size_t i = 0;                                                                                             \
    if (count < WIDTH) {                                                                                      \
      for (size_t k = 0; k < count; k++) y[k] = scalar_##SUFFIX(t, x + k);                                    \
    } else {                                                                                                  \
      const VECTOR last = vector_##SUFFIX(&w, x + count - WIDTH);                                             \
      size_t at = streaming ? lead(y, sizeof *y, count) : 0;                                                  \
      for (size_t k = 0; k < at; k++) y[k] = scalar_##SUFFIX(t, x + k);                                       \
      for (; at + 16 <= count; at += 16, i += 16) {                                                           \
        if (other) {                                                                                          \
          will_read((const char *)(other + i) + AHEAD);                                                       \
          add16_##SUFFIX(&l, other + i, p, about_zero);                                                       \
        } else {                                                                                              \
          will_read(x + at + count);                                                                          \
        }                                                                                                     \
        for (size_t k = 0; k < 16; k += WIDTH)                                                                \
          store_##SUFFIX(y + at + k, vector_##SUFFIX(&w, x + at + k), streaming);                             \
      }                                                                                                       \
      for (; at + WIDTH <= count; at += WIDTH) store_##SUFFIX(y + at, vector_##SUFFIX(&w, x + at), false);    \
      store_##SUFFIX(y + count - WIDTH, last, false);                                                         \
    }                                                                                                         \
    if (!other) return (cin_sums){0, 0};                                                                      \
    for (; i + 16 <= count; i += 16) add16_##SUFFIX(&l, other + i, p, about_zero);                            \
    if (i < count) add_rest_##SUFFIX(&l, other + i, count - i, p);                                            \
    return totals(&l);                                                                                        \
  }                                                                                                           \
  AVX2 void cin_apply_##SUFFIX(TRANSFORM t, const TYPE *x, TYPE *y, size_t count, bool streaming) {           \
    if (streaming)                                                                                            \
      pass_##SUFFIX(t, x, y, NULL, count, 0, true, true);                                                     \
    else                                                                                                      \
      pass_##SUFFIX(t, x, y, NULL, count, 0, true, false);                                                    \
  }                                                                                                           \
  AVX2 cin_sums cin_apply_and_sum_##SUFFIX(TRANSFORM t, const TYPE *x, TYPE *y, const TYPE *other,            \
                                           size_t count, double pivot, bool streaming) {                      \
    if (pivot == 0)                                                                                           \
      return streaming ? pass_##SUFFIX(t, x, y, other, count, 0, true, true)                                  \
                       : pass_##SUFFIX(t, x, y, other, count, 0, true, false);                                \
    return streaming ? pass_##SUFFIX(t, x, y, other, count, pivot, false, true)                               \
                     : pass_##SUFFIX(t, x, y, other, count, pivot, false, false);                             \
  }

PASS(uint16_t, f16, cin_transform_f32, wide_f32, __m128i, 8)
PASS(float, f32, cin_transform_f32, wide_f32, __m256, 8)
PASS(double, f64, cin_transform_f64, wide_f64, __m256d, 4)

#else

bool cin_avx2_found = false;
void cin_finish_streaming(void) {}

#endif
