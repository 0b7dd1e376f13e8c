#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* ---- Sums of g and of g * (x - mean); value i belongs to lane i mod 16 ---- */

typedef struct {
  __m256d sum[4], product[4];
} gradient_lanes;

INLINE gradient_lanes no_gradient_lanes(void) {
  gradient_lanes l;
  for (int k = 0; k < 4; k++) l.sum[k] = l.product[k] = _mm256_setzero_pd();
  return l;
}

INLINE cin_gradient_sums gradient_totals(const gradient_lanes *l) {
  return (cin_gradient_sums){total(l->sum), total(l->product)};
}

/* The product of two floats is exact in double, so a fused sum has the same bits. */
INLINE void add8(gradient_lanes *l, int k, __m256 g, __m256 d) {
  __m256d gs[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(g)), _mm256_cvtps_pd(_mm256_extractf128_ps(g, 1))};
  __m256d ds[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(d)), _mm256_cvtps_pd(_mm256_extractf128_ps(d, 1))};
  for (int h = 0; h < 2; h++) {
    l->sum[k + h] = _mm256_add_pd(l->sum[k + h], gs[h]);
    l->product[k + h] = _mm256_fmadd_pd(gs[h], ds[h], l->product[k + h]);
  }
}

/* Loads the first `count` of eight values; the others are 0. */
INLINE __m256 first8_f16(const uint16_t *x, ptrdiff_t count) {
  uint16_t values[8] = {0};
  if (count > 0) memcpy(values, x, (count < 8 ? (size_t)count : 8) * sizeof *x);
  return load8_f16(values);
}

INLINE __m256 first8_f32(const float *x, ptrdiff_t count) { return _mm256_maskload_ps(x, first8(count)); }

#define GRADIENT_SUMS(TYPE, SUFFIX)                                                                               \
  AVX2 cin_gradient_sums cin_gradient_sums_##SUFFIX(const TYPE *x, const TYPE *g, size_t count, float mean) {     \
    gradient_lanes l = no_gradient_lanes();                                                                       \
    const __m256 m = _mm256_set1_ps(mean);                                                                        \
    size_t i = 0;                                                                                                 \
    for (; i + 16 <= count; i += 16)                                                                              \
      for (int h = 0; h < 2; h++)                                                                                 \
        add8(&l, 2 * h, load8_##SUFFIX(g + i + 8 * h), _mm256_sub_ps(load8_##SUFFIX(x + i + 8 * h), m));          \
    for (int h = 0; h < 2 && i + 8 * (size_t)h < count; h++) {                                                    \
      ptrdiff_t rest = (ptrdiff_t)(count - i) - 8 * h;                                                            \
      __m256 d = _mm256_sub_ps(first8_##SUFFIX(x + i + 8 * h, rest), m);                                          \
      add8(&l, 2 * h, first8_##SUFFIX(g + i + 8 * h, rest), _mm256_and_ps(d, _mm256_castsi256_ps(first8(rest)))); \
    }                                                                                                             \
    return gradient_totals(&l);                                                                                   \
  }

GRADIENT_SUMS(uint16_t, f16)
GRADIENT_SUMS(float, f32)

INLINE void add_gradient4(gradient_lanes *l, int k, __m256d g, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], g);
  l->product[k] = _mm256_add_pd(l->product[k], _mm256_mul_pd(g, d));
}

AVX2 cin_gradient_sums cin_gradient_sums_f64(const double *x, const double *g, size_t count, double mean) {
  gradient_lanes l = no_gradient_lanes();
  const __m256d m = _mm256_set1_pd(mean);
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int k = 0; k < 4; k++)
      add_gradient4(&l, k, _mm256_loadu_pd(g + i + 4 * k), _mm256_sub_pd(_mm256_loadu_pd(x + i + 4 * k), m));
  for (int k = 0; k < 4 && i + 4 * (size_t)k < count; k++) {
    __m256i mask = first4((ptrdiff_t)(count - i) - 4 * k);
    __m256d d = _mm256_sub_pd(_mm256_maskload_pd(x + i + 4 * k, mask), m);
    add_gradient4(&l, k, _mm256_maskload_pd(g + i + 4 * k, mask), _mm256_and_pd(d, _mm256_castsi256_pd(mask)));
  }
  return gradient_totals(&l);
}

/* ---- y = g * scale + ((x - mean) * slope + offset) ---- */

typedef struct {
  __m256 mean, scale, slope, offset;
} wide_gradient;

INLINE wide_gradient widen_gradient(cin_gradient_f32 t) {
  return (wide_gradient){_mm256_set1_ps(t.mean), _mm256_set1_ps(t.scale), _mm256_set1_ps(t.slope),
                    _mm256_set1_ps(t.offset)};
}

INLINE __m256 gradient8(const wide_gradient *t, __m256 x, __m256 g) {
  __m256 line = _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, t->mean), t->slope), t->offset);
  return _mm256_add_ps(_mm256_mul_ps(g, t->scale), line);
}

INLINE __m128i vector_f16(const wide_gradient *t, const uint16_t *x, const uint16_t *g) {
  return _mm256_cvtps_ph(gradient8(t, load8_f16(x), load8_f16(g)), NEAREST);
}

INLINE __m256 vector_f32(const wide_gradient *t, const float *x, const float *g) {
  return gradient8(t, load8_f32(x), load8_f32(g));
}

INLINE float scalar_f32(cin_gradient_f32 t, const float *x, const float *g) {
  float product = (*x - t.mean) * t.slope;
  float line = product + t.offset;
  float scaled = *g * t.scale;
  return scaled + line;
}

INLINE uint16_t scalar_f16(cin_gradient_f32 t, const uint16_t *x, const uint16_t *g) {
  const float wide = _cvtsh_ss(*x), slope = _cvtsh_ss(*g);
  return _cvtss_sh(scalar_f32(t, &wide, &slope), NEAREST);
}

/* ---- Sums of x, x^2, g and g * x, all products exact; and the map beside them ---- */

typedef struct {
  __m256d values[4], squares[4], gradients[4], products[4];
} moment_lanes;

/* Adds eight values of every sixteen: the first eight (half 0) or the last eight (half 1). */
#define ADD_HALF(TYPE, SUFFIX)                                                                           \
  INLINE void add_half_##SUFFIX(moment_lanes *l, int half, const TYPE *x, const TYPE *g, size_t count) { \
    for (size_t i = 8 * (size_t)half; i < count; i += 16) {                                              \
      const __m256 xs = load8_##SUFFIX(x + i), gs = load8_##SUFFIX(g + i);                               \
      add_moments4(l, 2 * half, _mm256_castps256_ps128(xs), _mm256_castps256_ps128(gs));                 \
      add_moments4(l, 2 * half + 1, _mm256_extractf128_ps(xs, 1), _mm256_extractf128_ps(gs, 1));         \
    }                                                                                                    \
  }

INLINE void add_moments4(moment_lanes *l, int k, __m128 x, __m128 g) {
  const __m256d xs = _mm256_cvtps_pd(x), gs = _mm256_cvtps_pd(g);
  l->values[k] = _mm256_add_pd(l->values[k], xs);
  l->squares[k] = _mm256_fmadd_pd(xs, xs, l->squares[k]);
  l->gradients[k] = _mm256_add_pd(l->gradients[k], gs);
  l->products[k] = _mm256_fmadd_pd(gs, xs, l->products[k]);
}

ADD_HALF(uint16_t, f16)
ADD_HALF(float, f32)

/* The number of values that are summed, then written, in turn. The sums need more registers than there are, so a step
 * is summed in two halves: a step of many values makes that worthwhile, one of few lets summing and writing overlap. */
enum { STEP = 64 };

/* Writes the map of x and g to y and, where there are other values, sums these meanwhile. The last vector overlaps the
 * vectors before it, and is computed first, since y may be x or g. */
#define GRADIENT_PASS(TYPE, SUFFIX, VECTOR, STREAM, STORE)                                                        \
  INLINE void add_moments_##SUFFIX(moment_lanes *l, const TYPE *x, const TYPE *g, size_t count) {                 \
    const size_t whole = count / 16 * 16;                                                                         \
    add_half_##SUFFIX(l, 0, x, g, whole);                                                                         \
    add_half_##SUFFIX(l, 1, x, g, whole);                                                                         \
    for (int half = 0; half < 2 && whole + 8 * (size_t)half < count; half++) {                                    \
      const size_t at = whole + 8 * (size_t)half;                                                                 \
      const __m256 xs = first8_##SUFFIX(x + at, (ptrdiff_t)(count - at));                                         \
      const __m256 gs = first8_##SUFFIX(g + at, (ptrdiff_t)(count - at));                                         \
      add_moments4(l, 2 * half, _mm256_castps256_ps128(xs), _mm256_castps256_ps128(gs));                          \
      add_moments4(l, 2 * half + 1, _mm256_extractf128_ps(xs, 1), _mm256_extractf128_ps(gs, 1));                  \
    }                                                                                                             \
  }                                                                                                               \
  INLINE cin_gradient_moments gradient_pass_##SUFFIX(const cin_gradient_f32 *t, const TYPE *x, const TYPE *g,     \
                                                     TYPE *y, const TYPE *other_x, const TYPE *other_g,           \
                                                     size_t count, bool streaming) {                              \
    moment_lanes l;                                                                                               \
    for (int k = 0; k < 4; k++)                                                                                   \
      l.values[k] = l.squares[k] = l.gradients[k] = l.products[k] = _mm256_setzero_pd();                          \
    size_t i = 0;                                                                                                 \
    if (t && count < 8) {                                                                                         \
      for (size_t k = 0; k < count; k++) y[k] = scalar_##SUFFIX(*t, x + k, g + k);                                \
    } else if (t) {                                                                                               \
      const wide_gradient w = widen_gradient(*t);                                                                 \
      const VECTOR last = vector_##SUFFIX(&w, x + count - 8, g + count - 8);                                      \
      size_t at = streaming ? lead(y, sizeof *y, count) : 0;                                                      \
      for (size_t k = 0; k < at; k++) y[k] = scalar_##SUFFIX(*t, x + k, g + k);                                   \
      for (; at + STEP <= count; at += STEP, i += STEP) {                                                         \
        if (other_x) {                                                                                            \
          for (size_t k = 0; k < STEP; k += 64 / sizeof *x) {                                                     \
            will_read((const char *)(other_x + i + k) + AHEAD);                                                   \
            will_read((const char *)(other_g + i + k) + AHEAD);                                                   \
          }                                                                                                       \
          add_half_##SUFFIX(&l, 0, other_x + i, other_g + i, STEP);                                               \
          add_half_##SUFFIX(&l, 1, other_x + i, other_g + i, STEP);                                               \
        } else {                                                                                                  \
          for (size_t k = 0; k < STEP; k += 64 / sizeof *x) {                                                     \
            will_read(x + at + k + count);                                                                        \
            will_read(g + at + k + count);                                                                        \
          }                                                                                                       \
        }                                                                                                         \
        for (size_t k = 0; k < STEP; k += 8) {                                                                    \
          const VECTOR v = vector_##SUFFIX(&w, x + at + k, g + at + k);                                           \
          if (streaming)                                                                                          \
            STREAM(y + at + k, v);                                                                                \
          else                                                                                                    \
            STORE(y + at + k, v);                                                                                 \
        }                                                                                                         \
      }                                                                                                           \
      for (; at + 8 <= count; at += 8) STORE(y + at, vector_##SUFFIX(&w, x + at, g + at));                        \
      STORE(y + count - 8, last);                                                                                 \
    }                                                                                                             \
    if (other_x) add_moments_##SUFFIX(&l, other_x + i, other_g + i, count - i);                                   \
    return (cin_gradient_moments){{total(l.values), total(l.squares)}, {total(l.gradients), total(l.products)}};  \
  }                                                                                                               \
  AVX2 cin_gradient_moments cin_gradient_moments_##SUFFIX(const TYPE *x, const TYPE *g, size_t count) {           \
    return gradient_pass_##SUFFIX(NULL, NULL, NULL, NULL, x, g, count, false);                                    \
  }                                                                                                               \
  AVX2 void cin_gradient_apply_##SUFFIX(cin_gradient_f32 t, const TYPE *x, const TYPE *g, TYPE *y, size_t count,  \
                                        bool streaming) {                                                         \
    if (streaming)                                                                                                \
      gradient_pass_##SUFFIX(&t, x, g, y, NULL, NULL, count, true);                                               \
    else                                                                                                          \
      gradient_pass_##SUFFIX(&t, x, g, y, NULL, NULL, count, false);                                              \
  }                                                                                                               \
  AVX2 cin_gradient_moments cin_gradient_apply_and_sum_##SUFFIX(cin_gradient_f32 t, const TYPE *x, const TYPE *g, \
                                                                TYPE *y, const TYPE *other_x,                     \
                                                                const TYPE *other_g, size_t count,                \
                                                                bool streaming) {                                 \
    return streaming ? gradient_pass_##SUFFIX(&t, x, g, y, other_x, other_g, count, true)                         \
                     : gradient_pass_##SUFFIX(&t, x, g, y, other_x, other_g, count, false);                       \
  }

#define STREAM_F16(at, v) _mm_stream_si128((__m128i *)(at), v)
#define STORE_F16(at, v) _mm_storeu_si128((__m128i *)(at), v)
GRADIENT_PASS(uint16_t, f16, __m128i, STREAM_F16, STORE_F16)
GRADIENT_PASS(float, f32, __m256, _mm256_stream_ps, _mm256_storeu_ps)

AVX2 void cin_gradient_apply_f64(cin_gradient_f64 t, const double *x, const double *g, double *y, size_t count,
                                 bool streaming) {
  const __m256d mean = _mm256_set1_pd(t.mean), scale = _mm256_set1_pd(t.scale);
  const __m256d slope = _mm256_set1_pd(t.slope), offset = _mm256_set1_pd(t.offset);
#define MAP4(at)                                                 \
  _mm256_add_pd(_mm256_mul_pd(_mm256_loadu_pd(g + (at)), scale), \
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
