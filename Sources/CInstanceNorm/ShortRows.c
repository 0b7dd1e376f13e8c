#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* Rows that are measured together; their divisions and square roots share instructions. */
enum { GROUP = 4 };

INLINE double value(cin_row_values v, size_t row, double none) {
  if (v.doubles) return v.doubles[row % v.period];
  return v.floats ? (double)v.floats[row % v.period] : none;
}

/* The moments of the rows of a group, one row a lane. */
typedef struct {
  __m256d mean, mean_low, sum_of_squares;
} moments;

INLINE moments measure(const float *x, float *y, size_t rows, size_t length, double tolerance) {
  double sum[GROUP], squares[GROUP], pivot[GROUP] = {0};
  for (size_t k = 0; k < GROUP; k++) {
    size_t row = k < rows ? k : rows - 1;
    cin_sums sums = cin_sums_f32(x + row * length, length, 0, y + row * length);
    if ((tolerance + 1) * sums.sum * sums.sum > tolerance * (double)length * sums.squares) {
      pivot[k] = sums.sum / (double)length;
      sums = cin_sums_f32(x + row * length, length, pivot[k], NULL);
    }
    sum[k] = sums.sum;
    squares[k] = sums.squares;
  }
  const __m256d n = _mm256_set1_pd((double)length), p = _mm256_loadu_pd(pivot), s = _mm256_loadu_pd(sum);
  const __m256d step = _mm256_div_pd(s, n), mean = _mm256_add_pd(p, step), back = _mm256_sub_pd(mean, p);
  const __m256d low = _mm256_add_pd(_mm256_sub_pd(p, _mm256_sub_pd(mean, back)), _mm256_sub_pd(step, back));
  const __m256d spread = _mm256_sub_pd(_mm256_loadu_pd(squares), _mm256_mul_pd(s, step));
  /* NaN stays: the second operand is what an unordered maximum gives. */
  return (moments){mean, low, _mm256_max_pd(_mm256_setzero_pd(), spread)};
}

/* Absolute values and the limits between which a float keeps its digits. */
INLINE __m128 within(__m128 x, float least, float most) {
  const __m128 size = _mm_andnot_ps(_mm_set1_ps(-0.0f), x);
  return _mm_and_ps(_mm_cmpge_ps(size, _mm_set1_ps(least)), _mm_cmple_ps(size, _mm_set1_ps(most)));
}

AVX2 size_t cin_standardize_rows_f32(const float *x, float *y, size_t first, size_t rows, size_t length,
                                     cin_standardization s, double tolerance) {
  const __m256d zero = _mm256_setzero_pd(), divisor = _mm256_set1_pd((double)length - s.lost);
  const __m256d strength = _mm256_set1_pd(s.strength), kept = _mm256_set1_pd(1 - s.strength);
  size_t done = 0;
  while (done < rows) {
    const size_t count = rows - done < GROUP ? rows - done : GROUP;
    const float *from = x + done * length;
    float *to = y + done * length;
    const moments m = measure(from, to, count, length, tolerance);
    double scales[GROUP], shifts[GROUP];
    for (size_t k = 0; k < GROUP; k++) {
      scales[k] = value(s.scale, first + done + k, 1);
      shifts[k] = value(s.shift, first + done + k, 0);
    }
    const __m256d variance = _mm256_div_pd(m.sum_of_squares, divisor);
    const __m256d deviation = _mm256_add_pd(
        _mm256_sqrt_pd(_mm256_add_pd(variance, _mm256_set1_pd(s.eps_inside))), _mm256_set1_pd(s.eps_outside));
    __m256d factor = _mm256_div_pd(_mm256_loadu_pd(scales), deviation), shift = _mm256_loadu_pd(shifts);
    factor = _mm256_andnot_pd(_mm256_cmp_pd(deviation, zero, _CMP_EQ_OQ), factor);
    if (s.strength != 1) {
      const __m256d centre = _mm256_add_pd(m.mean, m.mean_low);
      factor = _mm256_add_pd(_mm256_mul_pd(strength, factor), kept);
      shift = _mm256_add_pd(_mm256_mul_pd(strength, shift), _mm256_mul_pd(kept, centre));
    }
    const __m128 mean = _mm256_cvtpd_ps(m.mean), narrow = _mm256_cvtpd_ps(factor);
    const __m128 fits = _mm_or_ps(within(narrow, 0x1p-126f, 0x1.fffffep127f),
                                  _mm256_cvtpd_ps(_mm256_cmp_pd(factor, zero, _CMP_EQ_OQ)));
    const __m256d rest = _mm256_add_pd(_mm256_sub_pd(m.mean, _mm256_cvtps_pd(mean)), m.mean_low);
    const __m256d moved = _mm256_sub_pd(shift, _mm256_mul_pd(rest, factor));
    shift = _mm256_blendv_pd(moved, shift, _mm256_cmp_pd(rest, zero, _CMP_EQ_OQ));
    if (_mm_movemask_ps(_mm_and_ps(fits, within(mean, 0, 0x1.fffffep119f))) != 15) return done;
    float means[GROUP], factors[GROUP], last[GROUP];
    _mm_storeu_ps(means, mean);
    _mm_storeu_ps(factors, narrow);
    _mm_storeu_ps(last, _mm256_cvtpd_ps(shift));
    for (size_t k = 0; k < count; k++) {
      const cin_transform_f32 t = {means[k], factors[k], last[k]};
      cin_apply_f32(t, from + k * length, to + k * length, length, false);
    }
    done += count;
  }
  return done;
}

#endif
