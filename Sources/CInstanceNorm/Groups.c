/* Groups of rows of at most one block: a group is summed while the group before it is written, and the moments of its
 * rows are computed together, one row a lane. */
#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* The number of rows in a group; their divisions and square roots share instructions. */
enum { GROUP = 4 };

/* The value of a row; `none` without values. */
INLINE double value(cin_row_values v, size_t row, double none) {
  if (v.doubles) return v.doubles[row % v.period];
  if (v.floats) return (double)v.floats[row % v.period];
  return v.halves ? (double)_cvtsh_ss(v.halves[row % v.period]) : none;
}

/* The sums of the rows of a group, each about a pivot of its own. */
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
  /* NaN stays NaN: where an operand is NaN, the instruction returns the second operand. */
  return (moments){mean, low, _mm256_max_pd(_mm256_setzero_pd(), spread)};
}

/* root = sqrt(variance + eps_inside) and deviation = root + eps_outside of the rows of a group. */
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

/* Whether each absolute value is from `least` to `most`. */
INLINE __m128 within(__m128 x, float least, float most) {
  const __m128 size = _mm_andnot_ps(_mm_set1_ps(-0.0f), x);
  return _mm_and_ps(_mm_cmpge_ps(size, _mm_set1_ps(least)), _mm_cmple_ps(size, _mm_set1_ps(most)));
}

/* Whether each value is 0 or keeps its digits as a float. */
INLINE __m128 fits_float(__m256d wide, __m128 narrow) {
  return _mm_or_ps(within(narrow, 0x1p-126f, 0x1.fffffep127f),
                   _mm256_cvtpd_ps(_mm256_cmp_pd(wide, _mm256_setzero_pd(), _CMP_EQ_OQ)));
}

/* The shift of the same map where the mean as a float is subtracted instead of the mean itself. */
INLINE __m256d shift_about(__m128 centre, const moments *m, __m256d factor, __m256d shift) {
  const __m256d rest = _mm256_add_pd(_mm256_sub_pd(m->mean, _mm256_cvtps_pd(centre)), m->mean_low);
  const __m256d moved = _mm256_sub_pd(shift, _mm256_mul_pd(rest, factor));
  return _mm256_blendv_pd(moved, shift, _mm256_cmp_pd(rest, _mm256_setzero_pd(), _CMP_EQ_OQ));
}

/* Whether each mean is small enough that differences cannot overflow. */
INLINE __m128 fits_mean(__m128 mean) { return within(mean, 0, 0x1.fffffep119f); }

/* ---- Rows by their own statistics ---- */

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

/* Kernels with vectors of 512 bits where WIDE is set; half-precision values have none. */
#define apply_f16(WIDE, ...) ((void)(WIDE), cin_apply_f16(__VA_ARGS__))
#define apply_f32(WIDE, ...) ((WIDE) ? cin_apply_wide_f32(__VA_ARGS__) : cin_apply_f32(__VA_ARGS__))
#define apply_and_sum_f16(WIDE, T, X, Y, OTHER, COUNT, STREAMING) \
  ((void)(WIDE), cin_apply_and_sum_f16(T, X, Y, OTHER, COUNT, 0, STREAMING))
#define apply_and_sum_f32(WIDE, T, X, Y, OTHER, COUNT, STREAMING)           \
  ((WIDE) ? cin_apply_and_sum_wide_f32(T, X, Y, OTHER, COUNT, STREAMING)    \
          : cin_apply_and_sum_f32(T, X, Y, OTHER, COUNT, 0, STREAMING))

/* A group is summed while the group before it is written. take_ stores the sums about 0 of row k of a group. If the
 * row's mean is too far from 0, take_ sums the row again about its mean. */
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

/* ---- Gradients of rows by their own statistics ---- */

/* The sums of the rows of a group, of their gradients g, and of the products g * x. Where a row's pivot is not 0, its
 * products are g * (x - mean). */
typedef struct {
  group_sums values;
  double gradient[GROUP], product[GROUP];
} group_gradient_sums;

/* Stores the sums about 0 of row k of a group; sums the row again about its mean if that is too far from 0. */
INLINE void take(group_gradient_sums *group, size_t k, cin_gradient_moments sums, const float *x, const float *g,
                 size_t length, double tolerance) {
  double pivot = 0;
  if (too_far(sums.values, length, tolerance)) {
    pivot = sums.values.sum / (double)length;
    sums.values = cin_sums_f32(x, length, pivot);
    const double step = sums.values.sum / (double)length, mean = pivot + step, back = mean - pivot;
    const double low = (pivot - (mean - back)) + (step - back);
    const float centre = (float)mean;
    sums.gradient = cin_gradient_sums_f32(x, g, length, centre);
    sums.gradient.product -= ((mean - (double)centre) + low) * sums.gradient.sum;
  }
  group->values.sum[k] = sums.values.sum;
  group->values.squares[k] = sums.values.squares;
  group->values.pivot[k] = pivot;
  group->gradient[k] = sums.gradient.sum;
  group->product[k] = sums.gradient.product;
}

/* The maps of the rows of a group, and the gradients of their shifts and scales. False where a map needs more range
 * than float has, or where its slope and offset are 0. */
INLINE bool maps_of(const group_gradient_sums *group, size_t first, size_t length, const cin_standardization *s,
                    cin_gradient_f32 *maps, cin_gradient_sums *sums) {
  const moments m = moments_of(&group->values, length);
  double scales[GROUP];
  for (size_t k = 0; k < GROUP; k++) scales[k] = value(s->scale, first + k, 1);
  const __m256d n = _mm256_set1_pd((double)length), minus = _mm256_set1_pd(-0.0), one = _mm256_set1_pd(1);
  const __m256d strength = _mm256_set1_pd(s->strength), zero = _mm256_setzero_pd();
  const __m256d sum = _mm256_loadu_pd(group->gradient), taken = _mm256_loadu_pd(group->product);
  const __m256d moved = _mm256_sub_pd(_mm256_sub_pd(taken, _mm256_mul_pd(m.mean, sum)), _mm256_mul_pd(m.mean_low, sum));
  const __m256d about_zero = _mm256_cmp_pd(_mm256_loadu_pd(group->values.pivot), zero, _CMP_EQ_OQ);
  const __m256d product = _mm256_blendv_pd(taken, moved, about_zero);
  const deviations d = deviations_of(&m, length, s);
  const __m256d inverse = unless_zero(d.deviation, _mm256_div_pd(one, d.deviation));
  __m256d scale = _mm256_mul_pd(_mm256_mul_pd(strength, _mm256_loadu_pd(scales)), inverse);
  const __m256d divisor = _mm256_mul_pd(
      _mm256_mul_pd(_mm256_set1_pd((double)length - s->lost), d.deviation), d.root);
  const __m256d negative = _mm256_xor_pd(minus, scale);
  const __m256d slope = unless_zero(divisor, _mm256_div_pd(_mm256_mul_pd(negative, product), divisor));
  const __m256d offset = _mm256_div_pd(_mm256_mul_pd(negative, sum), n);
  if (s->strength != 1) scale = _mm256_add_pd(scale, _mm256_set1_pd(1 - s->strength));
  const __m128 mean = _mm256_cvtpd_ps(m.mean);
  const __m256d last = shift_about(mean, &m, slope, offset);
  const __m128 narrow[3] = {_mm256_cvtpd_ps(scale), _mm256_cvtpd_ps(slope), _mm256_cvtpd_ps(last)};
  const __m128 fits = _mm_and_ps(_mm_and_ps(fits_float(scale, narrow[0]), fits_float(slope, narrow[1])),
                                 _mm_and_ps(fits_float(last, narrow[2]), fits_mean(mean)));
  const __m256d plain = _mm256_and_pd(_mm256_cmp_pd(slope, zero, _CMP_EQ_OQ), _mm256_cmp_pd(offset, zero, _CMP_EQ_OQ));
  if (_mm_movemask_ps(fits) != 15 || _mm256_movemask_pd(plain) != 0) return false;
  float means[GROUP], parts[3][GROUP];
  double sums_of_g[GROUP], products[GROUP];
  _mm_storeu_ps(means, mean);
  for (int k = 0; k < 3; k++) _mm_storeu_ps(parts[k], narrow[k]);
  _mm256_storeu_pd(sums_of_g, _mm256_mul_pd(sum, strength));
  _mm256_storeu_pd(products, _mm256_mul_pd(product, _mm256_mul_pd(strength, inverse)));
  for (size_t k = 0; k < GROUP; k++) {
    maps[k] = (cin_gradient_f32){means[k], parts[0][k], parts[1][k], parts[2][k]};
    sums[k] = (cin_gradient_sums){sums_of_g[k], products[k]};
  }
  return true;
}

/* A group is summed while the group before it is written. */
AVX2 size_t cin_gradient_rows_f32(const float *x, const float *g, float *y, cin_gradient_sums *parameters, size_t first,
                                  size_t rows, size_t length, cin_standardization s, double tolerance,
                                  bool streaming) {
  group_gradient_sums sums;
  memset(&sums, 0, sizeof sums);
  for (size_t k = 0; k < GROUP; k++) {
    /* With fewer rows than lanes, row 0 is repeated, so that every lane holds a row's sums. */
    const size_t at = (k < rows ? k : 0) * length;
    take(&sums, k, cin_gradient_moments_f32(x + at, g + at, length), x + at, g + at, length, tolerance);
  }
  size_t done = 0;
  while (done < rows) {
    const size_t count = rows - done < GROUP ? rows - done : GROUP;
    cin_gradient_f32 maps[GROUP];
    cin_gradient_sums found[GROUP];
    if (!maps_of(&sums, first + done, length, &s, maps, found)) return done;
    for (size_t k = 0; k < count; k++) {
      const size_t at = (done + k) * length, next = at + GROUP * length;
      if (parameters) parameters[done + k] = found[k];
      if (done + k + GROUP < rows)
        take(&sums, k,
             cin_gradient_apply_and_sum_f32(maps[k], x + at, g + at, y + at, x + next, g + next, length, streaming),
             x + next, g + next, length, tolerance);
      else
        cin_gradient_apply_f32(maps[k], x + at, g + at, y + at, length, streaming);
    }
    done += count;
  }
  return done;
}

#endif
