#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Groups.h"

/* The transforms of the rows of a group; false where one needs more range than float has. */
INLINE bool transforms_of(const group_sums *group, size_t first, size_t length, const cin_standardization *s,
                          cin_transform_f32 *transforms) {
  const moments m = moments_of(group, length);
  double scales[GROUP], shifts[GROUP];
  for (size_t k = 0; k < GROUP; k++) {
    scales[k] = value(s->scale, first + k, 1);
    shifts[k] = value(s->shift, first + k, 0);
  }
  const __m256d deviation = deviations_of(&m, length, s).deviation;
  __m256d factor = unless_zero(deviation, _mm256_div_pd(_mm256_loadu_pd(scales), deviation));
  __m256d shift = _mm256_loadu_pd(shifts);
  if (s->strength != 1) {
    const __m256d strength = _mm256_set1_pd(s->strength), kept = _mm256_set1_pd(1 - s->strength);
    const __m256d centre = _mm256_add_pd(m.mean, m.mean_low);
    factor = _mm256_add_pd(_mm256_mul_pd(strength, factor), kept);
    shift = _mm256_add_pd(_mm256_mul_pd(strength, shift), _mm256_mul_pd(kept, centre));
  }
  const __m128 mean = _mm256_cvtpd_ps(m.mean), narrow = _mm256_cvtpd_ps(factor);
  shift = shift_about(mean, &m, factor, shift);
  if (_mm_movemask_ps(_mm_and_ps(fits_float(factor, narrow), fits_mean(mean))) != 15) return false;
  float means[GROUP], factors[GROUP], last[GROUP];
  _mm_storeu_ps(means, mean);
  _mm_storeu_ps(factors, narrow);
  _mm_storeu_ps(last, _mm256_cvtpd_ps(shift));
  for (size_t k = 0; k < GROUP; k++) transforms[k] = (cin_transform_f32){means[k], factors[k], last[k]};
  return true;
}

/* Wider vectors, where there are any: half-precision values take narrow ones. */
#define apply_f16(WIDE, ...) ((void)(WIDE), cin_apply_f16(__VA_ARGS__))
#define apply_f32(WIDE, ...) ((WIDE) ? cin_apply_wide_f32(__VA_ARGS__) : cin_apply_f32(__VA_ARGS__))
#define apply_and_sum_f16(WIDE, T, X, Y, OTHER, COUNT, STREAMING) \
  ((void)(WIDE), cin_apply_and_sum_f16(T, X, Y, OTHER, COUNT, 0, STREAMING))
#define apply_and_sum_f32(WIDE, T, X, Y, OTHER, COUNT, STREAMING)           \
  ((WIDE) ? cin_apply_and_sum_wide_f32(T, X, Y, OTHER, COUNT, STREAMING)    \
          : cin_apply_and_sum_f32(T, X, Y, OTHER, COUNT, 0, STREAMING))

/* A group is summed while the one before it is written. take_ enters the sums about 0 of row k of a group, or sums that
 * row again about its mean if that is too far from 0. */
#define ROWS(TYPE, SUFFIX)                                                                                    \
  INLINE void take_##SUFFIX(group_sums *group, size_t k, cin_sums sums, const TYPE *row, size_t length,       \
                            double tolerance) {                                                               \
    double pivot = 0;                                                                                         \
    if (too_far(sums, length, tolerance)) {                                                                   \
      pivot = sums.sum / (double)length;                                                                      \
      sums = cin_sums_##SUFFIX(row, length, pivot);                                                           \
    }                                                                                                         \
    group->sum[k] = sums.sum;                                                                                 \
    group->squares[k] = sums.squares;                                                                         \
    group->pivot[k] = pivot;                                                                                  \
  }                                                                                                           \
  AVX2 size_t cin_standardize_rows_##SUFFIX(const TYPE *x, TYPE *y, size_t first, size_t rows, size_t length, \
                                            size_t stride, cin_standardization s, double tolerance,           \
                                            bool streaming) {                                                 \
    const bool wide = s.wide && length >= cin_least_wide_length;                                              \
    group_sums sums = {{0}, {0}, {0}};                                                                        \
    for (size_t k = 0; k < GROUP && k < rows; k++)                                                            \
      take_##SUFFIX(&sums, k, cin_sums_##SUFFIX(x + k * stride, length, 0), x + k * stride, length, tolerance); \
    size_t done = 0;                                                                                          \
    while (done < rows) {                                                                                     \
      const size_t count = rows - done < GROUP ? rows - done : GROUP;                                         \
      cin_transform_f32 transforms[GROUP];                                                                    \
      if (!transforms_of(&sums, first + done, length, &s, transforms)) return done;                           \
      for (size_t k = 0; k < count; k++) {                                                                    \
        const TYPE *from = x + (done + k) * stride, *other = from + GROUP * stride;                           \
        TYPE *to = y + (done + k) * stride;                                                                   \
        if (done + k + GROUP < rows)                                                                          \
          take_##SUFFIX(&sums, k, apply_and_sum_##SUFFIX(wide, transforms[k], from, to, other, length, streaming), \
                        other, length, tolerance);                                                            \
        else                                                                                                  \
          apply_##SUFFIX(wide, transforms[k], from, to, length, streaming);                                   \
      }                                                                                                       \
      done += count;                                                                                          \
    }                                                                                                         \
    return done;                                                                                              \
  }

ROWS(uint16_t, f16)
ROWS(float, f32)

#endif
