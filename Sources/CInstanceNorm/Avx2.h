/* Parts that the kernels share: targets, loads, masks, the affine map, and sums in lanes, added in a fixed order. */
#ifndef CIN_AVX2_H
#define CIN_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "CInstanceNorm.h"

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

/* The distance, in bytes, at which values are prefetched that are summed beside a transform. */
enum { AHEAD = 1024 };

/* The distance, in bytes, beside an activation and for vectors of 512 bits; chosen on results beyond the caches. */
enum { FAR_AHEAD = 4096 };

/* The number of leading elements before y is aligned to a cache line, at most count. */
INLINE size_t lead(const void *y, size_t size, size_t count) {
  size_t elements = ((64 - ((uintptr_t)y & 63)) & 63) / size;
  return elements < count ? elements : count;
}

/* ---- y = (x - mean) * factor + shift ---- */

/* A transform in every lane; half-precision values are computed as floats. */
typedef struct {
  __m256 mean, factor, shift;
} wide_f32;

typedef struct {
  __m256d mean, factor, shift;
} wide_f64;

INLINE wide_f32 widen_f32(cin_transform_f32 t) {
  return (wide_f32){_mm256_set1_ps(t.mean), _mm256_set1_ps(t.factor), _mm256_set1_ps(t.shift)};
}

INLINE wide_f64 widen_f64(cin_transform_f64 t) {
  return (wide_f64){_mm256_set1_pd(t.mean), _mm256_set1_pd(t.factor), _mm256_set1_pd(t.shift)};
}

INLINE __m256 transform8(const wide_f32 *t, __m256 x) {
  return _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, t->mean), t->factor), t->shift);
}

INLINE __m256d transform4(const wide_f64 *t, __m256d x) {
  return _mm256_add_pd(_mm256_mul_pd(_mm256_sub_pd(x, t->mean), t->factor), t->shift);
}

/* ---- Sums of a block ---- */

/* Value i belongs to lane i mod 16; lanes are added in halves.
 *
 * In a last group of fewer than 16 values the pivot stands for the missing values, which then add 0 to their lanes. */

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

/* Adds four values whose squares are exact, so that a fused sum has the same bits. */
INLINE void add4_exact(lanes *l, int k, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], d);
  l->squares[k] = _mm256_fmadd_pd(d, d, l->squares[k]);
}

INLINE cin_sums totals(const lanes *l) { return (cin_sums){total(l->sum), total(l->squares)}; }

/* Adds sixteen values; sums about 0 need no subtraction. */
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

/* Adds the first `count` of four values. */
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

/* Adds the values of a block from `done`, a multiple of 16, on, and returns the totals. */
#define FINISH_SUMS(TYPE, SUFFIX)                                                                             \
  INLINE cin_sums finish_sums_##SUFFIX(lanes *l, const TYPE *x, size_t done, size_t count, __m256d pivot,     \
                                       bool about_zero) {                                                     \
    for (; done + 16 <= count; done += 16) add16_##SUFFIX(l, x + done, pivot, about_zero);                    \
    if (done < count) add_rest_##SUFFIX(l, x + done, count - done, pivot);                                    \
    return totals(l);                                                                                         \
  }

FINISH_SUMS(uint16_t, f16)
FINISH_SUMS(float, f32)
FINISH_SUMS(double, f64)

/* ---- Activations of floats in vectors of 512 bits (Rows512.c): the bits of those in Activation.c ---- */

void cin_activate_512(const cin_activation *a, const cin_transform_f32 *t, const float *x, const float *residual,
                      float *y, size_t count, bool streaming);

/* The sums are those of the other values about 0. */
cin_sums cin_activate_and_sum_512(const cin_activation *a, const cin_transform_f32 *t, const float *x,
                                  const float *residual, float *y, const float *other, size_t count,
                                  bool streaming);

#endif
