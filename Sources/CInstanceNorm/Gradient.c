#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* ---- Sums of g and of g * ((x - mean) - mean_low); value i belongs to lane i mod 16 ---- */

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
INLINE void add8(lanes *l, int k, __m256 g, __m256 x, __m256 mean, __m256 low) {
  __m256 d = _mm256_sub_ps(_mm256_sub_ps(x, mean), low);
  __m256d gs[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(g)), _mm256_cvtps_pd(_mm256_extractf128_ps(g, 1))};
  __m256d ds[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(d)), _mm256_cvtps_pd(_mm256_extractf128_ps(d, 1))};
  for (int h = 0; h < 2; h++) {
    l->sum[k + h] = _mm256_add_pd(l->sum[k + h], gs[h]);
    l->product[k + h] = _mm256_fmadd_pd(gs[h], ds[h], l->product[k + h]);
  }
}

AVX2 cin_gradient_sums cin_gradient_sums_f16(const uint16_t *x, const uint16_t *g, size_t count, float mean,
                                             float mean_low) {
  lanes l = no_lanes();
  const __m256 m = _mm256_set1_ps(mean), low = _mm256_set1_ps(mean_low);
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int h = 0; h < 2; h++) add8(&l, 2 * h, load8_f16(g + i + 8 * h), load8_f16(x + i + 8 * h), m, low);
  if (i < count) {
    uint16_t xs[16] = {0}, gs[16] = {0};
    memcpy(xs, x + i, (count - i) * sizeof *x);
    memcpy(gs, g + i, (count - i) * sizeof *g);
    for (int h = 0; h < 2; h++) {
      __m256 mask = _mm256_castsi256_ps(first8((ptrdiff_t)(count - i) - 8 * h));
      add8(&l, 2 * h, load8_f16(gs + 8 * h), _mm256_blendv_ps(m, load8_f16(xs + 8 * h), mask), m, low);
    }
  }
  return totals(&l);
}

AVX2 cin_gradient_sums cin_gradient_sums_f32(const float *x, const float *g, size_t count, float mean,
                                             float mean_low) {
  lanes l = no_lanes();
  const __m256 m = _mm256_set1_ps(mean), low = _mm256_set1_ps(mean_low);
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int h = 0; h < 2; h++) add8(&l, 2 * h, load8_f32(g + i + 8 * h), load8_f32(x + i + 8 * h), m, low);
  if (i < count) {
    for (int h = 0; h < 2 && i + 8 * h < count; h++) {
      __m256i mask = first8((ptrdiff_t)(count - i) - 8 * h);
      __m256 v = _mm256_blendv_ps(m, _mm256_maskload_ps(x + i + 8 * h, mask), _mm256_castsi256_ps(mask));
      add8(&l, 2 * h, _mm256_maskload_ps(g + i + 8 * h, mask), v, m, low);
    }
  }
  return totals(&l);
}

INLINE void add4(lanes *l, int k, __m256d g, __m256d x, __m256d mean, __m256d low) {
  __m256d d = _mm256_sub_pd(_mm256_sub_pd(x, mean), low);
  l->sum[k] = _mm256_add_pd(l->sum[k], g);
  l->product[k] = _mm256_add_pd(l->product[k], _mm256_mul_pd(g, d));
}

AVX2 cin_gradient_sums cin_gradient_sums_f64(const double *x, const double *g, size_t count, double mean,
                                             double mean_low) {
  lanes l = no_lanes();
  const __m256d m = _mm256_set1_pd(mean), low = _mm256_set1_pd(mean_low);
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int k = 0; k < 4; k++)
      add4(&l, k, _mm256_loadu_pd(g + i + 4 * k), _mm256_loadu_pd(x + i + 4 * k), m, low);
  if (i < count) {
    for (int k = 0; k < 4 && i + 4 * k < count; k++) {
      __m256i mask = first4((ptrdiff_t)(count - i) - 4 * k);
      __m256d v = _mm256_blendv_pd(m, _mm256_maskload_pd(x + i + 4 * k, mask), _mm256_castsi256_pd(mask));
      add4(&l, k, _mm256_maskload_pd(g + i + 4 * k, mask), v, m, low);
    }
  }
  return totals(&l);
}

/* ---- y = g * scale + (((x - mean) - mean_low) * slope + offset) ---- */

typedef struct {
  __m256 mean, mean_low, scale, slope, offset;
} wide_f32;

INLINE wide_f32 widen_f32(cin_gradient_f32 t) {
  return (wide_f32){_mm256_set1_ps(t.mean), _mm256_set1_ps(t.mean_low), _mm256_set1_ps(t.scale),
                    _mm256_set1_ps(t.slope), _mm256_set1_ps(t.offset)};
}

INLINE __m256 map8(const wide_f32 *t, __m256 x, __m256 g) {
  __m256 d = _mm256_sub_ps(_mm256_sub_ps(x, t->mean), t->mean_low);
  __m256 line = _mm256_add_ps(_mm256_mul_ps(d, t->slope), t->offset);
  return _mm256_add_ps(_mm256_mul_ps(g, t->scale), line);
}

INLINE float map1_f32(cin_gradient_f32 t, float x, float g) {
  float d = (x - t.mean) - t.mean_low;
  float product = d * t.slope;
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
  size_t i = 0;
  if (streaming) {
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) y[i] = map1_f32(t, x[i], g[i]);
    for (; i + 16 <= count; i += 16)
      for (int h = 0; h < 16; h += 8)
        _mm256_stream_ps(y + i + h, map8(&w, load8_f32(x + i + h), load8_f32(g + i + h)));
  }
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(y + i, map8(&w, load8_f32(x + i), load8_f32(g + i)));
  for (; i < count; i++) y[i] = map1_f32(t, x[i], g[i]);
}

AVX2 void cin_gradient_apply_f64(cin_gradient_f64 t, const double *x, const double *g, double *y, size_t count,
                                 bool streaming) {
  const __m256d mean = _mm256_set1_pd(t.mean), low = _mm256_set1_pd(t.mean_low), scale = _mm256_set1_pd(t.scale);
  const __m256d slope = _mm256_set1_pd(t.slope), offset = _mm256_set1_pd(t.offset);
#define D4(at) _mm256_sub_pd(_mm256_sub_pd(_mm256_loadu_pd(x + (at)), mean), low)
#define MAP4(at)                                                        \
  _mm256_add_pd(_mm256_mul_pd(_mm256_loadu_pd(g + (at)), scale),        \
                _mm256_add_pd(_mm256_mul_pd(D4(at), slope), offset))
#define MAP1(at) y[at] = g[at] * t.scale + (((x[at] - t.mean) - t.mean_low) * t.slope + t.offset)
  size_t i = 0;
  if (streaming) {
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) MAP1(i);
    for (; i + 8 <= count; i += 8)
      for (int h = 0; h < 8; h += 4) _mm256_stream_pd(y + i + h, MAP4(i + h));
  }
  for (; i + 4 <= count; i += 4) _mm256_storeu_pd(y + i, MAP4(i));
  for (; i < count; i++) MAP1(i);
#undef D4
#undef MAP4
#undef MAP1
}

#endif
