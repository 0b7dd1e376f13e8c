#include "CInstanceNorm.h"

/* Products and sums are fused exactly where they are written as fused. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* The parameters of a row, in every lane. */
typedef struct {
  __m256 slope, alpha, inverse;
} wide_activation;

INLINE wide_activation widen(const cin_activation *a) {
  return (wide_activation){_mm256_set1_ps(a->slope), _mm256_set1_ps(a->alpha), _mm256_set1_ps(a->inverse)};
}

/* sin^2 has the period pi: with k = round(t / pi) and r = t - k pi it is u p(u), where u = r^2 and p is a polynomial
 * whose error is below 1e-8. u is held within (pi / 2)^2, so that the result is bounded however large t is. */
INLINE __m256 snake8(const wide_activation *a, __m256 v) {
  const __m256 t = _mm256_mul_ps(v, a->alpha);
  const __m256 k = _mm256_round_ps(_mm256_mul_ps(t, _mm256_set1_ps(0x1.45f306p-2f)), NEAREST);
  const __m256 r = _mm256_fnmadd_ps(k, _mm256_set1_ps(-0x1.777a5cp-24f),
                                    _mm256_fnmadd_ps(k, _mm256_set1_ps(0x1.921fb6p+1f), t));
  const __m256 u = _mm256_min_ps(_mm256_mul_ps(r, r), _mm256_set1_ps(0x1.3bfc3ap+1f));
  __m256 p = _mm256_fmadd_ps(_mm256_set1_ps(-0x1.e0c5a6p-19f), u, _mm256_set1_ps(0x1.2391ep-13f));
  p = _mm256_fmadd_ps(p, u, _mm256_set1_ps(-0x1.9fb7ap-9f));
  p = _mm256_fmadd_ps(p, u, _mm256_set1_ps(0x1.6c12aep-5f));
  p = _mm256_fmadd_ps(p, u, _mm256_set1_ps(-0x1.555536p-2f));
  p = _mm256_fmadd_ps(p, u, _mm256_set1_ps(1));
  return _mm256_fmadd_ps(_mm256_mul_ps(u, p), a->inverse, v);
}

/* NaN is not below 0 and stays. */
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

/* Half-precision values are rounded after each step, as they are where the steps are passes of their own. */
INLINE __m256 rounded_f32(__m256 v) { return v; }
INLINE __m256 rounded_f16(__m256 v) { return _mm256_cvtph_ps(_mm256_cvtps_ph(v, NEAREST)); }

/* A transform in every lane. */
typedef struct {
  __m256 mean, factor, shift;
} wide_transform;

INLINE __m256 transformed(const wide_transform *t, __m256 x) {
  return _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, t->mean), t->factor), t->shift);
}

/* What is compiled for each case, so that nothing is decided within a loop. */
typedef struct {
  cin_activation_kind kind;
  bool transforms, adds;
} recipe;

/* Fewer than eight values go through a vector of their own. */
#define ACTIVATE(TYPE, SUFFIX)                                                                                \
  INLINE void eight_##SUFFIX(recipe r, const wide_activation *a, const wide_transform *t, const TYPE *x,      \
                             const TYPE *residual, TYPE *y, bool streaming) {                                 \
    __m256 v = load8_##SUFFIX(x);                                                                             \
    if (r.transforms) v = rounded_##SUFFIX(transformed(t, v));                                                \
    v = activate8(r.kind, a, v);                                                                              \
    if (r.adds) v = _mm256_add_ps(rounded_##SUFFIX(v), load8_##SUFFIX(residual));                             \
    store8_##SUFFIX(y, v, streaming);                                                                         \
  }                                                                                                           \
  INLINE void few_##SUFFIX(recipe r, const wide_activation *a, const wide_transform *t, const TYPE *x,        \
                           const TYPE *residual, TYPE *y, size_t count) {                                     \
    TYPE from[8] = {0}, other[8] = {0}, to[8];                                                                \
    memcpy(from, x, count * sizeof *x);                                                                       \
    if (r.adds) memcpy(other, residual, count * sizeof *x);                                                   \
    eight_##SUFFIX(r, a, t, from, other, to, false);                                                          \
    memcpy(y, to, count * sizeof *y);                                                                         \
  }                                                                                                           \
  INLINE void run_##SUFFIX(recipe r, const cin_activation *activation, const cin_transform_f32 *transform,    \
                           const TYPE *x, const TYPE *residual, TYPE *y, size_t count, bool streaming) {      \
    const wide_activation a = widen(activation);                                                              \
    wide_transform t = {0};                                                                                   \
    if (r.transforms)                                                                                         \
      t = (wide_transform){_mm256_set1_ps(transform->mean), _mm256_set1_ps(transform->factor),                \
                           _mm256_set1_ps(transform->shift)};                                                 \
    const size_t first = streaming ? lead(y, sizeof *y, count) : 0;                                           \
    size_t i = 0;                                                                                             \
    for (; i + 8 <= first; i += 8) eight_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, false); \
    if (i < first) few_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, first - i);             \
    for (i = first; i + 8 <= count; i += 8)                                                                   \
      eight_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, streaming);                        \
    if (i < count) few_##SUFFIX(r, &a, &t, x + i, residual + (r.adds ? i : 0), y + i, count - i);             \
  }                                                                                                           \
  INLINE void choose_##SUFFIX(bool transforms, bool adds, const cin_activation *a, const cin_transform_f32 *t, \
                              const TYPE *x, const TYPE *residual, TYPE *y, size_t count, bool streaming) {   \
    switch (a->kind) {                                                                                        \
      case CIN_RELU:                                                                                          \
        run_##SUFFIX((recipe){CIN_RELU, transforms, adds}, a, t, x, residual, y, count, streaming);           \
        break;                                                                                                \
      case CIN_LEAKY:                                                                                         \
        run_##SUFFIX((recipe){CIN_LEAKY, transforms, adds}, a, t, x, residual, y, count, streaming);          \
        break;                                                                                                \
      case CIN_SNAKE:                                                                                         \
        run_##SUFFIX((recipe){CIN_SNAKE, transforms, adds}, a, t, x, residual, y, count, streaming);          \
        break;                                                                                                \
      default: run_##SUFFIX((recipe){CIN_IDENTITY, transforms, adds}, a, t, x, residual, y, count, streaming); \
    }                                                                                                         \
  }                                                                                                           \
  AVX2 void cin_activate_##SUFFIX(cin_activation a, const cin_transform_f32 *t, const TYPE *x,                \
                                  const TYPE *residual, TYPE *y, size_t count, bool streaming) {              \
    if (t && residual)                                                                                        \
      choose_##SUFFIX(true, true, &a, t, x, residual, y, count, streaming);                                   \
    else if (t)                                                                                               \
      choose_##SUFFIX(true, false, &a, t, x, x, y, count, streaming);                                         \
    else if (residual)                                                                                        \
      choose_##SUFFIX(false, true, &a, t, x, residual, y, count, streaming);                                  \
    else                                                                                                      \
      choose_##SUFFIX(false, false, &a, t, x, x, y, count, streaming);                                        \
  }

ACTIVATE(uint16_t, f16)
ACTIVATE(float, f32)

#endif
