/* The sums of a block, in lanes that are added in a fixed order. */
#ifndef CIN_SUMS_H
#define CIN_SUMS_H

#include "Avx2.h"
#include "CInstanceNorm.h"

/* Value i belongs to lane i mod 16; lanes are added in halves.
 *
 * Where the last group is not whole, the pivot stands in for what is missing: it adds 0 to its lane. */

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

/* What is left of a block after `done` values that fill groups, and the total. */
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

#endif
