#include "Rows.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

AVX2 void crw_scale(float *target, const float *factors, size_t count) {
  size_t n = 0;
  for (; n + 8 <= count; n += 8)
    _mm256_storeu_ps(target + n, _mm256_mul_ps(_mm256_loadu_ps(target + n), _mm256_loadu_ps(factors + n)));
  for (; n < count; n++) target[n] *= factors[n];
}

AVX2 void crw_multiply_add(const float *a, const float *b, float *target, size_t count) {
  size_t n = 0;
  for (; n + 8 <= count; n += 8) {
    const __m256 product = _mm256_mul_ps(_mm256_loadu_ps(a + n), _mm256_loadu_ps(b + n));
    _mm256_storeu_ps(target + n, _mm256_add_ps(_mm256_loadu_ps(target + n), product));
  }
  for (; n < count; n++) target[n] += a[n] * b[n];
}

AVX2 float crw_dot(const float *a, const float *b, size_t count) {
  __m256 sums = _mm256_setzero_ps();
  float rest = 0;
  size_t n = 0;
  for (; n + 8 <= count; n += 8)
    sums = _mm256_add_ps(sums, _mm256_mul_ps(_mm256_loadu_ps(a + n), _mm256_loadu_ps(b + n)));
  for (; n < count; n++) rest += a[n] * b[n];
  const __m128 quarters = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
  const __m128 pairs = _mm_add_ps(quarters, _mm_movehl_ps(quarters, quarters));
  return (pairs[0] + pairs[1]) + rest;
}

INLINE void power_row(
    const float *real, const float *imaginary, float scale, bool adds, float *power, size_t count) {
  const __m256 scales = _mm256_set1_ps(scale);
  size_t n = 0;
  for (; n + 8 <= count; n += 8) {
    const __m256 re = _mm256_loadu_ps(real + n), im = _mm256_loadu_ps(imaginary + n);
    const __m256 sum = _mm256_add_ps(_mm256_mul_ps(re, re), _mm256_mul_ps(im, im));
    const __m256 value = _mm256_mul_ps(sum, scales);
    _mm256_storeu_ps(power + n, adds ? _mm256_add_ps(_mm256_loadu_ps(power + n), value) : value);
  }
  for (; n < count; n++) {
    const float value = (real[n] * real[n] + imaginary[n] * imaginary[n]) * scale;
    power[n] = adds ? power[n] + value : value;
  }
}

AVX2 void crw_power(
    const float *real, const float *imaginary, float scale, bool adds, float *power, size_t count) {
  if (adds)
    power_row(real, imaginary, scale, true, power, count);
  else
    power_row(real, imaginary, scale, false, power, count);
}

AVX2 void crw_add_fourth_roots(const float *power, float *target, size_t count) {
  size_t n = 0;
  for (; n + 8 <= count; n += 8) {
    const __m256 root = _mm256_sqrt_ps(_mm256_sqrt_ps(_mm256_loadu_ps(power + n)));
    _mm256_storeu_ps(target + n, _mm256_add_ps(_mm256_loadu_ps(target + n), root));
  }
  for (; n < count; n++) {
    const __m128 root = _mm_sqrt_ss(_mm_sqrt_ss(_mm_set_ss(power[n])));
    target[n] = target[n] + root[0];
  }
}

INLINE __m256 horner(__m256 value, __m256 x, float next) {
  return _mm256_add_ps(_mm256_mul_ps(value, x), _mm256_set1_ps(next));
}

INLINE __m256 amplitude(__m256 gain) {
  const __m256 high = _mm256_set1_ps(0.16609955f), low = _mm256_set1_ps(-3.1435955e-6f);
  const __m256 rounder = _mm256_set1_ps(12582912);
  /* Where an operand is NaN, min and max return the second one, so NaN stays NaN. */
  const __m256 limited = _mm256_min_ps(_mm256_set1_ps(600), _mm256_max_ps(_mm256_set1_ps(-600), gain));
  const __m256 product = _mm256_mul_ps(limited, high);
  const __m256 shifted = _mm256_add_ps(product, rounder), integer = _mm256_sub_ps(shifted, rounder);
  const __m256 rest = _mm256_add_ps(_mm256_sub_ps(product, integer), _mm256_mul_ps(limited, low));
  __m256 power = _mm256_set1_ps(1.525273e-5f);
  power = horner(power, rest, 1.5403530e-4f);
  power = horner(power, rest, 1.3333558e-3f);
  power = horner(power, rest, 9.6181291e-3f);
  power = horner(power, rest, 5.5504109e-2f);
  power = horner(power, rest, 2.4022651e-1f);
  power = horner(power, rest, 6.9314718e-1f);
  power = horner(power, rest, 1);
  const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(power), exponent));
}

AVX2 void crw_amplitudes(float *gains, size_t count) {
  size_t n = 0;
  for (; n + 8 <= count; n += 8) _mm256_storeu_ps(gains + n, amplitude(_mm256_loadu_ps(gains + n)));
  for (; n < count; n++) gains[n] = amplitude(_mm256_set1_ps(gains[n]))[0];
}

#endif
