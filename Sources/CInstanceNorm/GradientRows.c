#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Groups.h"

/* The sums of the rows of a group, and those of their gradients g: of g * x, or where the pivot of the moments is not 0
 * of g * (x - mean). */
typedef struct {
  group_sums values;
  double gradient[GROUP], product[GROUP];
} group_gradient_sums;

/* Takes the sums about 0 of row k of a group, or sums that row again about its mean if that is too far from 0. */
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

/* The maps of the rows of a group, and the gradients of their shifts and scales; false where a map needs more range
 * than float has, or the values x play no part in it. */
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

/* A group is summed while the one before it is written. */
AVX2 size_t cin_gradient_rows_f32(const float *x, const float *g, float *y, cin_gradient_sums *parameters, size_t first,
                                  size_t rows, size_t length, cin_standardization s, double tolerance,
                                  bool streaming) {
  group_gradient_sums sums;
  memset(&sums, 0, sizeof sums);
  for (size_t k = 0; k < GROUP; k++) {
    /* The last group repeats rows, so that every lane holds a row's sums. */
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
