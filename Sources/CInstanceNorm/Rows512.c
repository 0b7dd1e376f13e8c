#include "CInstanceNorm.h"

/* Products and sums are fused exactly where they are written as fused. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

#define AVX512 __attribute__((target("avx512f,avx2,fma,prfchw")))
#define INLINE512 static inline __attribute__((always_inline)) AVX512

bool cin_avx512_found = false;

__attribute__((constructor)) static void find_avx512(void) {
  __builtin_cpu_init();
  cin_avx512_found = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2") &&
                     __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

enum { TERMS = sizeof(((cin_activation *)0)->terms) / sizeof(float) };

/* The parameters of a row, in every lane. */
typedef struct {
  __m512 mean, factor, shift, slope, turns, turns_low, terms[TERMS];
} wide_row;

/* The steps of a case. Each case is compiled by itself, so that loops do not decide between cases. */
typedef struct {
  cin_activation_kind kind;
  bool transforms, adds, sums;
} recipe;

/* Sixteen lanes: value i belongs to lane i mod 16, as in narrower vectors. */
typedef struct {
  __m512d sum[2], squares[2];
} lanes512;

/* Snake of sixteen values; follows snake8 in Activation.c step by step. */
INLINE512 __m512 snake16(const wide_row *a, __m512 v) {
  const __m512 rounder = _mm512_set1_ps(0x1.8p+23f);
  const __m512 k = _mm512_sub_ps(_mm512_fmadd_ps(v, a->turns, rounder), rounder);
  const __m512 r = _mm512_fmadd_ps(v, a->turns_low, _mm512_fmsub_ps(v, a->turns, k));
  const __m512 s = _mm512_min_ps(_mm512_mul_ps(r, r), _mm512_set1_ps(0.25f));
  __m512 p = a->terms[TERMS - 1];
  for (int i = TERMS - 2; i >= 0; i--) p = _mm512_fmadd_ps(p, s, a->terms[i]);
  return _mm512_fmadd_ps(p, s, v);
}

INLINE512 __m512 activate16(cin_activation_kind kind, const wide_row *a, __m512 v) {
  const __m512 zero = _mm512_setzero_ps();
  switch (kind) {
    case CIN_RELU: return _mm512_mask_mov_ps(v, _mm512_cmp_ps_mask(v, zero, _CMP_LT_OQ), zero);
    case CIN_LEAKY: return _mm512_mask_mul_ps(v, _mm512_cmp_ps_mask(v, zero, _CMP_LT_OQ), v, a->slope);
    case CIN_SNAKE: return snake16(a, v);
    default: return v;
  }
}

INLINE512 __m512 finished(recipe r, const wide_row *a, __m512 v, __m512 residual) {
  if (r.transforms) v = _mm512_add_ps(_mm512_mul_ps(_mm512_sub_ps(v, a->mean), a->factor), a->shift);
  v = activate16(r.kind, a, v);
  return r.adds ? _mm512_add_ps(v, residual) : v;
}

/* Writes at most sixteen values. */
INLINE512 void few(recipe r, const wide_row *a, const float *x, const float *residual, float *y, size_t count) {
  const __mmask16 m = (__mmask16)((1u << count) - 1);
  const __m512 other = r.adds ? _mm512_maskz_loadu_ps(m, residual) : _mm512_setzero_ps();
  _mm512_mask_storeu_ps(y, m, finished(r, a, _mm512_maskz_loadu_ps(m, x), other));
}

/* Squares of floats are exact, so that a fused sum has the same bits. */
INLINE512 void add16(lanes512 *l, __m512 v) {
  const __m512d d[2] = {
      _mm512_cvtps_pd(_mm512_castps512_ps256(v)),
      _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1)))};
  for (int h = 0; h < 2; h++) {
    l->sum[h] = _mm512_add_pd(l->sum[h], d[h]);
    l->squares[h] = _mm512_fmadd_pd(d[h], d[h], l->squares[h]);
  }
}

INLINE512 double total_of(const __m512d *v) {
  const __m256d quarters[4] = {_mm512_castpd512_pd256(v[0]), _mm512_extractf64x4_pd(v[0], 1),
                               _mm512_castpd512_pd256(v[1]), _mm512_extractf64x4_pd(v[1], 1)};
  return total(quarters);
}

/* The number of values of a row that are written, and of another row that are summed, in turn. */
enum { STEP = 32 };

INLINE512 cin_sums run(recipe r, const cin_activation *p, const cin_transform_f32 *t, const float *x,
                       const float *residual, float *y, const float *other, size_t count, bool streaming) {
  wide_row a = {.slope = _mm512_set1_ps(p->slope),
                .turns = _mm512_set1_ps(p->turns),
                .turns_low = _mm512_set1_ps(p->turns_low)};
  for (int i = 0; i < TERMS; i++) a.terms[i] = _mm512_set1_ps(p->terms[i]);
  if (r.transforms) {
    a.mean = _mm512_set1_ps(t->mean);
    a.factor = _mm512_set1_ps(t->factor);
    a.shift = _mm512_set1_ps(t->shift);
  }
  lanes512 l = {{_mm512_setzero_pd(), _mm512_setzero_pd()}, {_mm512_setzero_pd(), _mm512_setzero_pd()}};
  size_t i = streaming ? lead(y, sizeof *y, count) : 0, summed = 0;
  if (i > 0) few(r, &a, x, residual, y, i);
  for (; i + STEP <= count; i += STEP) {
    if (r.sums) {
      for (size_t end = summed + STEP; summed < end; summed += 16) {
        will_read((const char *)(other + summed) + FAR_AHEAD);
        add16(&l, _mm512_loadu_ps(other + summed));
      }
    } else {
      for (size_t k = i; k < i + STEP; k += 16) will_read((const char *)(x + k) + FAR_AHEAD);
    }
    for (size_t k = i; k < i + STEP; k += 16) {
      const __m512 added = r.adds ? _mm512_loadu_ps(residual + k) : _mm512_setzero_ps();
      const __m512 v = finished(r, &a, _mm512_loadu_ps(x + k), added);
      if (streaming)
        _mm512_stream_ps(y + k, v);
      else
        _mm512_storeu_ps(y + k, v);
    }
  }
  for (; i < count; i += 16)
    few(r, &a, x + i, residual + (r.adds ? i : 0), y + i, count - i < 16 ? count - i : 16);
  if (!r.sums) return (cin_sums){0, 0};
  for (; summed < count; summed += 16) {
    const size_t rest = count - summed < 16 ? count - summed : 16;
    add16(&l, _mm512_maskz_loadu_ps((__mmask16)((1u << rest) - 1), other + summed));
  }
  return (cin_sums){total_of(l.sum), total_of(l.squares)};
}

INLINE512 cin_sums choose(recipe r, const cin_activation *a, const cin_transform_f32 *t, const float *x,
                          const float *residual, float *y, const float *other, size_t count, bool streaming) {
  switch (a->kind) {
    case CIN_RELU: r.kind = CIN_RELU; return run(r, a, t, x, residual, y, other, count, streaming);
    case CIN_LEAKY: r.kind = CIN_LEAKY; return run(r, a, t, x, residual, y, other, count, streaming);
    case CIN_SNAKE: r.kind = CIN_SNAKE; return run(r, a, t, x, residual, y, other, count, streaming);
    default: r.kind = CIN_IDENTITY; return run(r, a, t, x, residual, y, other, count, streaming);
  }
}

/* No activation; a constant that the compiler knows. */
static const cin_activation identity = {.kind = CIN_IDENTITY};

AVX512 void cin_apply_wide_f32(cin_transform_f32 t, const float *x, float *y, size_t count, bool streaming) {
  run((recipe){CIN_IDENTITY, true, false, false}, &identity, &t, x, x, y, x, count, streaming);
}

AVX512 cin_sums cin_apply_and_sum_wide_f32(cin_transform_f32 t, const float *x, float *y, const float *other,
                                           size_t count, bool streaming) {
  return run((recipe){CIN_IDENTITY, true, false, true}, &identity, &t, x, x, y, other, count, streaming);
}

AVX512 void cin_activate_512(const cin_activation *a, const cin_transform_f32 *t, const float *x,
                             const float *residual, float *y, size_t count, bool streaming) {
  if (t && residual)
    choose((recipe){0, true, true, false}, a, t, x, residual, y, x, count, streaming);
  else if (t)
    choose((recipe){0, true, false, false}, a, t, x, x, y, x, count, streaming);
  else if (residual)
    choose((recipe){0, false, true, false}, a, t, x, residual, y, x, count, streaming);
  else
    choose((recipe){0, false, false, false}, a, t, x, x, y, x, count, streaming);
}

AVX512 cin_sums cin_activate_and_sum_512(const cin_activation *a, const cin_transform_f32 *t, const float *x,
                                         const float *residual, float *y, const float *other, size_t count,
                                         bool streaming) {
  if (residual) return choose((recipe){0, true, true, true}, a, t, x, residual, y, other, count, streaming);
  return choose((recipe){0, true, false, true}, a, t, x, x, y, other, count, streaming);
}

#else

bool cin_avx512_found = false;

#endif
