#include "Loudness.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* The larger of |a| and b in each lane; b where a is NaN. */
INLINE __m256 larger(__m256 a, __m256 b) {
  return _mm256_max_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a), b);
}

/* The largest lane; none is NaN. */
INLINE float largest(__m256 v) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

AVX2 void clo_group_extremes(const float *samples, size_t count, float *magnitudes, float *steps) {
  for (size_t group = 0; group < count; group++) {
    __m256 magnitude = _mm256_setzero_ps(), step = magnitude;
    for (int at = 0; at < 32; at += 8) {
      const float *place = samples + 32 * group + at;
      const __m256 values = _mm256_loadu_ps(place);
      magnitude = larger(values, magnitude);
      step = larger(_mm256_sub_ps(values, _mm256_loadu_ps(place - 1)), step);
    }
    magnitudes[group] = largest(magnitude);
    steps[group] = largest(step);
  }
}

AVX2 float clo_peak_at_quarters(const float *newest, const float *middle, const float *even, const float *odd) {
  __m256 highest = _mm256_setzero_ps();
  for (int at = 0; at < 32; at += 16) {
    __m256 m0 = _mm256_setzero_ps(), e0 = m0, o0 = m0, m1 = m0, e1 = m0, o1 = m0;
    for (int tap = 0; tap < 24; tap++) {
      const float *older = newest + at - 47 + tap, *newer = newest + at - tap;
      const __m256 a0 = _mm256_loadu_ps(older), b0 = _mm256_loadu_ps(newer);
      const __m256 a1 = _mm256_loadu_ps(older + 8), b1 = _mm256_loadu_ps(newer + 8);
      const __m256 s0 = _mm256_add_ps(a0, b0), s1 = _mm256_add_ps(a1, b1);
      const __m256 d0 = _mm256_sub_ps(a0, b0), d1 = _mm256_sub_ps(a1, b1);
      const __m256 m = _mm256_broadcast_ss(middle + tap), e = _mm256_broadcast_ss(even + tap);
      const __m256 o = _mm256_broadcast_ss(odd + tap);
      m0 = _mm256_add_ps(m0, _mm256_mul_ps(s0, m));
      m1 = _mm256_add_ps(m1, _mm256_mul_ps(s1, m));
      e0 = _mm256_add_ps(e0, _mm256_mul_ps(s0, e));
      e1 = _mm256_add_ps(e1, _mm256_mul_ps(s1, e));
      o0 = _mm256_add_ps(o0, _mm256_mul_ps(d0, o));
      o1 = _mm256_add_ps(o1, _mm256_mul_ps(d1, o));
    }
    highest = larger(m0, larger(m1, highest));
    highest = larger(_mm256_add_ps(e0, o0), larger(_mm256_sub_ps(e0, o0), highest));
    highest = larger(_mm256_add_ps(e1, o1), larger(_mm256_sub_ps(e1, o1), highest));
  }
  return largest(highest);
}

#endif
