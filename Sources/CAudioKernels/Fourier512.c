#include "Fourier512.h"

/* The complex transform of Fourier.c, pass by pass, in vectors twice as wide. */

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include <immintrin.h>
#include <stdint.h>

#define AVX512 __attribute__((target("avx512f,avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX512

/* Sixteen complex values. */
typedef struct {
  __m512 r, i;
} lanes;

INLINE lanes load(cft_row from, size_t at) {
  return (lanes){_mm512_loadu_ps(from.r + at), _mm512_loadu_ps(from.i + at)};
}

INLINE void store(lanes v, cft_row to, size_t at) {
  _mm512_storeu_ps(to.r + at, v.r);
  _mm512_storeu_ps(to.i + at, v.i);
}

INLINE lanes add(lanes a, lanes b) { return (lanes){_mm512_add_ps(a.r, b.r), _mm512_add_ps(a.i, b.i)}; }
INLINE lanes sub(lanes a, lanes b) { return (lanes){_mm512_sub_ps(a.r, b.r), _mm512_sub_ps(a.i, b.i)}; }

INLINE lanes mul(lanes a, lanes w) {
  return (lanes){_mm512_sub_ps(_mm512_mul_ps(a.r, w.r), _mm512_mul_ps(a.i, w.i)),
                 _mm512_add_ps(_mm512_mul_ps(a.r, w.i), _mm512_mul_ps(a.i, w.r))};
}

/* The four results of a radix-4 butterfly before their twiddles. */
typedef struct {
  lanes sum, u, v, x;
} four;

INLINE four butterfly(lanes a, lanes b, lanes c, lanes d) {
  const lanes sp = add(a, c), sm = sub(a, c), tp = add(b, d), tm = sub(b, d);
  return (four){add(sp, tp),
                {_mm512_add_ps(sm.r, tm.i), _mm512_sub_ps(sm.i, tm.r)},
                sub(sp, tp),
                {_mm512_sub_ps(sm.r, tm.i), _mm512_add_ps(sm.i, tm.r)}};
}

/* Writes four rows of four blocks of four values so that the blocks of one column follow each other. */
INLINE void store_blocks(__m512 a, __m512 b, __m512 c, __m512 d, float *to) {
  const __m512 ab0 = _mm512_shuffle_f32x4(a, b, 0x44), ab1 = _mm512_shuffle_f32x4(a, b, 0xee);
  const __m512 cd0 = _mm512_shuffle_f32x4(c, d, 0x44), cd1 = _mm512_shuffle_f32x4(c, d, 0xee);
  _mm512_storeu_ps(to, _mm512_shuffle_f32x4(ab0, cd0, 0x88));
  _mm512_storeu_ps(to + 16, _mm512_shuffle_f32x4(ab0, cd0, 0xdd));
  _mm512_storeu_ps(to + 32, _mm512_shuffle_f32x4(ab1, cd1, 0x88));
  _mm512_storeu_ps(to + 48, _mm512_shuffle_f32x4(ab1, cd1, 0xdd));
}

/* Writes sixteen values of each of four rows so that the four values of one column follow each other. */
INLINE void store_columns(__m512 a, __m512 b, __m512 c, __m512 d, float *to) {
  const __m512 ab0 = _mm512_unpacklo_ps(a, b), ab1 = _mm512_unpackhi_ps(a, b);
  const __m512 cd0 = _mm512_unpacklo_ps(c, d), cd1 = _mm512_unpackhi_ps(c, d);
  /* Block k of the four arguments holds the columns 4 k, 4 k + 1, 4 k + 2 and 4 k + 3, in this order. */
  store_blocks(_mm512_shuffle_ps(ab0, cd0, 0x44), _mm512_shuffle_ps(ab0, cd0, 0xee),
               _mm512_shuffle_ps(ab1, cd1, 0x44), _mm512_shuffle_ps(ab1, cd1, 0xee), to);
}

/* Loads sixteen values; those from count on are 0, and memory there is not read. */
INLINE __m512 part(const float *from, size_t at, size_t count) {
  if (at + 16 <= count) return _mm512_loadu_ps(from + at);
  const __mmask16 inside = at < count ? (__mmask16)((1u << (count - at)) - 1) : 0;
  return _mm512_maskz_loadu_ps(inside, from + at);
}

/* Values 2 n and 2 n + 1 as real and imaginary parts. */
INLINE lanes load_pairs(const cft_source *from, size_t n) {
  __m512 x = part(from->values, 2 * n, from->count), y = part(from->values, 2 * n + 16, from->count);
  if (from->window) {
    x = _mm512_mul_ps(part(from->window, 2 * n, from->count), x);
    y = _mm512_mul_ps(part(from->window, 2 * n + 16, from->count), y);
  }
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return (lanes){_mm512_permutex2var_ps(x, even, y),
                 _mm512_permutex2var_ps(x, _mm512_add_epi32(even, _mm512_set1_epi32(1)), y)};
}

/* The pass of stride 1, from pairs, or from a row where pairs is NULL. */
INLINE void first_pass(const cft_plan *plan, const cft_source *pairs, cft_row from, cft_row to) {
  const cft_row w = {(float *)plan->twiddle_real, (float *)plan->twiddle_imaginary};
  const size_t m = plan->length / 8;
#define AT(k) (pairs ? load_pairs(pairs, p + (k) * m) : load(from, p + (k) * m))
  for (size_t p = 0; p < m; p += 16) {
    const four y = butterfly(AT(0), AT(1), AT(2), AT(3));
    const lanes u = mul(y.u, load(w, p)), v = mul(y.v, load(w, m + p)), x = mul(y.x, load(w, 2 * m + p));
    store_columns(y.sum.r, u.r, v.r, x.r, to.r + 4 * p);
    store_columns(y.sum.i, u.i, v.i, x.i, to.i + 4 * p);
  }
#undef AT
}

/* Four twiddles, in four lanes each. */
INLINE __m512 each4(const float *w) {
  const __m512i at = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  return _mm512_permutexvar_ps(at, _mm512_castps128_ps512(_mm_loadu_ps(w)));
}

INLINE lanes twiddles4(const float *wr, const float *wi, size_t p) { return (lanes){each4(wr + p), each4(wi + p)}; }

/* The pass of stride 4: four values of p at a time. */
INLINE void second_pass(cft_row from, cft_row to, const float *wr, const float *wi, size_t m) {
  for (size_t p = 0; p < m; p += 4) {
#define AT(k) load(from, 4 * (p + (k) * m))
    const four y = butterfly(AT(0), AT(1), AT(2), AT(3));
#undef AT
    const lanes u = mul(y.u, twiddles4(wr, wi, p)), v = mul(y.v, twiddles4(wr, wi, m + p));
    const lanes x = mul(y.x, twiddles4(wr, wi, 2 * m + p));
    store_blocks(y.sum.r, u.r, v.r, x.r, to.r + 16 * p);
    store_blocks(y.sum.i, u.i, v.i, x.i, to.i + 16 * p);
  }
}

INLINE lanes one(const float *wr, const float *wi, size_t p) {
  return (lanes){_mm512_set1_ps(wr[p]), _mm512_set1_ps(wi[p])};
}

/* A pass whose stride is a multiple of sixteen. */
INLINE void pass(cft_row from, cft_row to, const float *wr, const float *wi, size_t m, size_t stride) {
  for (size_t p = 0; p < m; p++) {
    const lanes w1 = one(wr, wi, p), w2 = one(wr, wi, m + p), w3 = one(wr, wi, 2 * m + p);
    for (size_t q = 0; q < stride; q += 16) {
#define AT(k) load(from, stride * (p + (k) * m) + q)
      const four y = butterfly(AT(0), AT(1), AT(2), AT(3));
#undef AT
      const size_t at = 4 * stride * p + q;
      store(y.sum, to, at);
      store(mul(y.u, w1), to, at + stride);
      store(mul(y.v, w2), to, at + 2 * stride);
      store(mul(y.x, w3), to, at + 3 * stride);
    }
  }
}

/* The passes after the first; returns the row that holds the result. */
static AVX512 cft_row later_passes(const cft_plan *plan, cft_row from, cft_row to) {
  size_t n = plan->length / 8, stride = 4;
  const float *wr = plan->twiddle_real + 3 * n, *wi = plan->twiddle_imaginary + 3 * n;
  while (n >= 4) {
    const size_t m = n / 4;
    if (stride == 4)
      second_pass(from, to, wr, wi, m);
    else
      pass(from, to, wr, wi, m, stride);
    wr += 3 * m;
    wi += 3 * m;
    n = m;
    stride *= 4;
    const cft_row swap = from;
    from = to;
    to = swap;
  }
  if (n == 2) {
    for (size_t q = 0; q < stride; q += 16) {
      const lanes x = load(from, q), y = load(from, q + stride);
      store(add(x, y), to, q);
      store(sub(x, y), to, q + stride);
    }
    from = to;
  }
  return from;
}

AVX512 cft_row cft_complex_512(const cft_plan *plan, const cft_source *pairs, cft_row from, cft_row to) {
  if (pairs)
    first_pass(plan, pairs, from, to);
  else
    first_pass(plan, NULL, from, to);
  return later_passes(plan, to, from);
}

#endif
