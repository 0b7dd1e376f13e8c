#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* ---- Sums of g and of g * (x - mean); value i belongs to lane i mod 16 ---- */

typedef struct {
  __m256d sum[4], product[4];
} lanes;

INLINE lanes no_lanes(void) {
  lanes l;
  for (int k = 0; k < 4; k++) l.sum[k] = l.product[k] = _mm256_setzero_pd();
  return l;
}

INLINE cin_gradient_sums totals(const lanes *l) { return (cin_gradient_sums){total(l->sum), total(l->product)}; }

/* The product of two floats is exact in double, so a fused sum has the same bits. */
INLINE void add8(lanes *l, int k, __m256 g, __m256 d) {
  __m256d gs[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(g)), _mm256_cvtps_pd(_mm256_extractf128_ps(g, 1))};
  __m256d ds[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(d)), _mm256_cvtps_pd(_mm256_extractf128_ps(d, 1))};
  for (int h = 0; h < 2; h++) {
    l->sum[k + h] = _mm256_add_pd(l->sum[k + h], gs[h]);
    l->product[k + h] = _mm256_fmadd_pd(gs[h], ds[h], l->product[k + h]);
  }
}

/* Eight values of which the first `count` are present; the others are 0. */
INLINE __m256 first8_f16(const uint16_t *x, ptrdiff_t count) {
  uint16_t values[8] = {0};
  if (count > 0) memcpy(values, x, (count < 8 ? (size_t)count : 8) * sizeof *x);
  return load8_f16(values);
}

INLINE __m256 first8_f32(const float *x, ptrdiff_t count) { return _mm256_maskload_ps(x, first8(count)); }

#define GRADIENT_SUMS(TYPE, SUFFIX)                                                                             \
  AVX2 cin_gradient_sums cin_gradient_sums_##SUFFIX(const TYPE *x, const TYPE *g, size_t count, float mean) {   \
    lanes l = no_lanes();                                                                                       \
    const __m256 m = _mm256_set1_ps(mean);                                                                      \
    size_t i = 0;                                                                                               \
    for (; i + 16 <= count; i += 16)                                                                            \
      for (int h = 0; h < 2; h++)                                                                               \
        add8(&l, 2 * h, load8_##SUFFIX(g + i + 8 * h), _mm256_sub_ps(load8_##SUFFIX(x + i + 8 * h), m));        \
    for (int h = 0; h < 2 && i + 8 * (size_t)h < count; h++) {                                                  \
      ptrdiff_t rest = (ptrdiff_t)(count - i) - 8 * h;                                                          \
      __m256 d = _mm256_sub_ps(first8_##SUFFIX(x + i + 8 * h, rest), m);                                        \
      add8(&l, 2 * h, first8_##SUFFIX(g + i + 8 * h, rest), _mm256_and_ps(d, _mm256_castsi256_ps(first8(rest)))); \
    }                                                                                                           \
    return totals(&l);                                                                                          \
  }

GRADIENT_SUMS(uint16_t, f16)
GRADIENT_SUMS(float, f32)

INLINE void add4(lanes *l, int k, __m256d g, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], g);
  l->product[k] = _mm256_add_pd(l->product[k], _mm256_mul_pd(g, d));
}

AVX2 cin_gradient_sums cin_gradient_sums_f64(const double *x, const double *g, size_t count, double mean) {
  lanes l = no_lanes();
  const __m256d m = _mm256_set1_pd(mean);
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int k = 0; k < 4; k++)
      add4(&l, k, _mm256_loadu_pd(g + i + 4 * k), _mm256_sub_pd(_mm256_loadu_pd(x + i + 4 * k), m));
  for (int k = 0; k < 4 && i + 4 * (size_t)k < count; k++) {
    __m256i mask = first4((ptrdiff_t)(count - i) - 4 * k);
    __m256d d = _mm256_sub_pd(_mm256_maskload_pd(x + i + 4 * k, mask), m);
    add4(&l, k, _mm256_maskload_pd(g + i + 4 * k, mask), _mm256_and_pd(d, _mm256_castsi256_pd(mask)));
  }
  return totals(&l);
}

/* ---- Sums of x, x^2, g and g * x; all products are exact ----
 *
 * In two loops over the block, as one would need more registers than there are. */

#define GRADIENT_MOMENTS(TYPE, SUFFIX)                                                                          \
  AVX2 cin_gradient_moments cin_gradient_moments_##SUFFIX(const TYPE *x, const TYPE *g, size_t count,           \
                                                          const void *target) {                                 \
    const cin_sums values = cin_sums_##SUFFIX(x, count, 0, target);                                             \
    lanes l = no_lanes();                                                                                       \
    size_t i = 0;                                                                                               \
    for (; i + 16 <= count; i += 16)                                                                            \
      for (int h = 0; h < 2; h++)                                                                               \
        add8(&l, 2 * h, load8_##SUFFIX(g + i + 8 * h), load8_##SUFFIX(x + i + 8 * h));                          \
    for (int h = 0; h < 2 && i + 8 * (size_t)h < count; h++) {                                                  \
      ptrdiff_t rest = (ptrdiff_t)(count - i) - 8 * h;                                                          \
      add8(&l, 2 * h, first8_##SUFFIX(g + i + 8 * h, rest), first8_##SUFFIX(x + i + 8 * h, rest));              \
    }                                                                                                           \
    return (cin_gradient_moments){values, totals(&l)};                                                          \
  }

GRADIENT_MOMENTS(uint16_t, f16)
GRADIENT_MOMENTS(float, f32)

/* ---- y = g * scale + ((x - mean) * slope + offset) ---- */

typedef struct {
  __m256 mean, scale, slope, offset;
} wide_f32;

INLINE wide_f32 widen_f32(cin_gradient_f32 t) {
  return (wide_f32){_mm256_set1_ps(t.mean), _mm256_set1_ps(t.scale), _mm256_set1_ps(t.slope),
                    _mm256_set1_ps(t.offset)};
}

INLINE __m256 map8(const wide_f32 *t, __m256 x, __m256 g) {
  __m256 line = _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, t->mean), t->slope), t->offset);
  return _mm256_add_ps(_mm256_mul_ps(g, t->scale), line);
}

INLINE float map1_f32(cin_gradient_f32 t, float x, float g) {
  float product = (x - t.mean) * t.slope;
  float line = product + t.offset;
  float scaled = g * t.scale;
  return scaled + line;
}

AVX2 void cin_gradient_apply_f16(cin_gradient_f32 t, const uint16_t *x, const uint16_t *g, uint16_t *y,
                                 size_t count) {
  const wide_f32 w = widen_f32(t);
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm_storeu_si128((__m128i *)(y + i), _mm256_cvtps_ph(map8(&w, load8_f16(x + i), load8_f16(g + i)), NEAREST));
  for (; i < count; i++) y[i] = _cvtss_sh(map1_f32(t, _cvtsh_ss(x[i]), _cvtsh_ss(g[i])), NEAREST);
}

AVX2 void cin_gradient_apply_f32(cin_gradient_f32 t, const float *x, const float *g, float *y, size_t count,
                                 bool streaming) {
  const wide_f32 w = widen_f32(t);
  if (count < 8) {
    for (size_t k = 0; k < count; k++) y[k] = map1_f32(t, x[k], g[k]);
    return;
  }
  /* The last eight overlap what comes before them; computed first, as x or g may be y. */
  const __m256 last = map8(&w, load8_f32(x + count - 8), load8_f32(g + count - 8));
  size_t i = 0;
  if (streaming)
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) y[i] = map1_f32(t, x[i], g[i]);
  for (; i + 16 <= count; i += 16) {
    will_read(x + i + count);
    will_read(g + i + count);
    for (int h = 0; h < 16; h += 8) {
      __m256 v = map8(&w, load8_f32(x + i + h), load8_f32(g + i + h));
      if (streaming)
        _mm256_stream_ps(y + i + h, v);
      else
        _mm256_storeu_ps(y + i + h, v);
    }
  }
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(y + i, map8(&w, load8_f32(x + i), load8_f32(g + i)));
  _mm256_storeu_ps(y + count - 8, last);
}

AVX2 void cin_gradient_apply_f64(cin_gradient_f64 t, const double *x, const double *g, double *y, size_t count,
                                 bool streaming) {
  const __m256d mean = _mm256_set1_pd(t.mean), scale = _mm256_set1_pd(t.scale);
  const __m256d slope = _mm256_set1_pd(t.slope), offset = _mm256_set1_pd(t.offset);
#define MAP4(at)                                                                                      \
  _mm256_add_pd(_mm256_mul_pd(_mm256_loadu_pd(g + (at)), scale),                                      \
                _mm256_add_pd(_mm256_mul_pd(_mm256_sub_pd(_mm256_loadu_pd(x + (at)), mean), slope), offset))
#define MAP1(at) y[at] = g[at] * t.scale + ((x[at] - t.mean) * t.slope + t.offset)
  size_t i = 0;
  if (streaming) {
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) MAP1(i);
    for (; i + 8 <= count; i += 8)
      for (int h = 0; h < 8; h += 4) _mm256_stream_pd(y + i + h, MAP4(i + h));
  }
  for (; i + 4 <= count; i += 4) _mm256_storeu_pd(y + i, MAP4(i));
  for (; i < count; i++) MAP1(i);
#undef MAP4
#undef MAP1
}

#endif
