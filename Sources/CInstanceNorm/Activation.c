#include "CInstanceNorm.h"

/* Products and sums are fused exactly where they are written as fused. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

enum { TERMS = sizeof(((cin_activation *)0)->terms) / sizeof(float) };

/* The parameters of a row, in every lane. */
typedef struct {
  __m256 slope, turns, turns_low, terms[TERMS];
} wide_activation;

INLINE wide_activation widen(const cin_activation *a) {
  wide_activation w = {_mm256_set1_ps(a->slope), _mm256_set1_ps(a->turns), _mm256_set1_ps(a->turns_low), {{0}}};
  for (int i = 0; i < TERMS; i++) w.terms[i] = _mm256_set1_ps(a->terms[i]);
  return w;
}

/* v + sin^2(alpha v) / alpha. sin^2 has the period pi: with k = round(alpha v / pi) and r = alpha v / pi - k,
 * sin^2(alpha v) / alpha = s p(s), where s = r^2 and p is a polynomial whose terms are divided by alpha. Adding and
 * subtracting 1.5 * 2^23 rounds to an integer. s is limited to 1/4, so that sin^2 stays bounded however large v is. */
INLINE __m256 snake8(const wide_activation *a, __m256 v) {
  const __m256 rounder = _mm256_set1_ps(0x1.8p+23f);
  const __m256 k = _mm256_sub_ps(_mm256_fmadd_ps(v, a->turns, rounder), rounder);
  const __m256 r = _mm256_fmadd_ps(v, a->turns_low, _mm256_fmsub_ps(v, a->turns, k));
  const __m256 s = _mm256_min_ps(_mm256_mul_ps(r, r), _mm256_set1_ps(0.25f));
  __m256 p = a->terms[TERMS - 1];
  for (int i = TERMS - 2; i >= 0; i--) p = _mm256_fmadd_ps(p, s, a->terms[i]);
  return _mm256_fmadd_ps(p, s, v);
}

/* The activation of eight values. NaN is not below 0, so it stays NaN. */
INLINE __m256 activate8(cin_activation_kind kind, const wide_activation *a, __m256 v) {
  const __m256 zero = _mm256_setzero_ps();
  switch (kind) {
    case CIN_RELU: return _mm256_blendv_ps(v, zero, _mm256_cmp_ps(v, zero, _CMP_LT_OQ));
    case CIN_LEAKY: return _mm256_blendv_ps(v, _mm256_mul_ps(v, a->slope), _mm256_cmp_ps(v, zero, _CMP_LT_OQ));
    case CIN_SNAKE: return snake8(a, v);
    default: return v;
  }
}

INLINE void store8_f32(float *y, __m256 v, bool streaming) {
  if (streaming)
    _mm256_stream_ps(y, v);
  else
    _mm256_storeu_ps(y, v);
}

INLINE void store8_f16(uint16_t *y, __m256 v, bool streaming) {
  if (streaming)
    _mm_stream_si128((__m128i *)y, _mm256_cvtps_ph(v, NEAREST));
  else
    _mm_storeu_si128((__m128i *)y, _mm256_cvtps_ph(v, NEAREST));
}

/* Half-precision values are rounded after each step, as separate passes would round them. */
INLINE __m256 rounded_f32(__m256 v) { return v; }
INLINE __m256 rounded_f16(__m256 v) { return _mm256_cvtph_ps(_mm256_cvtps_ph(v, NEAREST)); }

/* The steps of a case. Each case is compiled by itself, so that loops do not decide between cases. */
typedef struct {
  cin_activation_kind kind;
  bool transforms, adds, sums;
} recipe;

/* The number of values of a row that are written, and of another row that are summed, in turn. With several vectors a
 * step, sums and parameters take turns in the registers; with few vectors, summing and writing overlap. */
enum { STEP = 32 };

/* Fewer than eight values go through a vector of their own. */
#define ACTIVATE(TYPE, SUFFIX)                                                                                   \
  INLINE void eight_##SUFFIX(recipe r, const wide_activation *a, const wide_f32 *t, const TYPE *x,               \
                             const TYPE *residual, TYPE *y, bool streaming) {                                    \
    __m256 v = load8_##SUFFIX(x);                                                                                \
    if (r.transforms) v = rounded_##SUFFIX(transform8(t, v));                                                    \
    v = activate8(r.kind, a, v);                                                                                 \
    if (r.adds) v = _mm256_add_ps(rounded_##SUFFIX(v), load8_##SUFFIX(residual));                                \
    store8_##SUFFIX(y, v, streaming);                                                                            \
  }                                                                                                              \
  INLINE void few_##SUFFIX(recipe r, const wide_activation *a, const wide_f32 *t, const TYPE *x,                 \
                           const TYPE *residual, TYPE *y, size_t count) {                                        \
    TYPE from[8] = {0}, other[8] = {0}, to[8];                                                                   \
    memcpy(from, x, count * sizeof *x);                                                                          \
    if (r.adds) memcpy(other, residual, count * sizeof *x);                                                      \
    eight_##SUFFIX(r, a, t, from, other, to, false);                                                             \
    memcpy(y, to, count * sizeof *y);                                                                            \
  }                                                                                                              \
  INLINE cin_sums run_##SUFFIX(recipe r, const cin_activation *activation, const cin_transform_f32 *transform,   \
                               const TYPE *x, const TYPE *residual, TYPE *y, const TYPE *other, size_t count,    \
                               bool streaming) {                                                                 \
    const wide_activation a = widen(activation);                                                                 \
    wide_f32 t = {0};                                                                                            \
    if (r.transforms)                                                                                            \
      t = widen_f32(*transform);                                                                                 \
    const size_t first = streaming ? lead(y, sizeof *y, count) : 0;                                              \
    size_t i = 0, summed = 0;                                                                                    \
    lanes l = no_lanes();                                                                                        \
    for (; i + 8 <= first; i += 8) eight_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, false);  \
    if (i < first) few_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, first - i);                \
    for (i = first; i + STEP <= count; i += STEP) {                                                              \
      if (r.sums) {                                                                                              \
        for (size_t end = summed + STEP; summed < end; summed += 16) {                                           \
          will_read((const char *)(other + summed) + FAR_AHEAD);                                                 \
          add16_##SUFFIX(&l, other + summed, _mm256_setzero_pd(), true);                                         \
        }                                                                                                        \
      }                                                                                                          \
      _Pragma("nounroll") for (size_t k = i; k < i + STEP; k += 8)                                               \
        eight_##SUFFIX(r, &a, &t, x + k, residual + (r.adds ? k : 0), y + k, streaming);                         \
    }                                                                                                            \
    for (; i + 8 <= count; i += 8)                                                                               \
      eight_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, streaming);                           \
    if (i < count) few_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, count - i);                \
    if (!r.sums) return (cin_sums){0, 0};                                                                        \
    return finish_sums_##SUFFIX(&l, other, summed, count, _mm256_setzero_pd(), true);                            \
  }                                                                                                              \
  INLINE cin_sums choose_##SUFFIX(recipe r, const cin_activation *a, const cin_transform_f32 *t,                 \
                                  const TYPE *x, const TYPE *residual, TYPE *y, const TYPE *other,               \
                                  size_t count, bool streaming) {                                                \
    switch (a->kind) {                                                                                           \
      case CIN_RELU: r.kind = CIN_RELU; return run_##SUFFIX(r, a, t, x, residual, y, other, count, streaming);   \
      case CIN_LEAKY: r.kind = CIN_LEAKY; return run_##SUFFIX(r, a, t, x, residual, y, other, count, streaming); \
      case CIN_SNAKE: r.kind = CIN_SNAKE; return run_##SUFFIX(r, a, t, x, residual, y, other, count, streaming); \
      default: r.kind = CIN_IDENTITY; return run_##SUFFIX(r, a, t, x, residual, y, other, count, streaming);     \
    }                                                                                                            \
  }                                                                                                              \
  AVX2 void cin_activate_##SUFFIX(cin_activation a, const cin_transform_f32 *t, const TYPE *x,                   \
                                  const TYPE *residual, TYPE *y, size_t count, bool streaming) {                 \
    WIDE_##SUFFIX(cin_activate_512(&a, t, x, residual, y, count, streaming))                                     \
    if (t && residual)                                                                                           \
      choose_##SUFFIX((recipe){0, true, true, false}, &a, t, x, residual, y, x, count, streaming);               \
    else if (t)                                                                                                  \
      choose_##SUFFIX((recipe){0, true, false, false}, &a, t, x, x, y, x, count, streaming);                     \
    else if (residual)                                                                                           \
      choose_##SUFFIX((recipe){0, false, true, false}, &a, t, x, residual, y, x, count, streaming);              \
    else                                                                                                         \
      choose_##SUFFIX((recipe){0, false, false, false}, &a, t, x, x, y, x, count, streaming);                    \
  }                                                                                                              \
  AVX2 cin_sums cin_activate_and_sum_##SUFFIX(cin_activation a, cin_transform_f32 t, const TYPE *x,              \
                                              const TYPE *residual, TYPE *y, const TYPE *other, size_t count,    \
                                              double pivot, bool streaming) {                                    \
    if (pivot != 0) {                                                                                            \
      cin_activate_##SUFFIX(a, &t, x, residual, y, count, streaming);                                            \
      return cin_sums_##SUFFIX(other, count, pivot);                                                             \
    }                                                                                                            \
    WIDE_##SUFFIX(cin_activate_and_sum_512(&a, &t, x, residual, y, other, count, streaming))                     \
    if (residual)                                                                                                \
      return choose_##SUFFIX((recipe){0, true, true, true}, &a, &t, x, residual, y, other, count, streaming);    \
    return choose_##SUFFIX((recipe){0, true, false, true}, &a, &t, x, x, y, other, count, streaming);            \
  }

/* Kernels with vectors of 512 bits where a.wide is set; half-precision values have none. */
#define WIDE_f16(CALL)
#define WIDE_f32(CALL) \
  if (a.wide) return CALL;

ACTIVATE(uint16_t, f16)
ACTIVATE(float, f32)

#endif
