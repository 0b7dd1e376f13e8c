/* Several rows of one block that are measured together, one row a lane. */
#ifndef CIN_GROUPS_H
#define CIN_GROUPS_H

#include "Avx2.h"
#include "CInstanceNorm.h"

/* Rows that are measured together; their divisions and square roots share instructions. */
enum { GROUP = 4 };

INLINE double value(cin_row_values v, size_t row, double none) {
  if (v.doubles) return v.doubles[row % v.period];
  if (v.floats) return (double)v.floats[row % v.period];
  return v.halves ? (double)_cvtsh_ss(v.halves[row % v.period]) : none;
}

/* The sums of the rows of a group about a pivot each. */
typedef struct {
  double sum[GROUP], squares[GROUP], pivot[GROUP];
} group_sums;

/* Whether sums about 0 lose too many digits: the mean is too far from 0 for the spread. */
INLINE bool too_far(cin_sums sums, size_t length, double tolerance) {
  return (tolerance + 1) * sums.sum * sums.sum > tolerance * (double)length * sums.squares;
}

/* The moments of the rows of a group, one row a lane. */
typedef struct {
  __m256d mean, mean_low, sum_of_squares;
} moments;

INLINE moments moments_of(const group_sums *group, size_t length) {
  const __m256d p = _mm256_loadu_pd(group->pivot), s = _mm256_loadu_pd(group->sum);
  const __m256d step = _mm256_div_pd(s, _mm256_set1_pd((double)length)), mean = _mm256_add_pd(p, step);
  const __m256d back = _mm256_sub_pd(mean, p);
  const __m256d low = _mm256_add_pd(_mm256_sub_pd(p, _mm256_sub_pd(mean, back)), _mm256_sub_pd(step, back));
  const __m256d spread = _mm256_sub_pd(_mm256_loadu_pd(group->squares), _mm256_mul_pd(s, step));
  /* NaN stays: the second operand is what an unordered maximum gives. */
  return (moments){mean, low, _mm256_max_pd(_mm256_setzero_pd(), spread)};
}

/* The rows' standard deviations; the spread of each is (variance + eps_inside) under the root. */
typedef struct {
  __m256d root, deviation;
} deviations;

INLINE deviations deviations_of(const moments *m, size_t length, const cin_standardization *s) {
  const __m256d variance = _mm256_div_pd(m->sum_of_squares, _mm256_set1_pd((double)length - s->lost));
  const __m256d root = _mm256_sqrt_pd(_mm256_add_pd(variance, _mm256_set1_pd(s->eps_inside)));
  return (deviations){root, _mm256_add_pd(root, _mm256_set1_pd(s->eps_outside))};
}

/* The lanes of x, but 0 where y is 0. */
INLINE __m256d unless_zero(__m256d y, __m256d x) {
  return _mm256_andnot_pd(_mm256_cmp_pd(y, _mm256_setzero_pd(), _CMP_EQ_OQ), x);
}

/* Absolute values and the limits between which a float keeps its digits. */
INLINE __m128 within(__m128 x, float least, float most) {
  const __m128 size = _mm_andnot_ps(_mm_set1_ps(-0.0f), x);
  return _mm_and_ps(_mm_cmpge_ps(size, _mm_set1_ps(least)), _mm_cmple_ps(size, _mm_set1_ps(most)));
}

/* Whether each value is 0 or keeps its digits as a float. */
INLINE __m128 fits_float(__m256d wide, __m128 narrow) {
  return _mm_or_ps(within(narrow, 0x1p-126f, 0x1.fffffep127f),
                   _mm256_cvtpd_ps(_mm256_cmp_pd(wide, _mm256_setzero_pd(), _CMP_EQ_OQ)));
}

/* What is added last where the mean as a float is subtracted instead of the mean itself. */
INLINE __m256d shift_about(__m128 centre, const moments *m, __m256d factor, __m256d shift) {
  const __m256d rest = _mm256_add_pd(_mm256_sub_pd(m->mean, _mm256_cvtps_pd(centre)), m->mean_low);
  const __m256d moved = _mm256_sub_pd(shift, _mm256_mul_pd(rest, factor));
  return _mm256_blendv_pd(moved, shift, _mm256_cmp_pd(rest, _mm256_setzero_pd(), _CMP_EQ_OQ));
}

/* A mean so large that differences could overflow does not fit. */
INLINE __m128 fits_mean(__m128 mean) { return within(mean, 0, 0x1.fffffep119f); }

#endif
