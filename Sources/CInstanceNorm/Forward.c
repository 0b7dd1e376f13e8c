#include "CInstanceNorm.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

bool cin_avx2_found = false;

__attribute__((constructor)) static void find_avx2(void) {
  __builtin_cpu_init();
  cin_avx2_found =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

void cin_finish_streaming(void) { _mm_sfence(); }

/* ---- Sums: value i belongs to lane i mod 16; lanes are added in halves.
 *
 * Where the last group is not whole, the pivot stands in for what is missing: it adds 0 to its lane. ---- */

typedef struct {
  __m256d sum[4], squares[4];
} lanes;

INLINE lanes no_lanes(void) {
  lanes l;
  for (int k = 0; k < 4; k++) l.sum[k] = l.squares[k] = _mm256_setzero_pd();
  return l;
}

INLINE void add4(lanes *l, int k, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], d);
  l->squares[k] = _mm256_add_pd(l->squares[k], _mm256_mul_pd(d, d));
}

/* Four values whose square is exact, so that a fused sum has the same bits. */
INLINE void add4_exact(lanes *l, int k, __m256d d) {
  l->sum[k] = _mm256_add_pd(l->sum[k], d);
  l->squares[k] = _mm256_fmadd_pd(d, d, l->squares[k]);
}

INLINE cin_sums totals(const lanes *l) { return (cin_sums){total(l->sum), total(l->squares)}; }

/* Sixteen values. About 0 nothing need be subtracted. */
INLINE void add16_f16(lanes *l, const uint16_t *x, __m256d pivot, bool about_zero) {
  for (int h = 0; h < 2; h++) {
    __m256 v = load8_f16(x + 8 * h);
    __m256d half[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
    for (int k = 0; k < 2; k++) {
      if (about_zero)
        add4_exact(l, 2 * h + k, half[k]);
      else
        add4(l, 2 * h + k, _mm256_sub_pd(half[k], pivot));
    }
  }
}

INLINE void add16_f32(lanes *l, const float *x, __m256d pivot, bool about_zero) {
  for (int k = 0; k < 4; k++) {
    __m256d v = _mm256_cvtps_pd(_mm_loadu_ps(x + 4 * k));
    if (about_zero)
      add4_exact(l, k, v);
    else
      add4(l, k, _mm256_sub_pd(v, pivot));
  }
}

INLINE void add16_f64(lanes *l, const double *x, __m256d pivot, bool about_zero) {
  (void)about_zero;
  for (int k = 0; k < 4; k++) add4(l, k, _mm256_sub_pd(_mm256_loadu_pd(x + 4 * k), pivot));
}

/* The first `count` of four values. */
INLINE void add4_first(lanes *l, int k, __m256d v, ptrdiff_t count, __m256d pivot) {
  add4(l, k, _mm256_sub_pd(_mm256_blendv_pd(pivot, v, _mm256_castsi256_pd(first4(count))), pivot));
}

INLINE void add_rest_f16(lanes *l, const uint16_t *x, size_t count, __m256d pivot) {
  uint16_t tail[16] = {0};
  memcpy(tail, x, count * sizeof *x);
  for (int h = 0; h < 2; h++) {
    __m256 v = load8_f16(tail + 8 * h);
    add4_first(l, 2 * h, _mm256_cvtps_pd(_mm256_castps256_ps128(v)), (ptrdiff_t)count - 8 * h, pivot);
    add4_first(l, 2 * h + 1, _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)), (ptrdiff_t)count - 8 * h - 4, pivot);
  }
}

INLINE void add_rest_f32(lanes *l, const float *x, size_t count, __m256d pivot) {
  for (int k = 0; k < 4 && 4 * (size_t)k < count; k++) {
    ptrdiff_t rest = (ptrdiff_t)count - 4 * k;
    add4_first(l, k, _mm256_cvtps_pd(_mm_maskload_ps(x + 4 * k, _mm256_castsi256_si128(first8(rest)))), rest, pivot);
  }
}

INLINE void add_rest_f64(lanes *l, const double *x, size_t count, __m256d pivot) {
  for (int k = 0; k < 4 && 4 * (size_t)k < count; k++) {
    ptrdiff_t rest = (ptrdiff_t)count - 4 * k;
    add4_first(l, k, _mm256_maskload_pd(x + 4 * k, first4(rest)), rest, pivot);
  }
}

/* One loop for each case, so that nothing is decided within it. */
#define SUMS(TYPE, SUFFIX)                                                                                       \
  INLINE cin_sums sums_##SUFFIX(const TYPE *x, size_t count, double pivot, const void *target, bool about_zero) { \
    lanes l = no_lanes();                                                                                        \
    const __m256d p = _mm256_set1_pd(pivot);                                                                     \
    size_t i = 0;                                                                                                \
    if (target)                                                                                                  \
      for (; i + 16 <= count; i += 16) {                                                                         \
        will_write((const TYPE *)target + i, 16 * sizeof *x);                                                    \
        add16_##SUFFIX(&l, x + i, p, about_zero);                                                                \
      }                                                                                                          \
    for (; i + 16 <= count; i += 16) add16_##SUFFIX(&l, x + i, p, about_zero);                                   \
    if (i < count) add_rest_##SUFFIX(&l, x + i, count - i, p);                                                   \
    return totals(&l);                                                                                           \
  }                                                                                                              \
  AVX2 cin_sums cin_sums_##SUFFIX(const TYPE *x, size_t count, double pivot, const void *target) {               \
    return pivot == 0 ? sums_##SUFFIX(x, count, 0, target, true) : sums_##SUFFIX(x, count, pivot, target, false); \
  }

SUMS(uint16_t, f16)
SUMS(float, f32)
SUMS(double, f64)

/* ---- Transforms ---- */

typedef struct {
  __m256 mean, factor, shift;
} wide_f32;

INLINE wide_f32 widen_f32(cin_transform_f32 t) {
  return (wide_f32){_mm256_set1_ps(t.mean), _mm256_set1_ps(t.factor), _mm256_set1_ps(t.shift)};
}

INLINE __m256 map8(const wide_f32 *t, __m256 x) {
  return _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, t->mean), t->factor), t->shift);
}

INLINE float map1_f32(cin_transform_f32 t, float x) {
  float scaled = (x - t.mean) * t.factor;
  return scaled + t.shift;
}

INLINE double map1_f64(cin_transform_f64 t, double x) {
  double scaled = (x - t.mean) * t.factor;
  return scaled + t.shift;
}

AVX2 void cin_apply_f32(cin_transform_f32 t, const float *x, float *y, size_t count, bool streaming) {
  const wide_f32 w = widen_f32(t);
  if (count < 8) {
    for (size_t k = 0; k < count; k++) y[k] = map1_f32(t, x[k]);
    return;
  }
  /* The last eight overlap what comes before them; computed first, as x may be y. */
  const __m256 last = map8(&w, load8_f32(x + count - 8));
  size_t i = 0;
  if (streaming) {
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) y[i] = map1_f32(t, x[i]);
    for (; i + 16 <= count; i += 16) {
      will_read(x + i + count);
      _mm256_stream_ps(y + i, map8(&w, load8_f32(x + i)));
      _mm256_stream_ps(y + i + 8, map8(&w, load8_f32(x + i + 8)));
    }
  } else {
    for (; i + 16 <= count; i += 16) {
      will_read(x + i + count);
      _mm256_storeu_ps(y + i, map8(&w, load8_f32(x + i)));
      _mm256_storeu_ps(y + i + 8, map8(&w, load8_f32(x + i + 8)));
    }
  }
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(y + i, map8(&w, load8_f32(x + i)));
  _mm256_storeu_ps(y + count - 8, last);
}

AVX2 void cin_apply_f16(cin_transform_f32 t, const uint16_t *x, uint16_t *y, size_t count, bool streaming) {
  const wide_f32 w = widen_f32(t);
#define HALVES(at) _mm256_cvtps_ph(map8(&w, load8_f16(x + (at))), NEAREST)
#define HALF(at) _cvtss_sh(map1_f32(t, _cvtsh_ss(x[at])), NEAREST)
  if (count < 8) {
    for (size_t k = 0; k < count; k++) y[k] = HALF(k);
    return;
  }
  const __m128i last = HALVES(count - 8);
  size_t i = 0;
  if (streaming) {
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) y[i] = HALF(i);
    for (; i + 32 <= count; i += 32) {
      will_read(x + i + count);
      for (size_t k = 0; k < 32; k += 8) _mm_stream_si128((__m128i *)(y + i + k), HALVES(i + k));
    }
  } else {
    for (; i + 32 <= count; i += 32) {
      will_read(x + i + count);
      for (size_t k = 0; k < 32; k += 8) _mm_storeu_si128((__m128i *)(y + i + k), HALVES(i + k));
    }
  }
  for (; i + 8 <= count; i += 8) _mm_storeu_si128((__m128i *)(y + i), HALVES(i));
  _mm_storeu_si128((__m128i *)(y + count - 8), last);
#undef HALVES
#undef HALF
}

AVX2 void cin_apply_f64(cin_transform_f64 t, const double *x, double *y, size_t count, bool streaming) {
  const __m256d mean = _mm256_set1_pd(t.mean), factor = _mm256_set1_pd(t.factor), shift = _mm256_set1_pd(t.shift);
#define MAP4(at) _mm256_add_pd(_mm256_mul_pd(_mm256_sub_pd(_mm256_loadu_pd(x + (at)), mean), factor), shift)
  if (count < 4) {
    for (size_t k = 0; k < count; k++) y[k] = map1_f64(t, x[k]);
    return;
  }
  const __m256d last = MAP4(count - 4);
  size_t i = 0;
  if (streaming) {
    for (size_t head = lead(y, sizeof *y, count); i < head; i++) y[i] = map1_f64(t, x[i]);
    for (; i + 8 <= count; i += 8) {
      will_read(x + i + count);
      _mm256_stream_pd(y + i, MAP4(i));
      _mm256_stream_pd(y + i + 4, MAP4(i + 4));
    }
  } else {
    for (; i + 8 <= count; i += 8) {
      will_read(x + i + count);
      _mm256_storeu_pd(y + i, MAP4(i));
      _mm256_storeu_pd(y + i + 4, MAP4(i + 4));
    }
  }
  for (; i + 4 <= count; i += 4) _mm256_storeu_pd(y + i, MAP4(i));
  _mm256_storeu_pd(y + count - 4, last);
#undef MAP4
}

#else

bool cin_avx2_found = false;
void cin_finish_streaming(void) {}

#endif
