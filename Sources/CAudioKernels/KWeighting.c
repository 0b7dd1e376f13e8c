#include "Loudness.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* One filter for two channels. */
typedef struct {
  __m128d b0, c1, c2, a1, a2, s0, s1;
} pair;

/* Two filters for two channels: the shelf in the lower lanes, the high pass in the upper ones. */
typedef struct {
  __m256d b0, c1, c2, a1, a2, s0, s1;
} cascade;

INLINE pair make_pair(const clo_section *section, __m128d s0, __m128d s1) {
  return (pair){
      _mm_set1_pd(section->b0), _mm_set1_pd(section->c1), _mm_set1_pd(section->c2),
      _mm_set1_pd(section->a1), _mm_set1_pd(section->a2), s0, s1};
}

INLINE cascade join(const pair *shelf, const pair *high_pass) {
  return (cascade){
      _mm256_set_m128d(high_pass->b0, shelf->b0), _mm256_set_m128d(high_pass->c1, shelf->c1),
      _mm256_set_m128d(high_pass->c2, shelf->c2), _mm256_set_m128d(high_pass->a1, shelf->a1),
      _mm256_set_m128d(high_pass->a2, shelf->a2), _mm256_set_m128d(high_pass->s0, shelf->s0),
      _mm256_set_m128d(high_pass->s1, shelf->s1)};
}

INLINE __m128d lower(__m256d v) { return _mm256_castpd256_pd128(v); }
INLINE __m128d upper(__m256d v) { return _mm256_extractf128_pd(v, 1); }

INLINE __m128d step(pair *f, __m128d x) {
  const __m128d y = _mm_add_pd(_mm_mul_pd(x, f->b0), f->s0);
  const __m128d next = _mm_sub_pd(_mm_add_pd(_mm_mul_pd(x, f->c1), f->s1), _mm_mul_pd(f->s0, f->a1));
  f->s1 = _mm_sub_pd(_mm_mul_pd(x, f->c2), _mm_mul_pd(f->s0, f->a2));
  f->s0 = next;
  return y;
}

INLINE __m256d step4(cascade *f, __m256d x) {
  const __m256d y = _mm256_add_pd(_mm256_mul_pd(x, f->b0), f->s0);
  const __m256d next =
      _mm256_sub_pd(_mm256_add_pd(_mm256_mul_pd(x, f->c1), f->s1), _mm256_mul_pd(f->s0, f->a1));
  f->s1 = _mm256_sub_pd(_mm256_mul_pd(x, f->c2), _mm256_mul_pd(f->s0, f->a2));
  f->s0 = next;
  return y;
}

INLINE void add_square(__m128d *total, __m128d z) { *total = _mm_add_pd(*total, _mm_mul_pd(z, z)); }

/* Four samples of both channels: each vector holds two samples, with the channels side by side. */
INLINE void load(__m256d x[2], const float *samples, const float *next_samples) {
  const __m128 a = _mm_loadu_ps(samples), b = _mm_loadu_ps(next_samples);
  x[0] = _mm256_cvtps_pd(_mm_unpacklo_ps(a, b));
  x[1] = _mm256_cvtps_pd(_mm_unpackhi_ps(a, b));
}

/*
 * Filters at least four samples. The high pass runs four samples behind the shelf, so it does not wait for the shelf,
 * and a step of both filters is one step of a filter of four lanes. Returns the number of samples filtered.
 */
INLINE size_t filter_fours(
    pair *shelf, pair *high_pass, __m128d *total, const float *samples, const float *next_samples, size_t count) {
  __m256d x[2], y0, y1, y2, y3;
  load(x, samples, next_samples);
  y0 = _mm256_castpd128_pd256(step(shelf, lower(x[0])));
  y1 = _mm256_castpd128_pd256(step(shelf, upper(x[0])));
  y2 = _mm256_castpd128_pd256(step(shelf, lower(x[1])));
  y3 = _mm256_castpd128_pd256(step(shelf, upper(x[1])));

  cascade both = join(shelf, high_pass);
  __m256d sum = _mm256_set_m128d(*total, _mm_setzero_pd());
  size_t at = 4;
  for (; at + 4 <= count; at += 4) {
    load(x, samples + at, next_samples + at);
    /* The lower lanes take the new sample, the upper lanes the shelf's result for the sample four before it. */
    y0 = step4(&both, _mm256_insertf128_pd(x[0], lower(y0), 1));
    y1 = step4(&both, _mm256_permute2f128_pd(x[0], y1, 0x21));
    y2 = step4(&both, _mm256_insertf128_pd(x[1], lower(y2), 1));
    y3 = step4(&both, _mm256_permute2f128_pd(x[1], y3, 0x21));
    sum = _mm256_add_pd(sum, _mm256_mul_pd(y0, y0));
    sum = _mm256_add_pd(sum, _mm256_mul_pd(y1, y1));
    sum = _mm256_add_pd(sum, _mm256_mul_pd(y2, y2));
    sum = _mm256_add_pd(sum, _mm256_mul_pd(y3, y3));
  }

  shelf->s0 = lower(both.s0);
  shelf->s1 = lower(both.s1);
  high_pass->s0 = upper(both.s0);
  high_pass->s1 = upper(both.s1);
  *total = upper(sum);
  add_square(total, step(high_pass, lower(y0)));
  add_square(total, step(high_pass, lower(y1)));
  add_square(total, step(high_pass, lower(y2)));
  add_square(total, step(high_pass, lower(y3)));
  return at;
}

AVX2 void clo_k_weight(
    const clo_section *shelf_section, const clo_section *high_pass_section, const float *samples, clo_channel *a,
    const float *next_samples, clo_channel *b, size_t count) {
  pair shelf = make_pair(shelf_section, _mm_set_pd(b->shelf0, a->shelf0), _mm_set_pd(b->shelf1, a->shelf1));
  pair high_pass = make_pair(
      high_pass_section, _mm_set_pd(b->high_pass0, a->high_pass0), _mm_set_pd(b->high_pass1, a->high_pass1));
  __m128d total = _mm_set_pd(b->sum, a->sum);

  size_t at = count < 4 ? 0 : filter_fours(&shelf, &high_pass, &total, samples, next_samples, count);
  for (; at < count; at++) {
    const __m128d x = _mm_set_pd(next_samples[at], samples[at]);
    add_square(&total, step(&high_pass, step(&shelf, x)));
  }

  _mm_storel_pd(&a->shelf0, shelf.s0);
  _mm_storeh_pd(&b->shelf0, shelf.s0);
  _mm_storel_pd(&a->shelf1, shelf.s1);
  _mm_storeh_pd(&b->shelf1, shelf.s1);
  _mm_storel_pd(&a->high_pass0, high_pass.s0);
  _mm_storeh_pd(&b->high_pass0, high_pass.s0);
  _mm_storel_pd(&a->high_pass1, high_pass.s1);
  _mm_storeh_pd(&b->high_pass1, high_pass.s1);
  _mm_storel_pd(&a->sum, total);
  _mm_storeh_pd(&b->sum, total);
}

#endif
