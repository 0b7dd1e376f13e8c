#include "Fourier512.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include <stdint.h>

#include "Avx2.h"

/* Eight complex values. */
typedef struct {
  __m256 r, i;
} lanes;

typedef cft_row row;
typedef cft_source source;

INLINE lanes load(const float *real, const float *imaginary, size_t at) {
  return (lanes){_mm256_loadu_ps(real + at), _mm256_loadu_ps(imaginary + at)};
}

INLINE void store(lanes v, row to, size_t at) {
  _mm256_storeu_ps(to.r + at, v.r);
  _mm256_storeu_ps(to.i + at, v.i);
}

INLINE lanes add(lanes a, lanes b) { return (lanes){_mm256_add_ps(a.r, b.r), _mm256_add_ps(a.i, b.i)}; }
INLINE lanes sub(lanes a, lanes b) { return (lanes){_mm256_sub_ps(a.r, b.r), _mm256_sub_ps(a.i, b.i)}; }

INLINE lanes mul(lanes a, lanes w) {
  return (lanes){_mm256_sub_ps(_mm256_mul_ps(a.r, w.r), _mm256_mul_ps(a.i, w.i)),
                 _mm256_add_ps(_mm256_mul_ps(a.r, w.i), _mm256_mul_ps(a.i, w.r))};
}

/* The four results of a radix-4 butterfly before their twiddles. */
typedef struct {
  lanes sum, u, v, x;
} four;

INLINE four butterfly(lanes a, lanes b, lanes c, lanes d) {
  const lanes sp = add(a, c), sm = sub(a, c), tp = add(b, d), tm = sub(b, d);
  return (four){add(sp, tp),
                {_mm256_add_ps(sm.r, tm.i), _mm256_sub_ps(sm.i, tm.r)},
                sub(sp, tp),
                {_mm256_sub_ps(sm.r, tm.i), _mm256_add_ps(sm.i, tm.r)}};
}

/* Hides the origin of a value from the compiler, which would replace shuffles within halves by slower ones across. */
#define KEEP(v) __asm__("" : "+x"(v))

/* Writes eight values of each of four rows so that the four values of one column follow each other. */
INLINE void store_columns(__m256 a, __m256 b, __m256 c, __m256 d, float *to) {
  const __m256 ab0 = _mm256_unpacklo_ps(a, b), ab1 = _mm256_unpackhi_ps(a, b);
  const __m256 cd0 = _mm256_unpacklo_ps(c, d), cd1 = _mm256_unpackhi_ps(c, d);
  __m256 c04 = _mm256_shuffle_ps(ab0, cd0, 0x44), c15 = _mm256_shuffle_ps(ab0, cd0, 0xee);
  __m256 c26 = _mm256_shuffle_ps(ab1, cd1, 0x44), c37 = _mm256_shuffle_ps(ab1, cd1, 0xee);
  KEEP(c04);
  KEEP(c15);
  KEEP(c26);
  KEEP(c37);
  _mm256_storeu_ps(to, _mm256_insertf128_ps(c04, _mm256_castps256_ps128(c15), 1));
  _mm256_storeu_ps(to + 8, _mm256_insertf128_ps(c26, _mm256_castps256_ps128(c37), 1));
  _mm256_storeu_ps(to + 16, _mm256_permute2f128_ps(c04, c15, 0x31));
  _mm256_storeu_ps(to + 24, _mm256_permute2f128_ps(c26, c37, 0x31));
}

/* Values 2n as real and 2n + 1 as imaginary parts, from pairs n = 0, 1, 4, 5 in x and pairs n = 2, 3, 6, 7 in y. */
INLINE lanes split(__m256 x, __m256 y) {
  return (lanes){_mm256_shuffle_ps(x, y, 0x88), _mm256_shuffle_ps(x, y, 0xdd)};
}

INLINE __m256 join(__m128 low, __m128 high) { return _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1); }

INLINE __m128 product(const source *from, size_t at) {
  return _mm_mul_ps(_mm_loadu_ps(from->window + at), _mm_loadu_ps(from->values + at));
}

/* Four products at the end of the values: those beyond count are 0, and memory there is not read. */
INLINE __m128 product_at_end(const source *from, size_t at) {
  if (at >= from->count) return _mm_setzero_ps();
  const size_t rest = from->count - at;
  const __m128i inside = _mm_cmpgt_epi32(_mm_set1_epi32(rest < 4 ? (int)rest : 4), _mm_setr_epi32(0, 1, 2, 3));
  return _mm_mul_ps(_mm_maskload_ps(from->window + at, inside), _mm_maskload_ps(from->values + at, inside));
}

INLINE lanes load_pairs(const source *from, size_t at) {
  const size_t n = 2 * at;
  if (!from->window) {
    const float *p = from->values + n;
    return split(join(_mm_loadu_ps(p), _mm_loadu_ps(p + 8)), join(_mm_loadu_ps(p + 4), _mm_loadu_ps(p + 12)));
  }
  if (n + 16 <= from->count)
    return split(join(product(from, n), product(from, n + 8)), join(product(from, n + 4), product(from, n + 12)));
  return split(join(product_at_end(from, n), product_at_end(from, n + 8)),
               join(product_at_end(from, n + 4), product_at_end(from, n + 12)));
}

/* The pass of stride 1, from pairs, or from a row where pairs is NULL. */
INLINE void first_pass(const cft_plan *plan, const source *pairs, row from, row to) {
  const float *wr = plan->twiddle_real, *wi = plan->twiddle_imaginary;
  const size_t m = plan->length / 8;
#define AT(k) (pairs ? load_pairs(pairs, p + (k) * m) : load(from.r, from.i, p + (k) * m))
  for (size_t p = 0; p < m; p += 8) {
    const four y = butterfly(AT(0), AT(1), AT(2), AT(3));
    const lanes u = mul(y.u, load(wr, wi, p)), v = mul(y.v, load(wr, wi, m + p));
    const lanes x = mul(y.x, load(wr, wi, 2 * m + p));
    store_columns(y.sum.r, u.r, v.r, x.r, to.r + 4 * p);
    store_columns(y.sum.i, u.i, v.i, x.i, to.i + 4 * p);
  }
#undef AT
}

/* Two twiddles, in four lanes each. */
INLINE __m256 two(const float *w, size_t p) { return _mm256_set_m128(_mm_set1_ps(w[p + 1]), _mm_set1_ps(w[p])); }

INLINE void store_halves(lanes v, row to, size_t at) {
  _mm_storeu_ps(to.r + at, _mm256_castps256_ps128(v.r));
  _mm_storeu_ps(to.i + at, _mm256_castps256_ps128(v.i));
  _mm_storeu_ps(to.r + at + 16, _mm256_extractf128_ps(v.r, 1));
  _mm_storeu_ps(to.i + at + 16, _mm256_extractf128_ps(v.i, 1));
}

/* The pass of stride 4: two values of p at a time. */
INLINE void second_pass(row from, row to, const float *wr, const float *wi, size_t m) {
  for (size_t p = 0; p < m; p += 2) {
#define AT(k) load(from.r, from.i, 4 * (p + (k) * m))
    const four y = butterfly(AT(0), AT(1), AT(2), AT(3));
#undef AT
    store_halves(y.sum, to, 16 * p);
    store_halves(mul(y.u, (lanes){two(wr, p), two(wi, p)}), to, 16 * p + 4);
    store_halves(mul(y.v, (lanes){two(wr, m + p), two(wi, m + p)}), to, 16 * p + 8);
    store_halves(mul(y.x, (lanes){two(wr, 2 * m + p), two(wi, 2 * m + p)}), to, 16 * p + 12);
  }
}

INLINE lanes one(const float *wr, const float *wi, size_t p) {
  return (lanes){_mm256_set1_ps(wr[p]), _mm256_set1_ps(wi[p])};
}

/* A pass whose stride is a multiple of eight. */
INLINE void pass(row from, row to, const float *wr, const float *wi, size_t m, size_t stride) {
  for (size_t p = 0; p < m; p++) {
    const lanes w1 = one(wr, wi, p), w2 = one(wr, wi, m + p), w3 = one(wr, wi, 2 * m + p);
    for (size_t q = 0; q < stride; q += 8) {
#define AT(k) load(from.r, from.i, stride * (p + (k) * m) + q)
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
static AVX2 row later_passes(const cft_plan *plan, row from, row to) {
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
    const row swap = from;
    from = to;
    to = swap;
  }
  if (n == 2) {
    for (size_t q = 0; q < stride; q += 8) {
      const lanes x = load(from.r, from.i, q), y = load(from.r, from.i, q + stride);
      store(add(x, y), to, q);
      store(sub(x, y), to, q + stride);
    }
    from = to;
  }
  return from;
}

/* The complex transform of pairs, or of the row from where pairs is NULL; returns the row that holds the result. */
INLINE row transform(const cft_plan *plan, const source *pairs, row from, row to) {
  if (plan->wide && plan->length >= cft_least_wide_length) return cft_complex_512(plan, pairs, from, to);
  first_pass(plan, pairs, from, to);
  return later_passes(plan, to, from);
}

/* Two rows of complex values. */
typedef struct {
  row a, b;
} rows;

/* The rows of a workspace, aligned to cache lines so that no vector lies across two. */
INLINE rows rows_of(const cft_plan *plan, float *work) {
  const size_t m = plan->length / 2;
  float *const at = (float *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
  return (rows){{at, at + m}, {at + 2 * m, at + 3 * m}};
}

/* ---- Between a complex transform and a real one of twice the length ---- */

INLINE __m256 reversed(__m256 v) { return _mm256_permutevar8x32_ps(v, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0)); }

/* The eight values at the indices at, at - 1, ... at - 7. */
INLINE lanes load_down(const float *real, const float *imaginary, size_t at) {
  return (lanes){reversed(_mm256_loadu_ps(real + at - 7)), reversed(_mm256_loadu_ps(imaginary + at - 7))};
}

INLINE void store_down(lanes v, row to, size_t at) {
  store((lanes){reversed(v.r), reversed(v.i)}, to, at - 7);
}

/* The transform of the real values, from the complex transform of half the length. */
static AVX2 void unpack(const cft_plan *plan, row z, float *real, float *imaginary) {
  const size_t m = plan->length / 2;
  const float *wr = plan->rotation_real, *wi = plan->rotation_imaginary;
  const row out = {real, imaginary};
  const __m256 half = _mm256_set1_ps(0.5f);
  real[0] = z.r[0] + z.i[0];
  real[m] = z.r[0] - z.i[0];
  imaginary[0] = imaginary[m] = 0;
  size_t k = 1;
  for (; k + 8 <= m / 2; k += 8) {
    const lanes a = load(z.r, z.i, k), b = load_down(z.r, z.i, m - k), w = load(wr, wi, k);
    const lanes e = {_mm256_mul_ps(_mm256_add_ps(a.r, b.r), half), _mm256_mul_ps(_mm256_sub_ps(a.i, b.i), half)};
    const lanes o = {_mm256_mul_ps(_mm256_add_ps(a.i, b.i), half), _mm256_mul_ps(_mm256_sub_ps(b.r, a.r), half)};
    const lanes t = mul(o, w);
    store(add(e, t), out, k);
    store_down((lanes){_mm256_sub_ps(e.r, t.r), _mm256_sub_ps(t.i, e.i)}, out, m - k);
  }
  for (; k <= m / 2; k++) {
    const float er = (z.r[k] + z.r[m - k]) * 0.5f, ei = (z.i[k] - z.i[m - k]) * 0.5f;
    const float or = (z.i[k] + z.i[m - k]) * 0.5f, oi = (z.r[m - k] - z.r[k]) * 0.5f;
    const float tr = or * wr[k] - oi * wi[k], ti = or * wi[k] + oi * wr[k];
    real[k] = er + tr;
    imaginary[k] = ei + ti;
    real[m - k] = er - tr;
    imaginary[m - k] = ti - ei;
  }
}

AVX2 void cft_real_forward(const cft_plan *plan, const float *input, float *real, float *imaginary, float *work) {
  const rows rows = rows_of(plan, work);
  const source source = {input, NULL, plan->length};
  unpack(plan, transform(plan, &source, rows.a, rows.b), real, imaginary);
}

AVX2 void cft_windowed_forward(const cft_plan *plan, const float *input, const float *window, size_t count,
                               float *real, float *imaginary, float *work) {
  const rows rows = rows_of(plan, work);
  const source source = {input, window, count};
  unpack(plan, transform(plan, &source, rows.a, rows.b), real, imaginary);
}

AVX2 void cft_real_inverse(const cft_plan *plan, const float *real, const float *imaginary, float *output,
                           float *work) {
  const size_t m = plan->length / 2;
  const float *wr = plan->rotation_real, *wi = plan->rotation_imaginary;
  const rows rows = rows_of(plan, work);
  const row a = rows.a;
  const float scale = 1 / (float)plan->length;
  const __m256 scales = _mm256_set1_ps(scale), minus = _mm256_set1_ps(-0.0f);
  /* The inverse is the forward transform of the conjugate: imaginary parts are negated before and after. */
  a.r[0] = (real[0] + real[m]) * scale;
  a.i[0] = (real[m] - real[0]) * scale;
  size_t k = 1;
  for (; k + 8 <= m / 2; k += 8) {
    const lanes x = load(real, imaginary, k), y = load_down(real, imaginary, m - k), w = load(wr, wi, k);
    const lanes e = {_mm256_mul_ps(_mm256_add_ps(x.r, y.r), scales), _mm256_mul_ps(_mm256_sub_ps(x.i, y.i), scales)};
    const lanes t = {_mm256_mul_ps(_mm256_sub_ps(x.r, y.r), scales), _mm256_mul_ps(_mm256_add_ps(x.i, y.i), scales)};
    const lanes o = {_mm256_add_ps(_mm256_mul_ps(t.r, w.r), _mm256_mul_ps(t.i, w.i)),
                     _mm256_sub_ps(_mm256_mul_ps(t.i, w.r), _mm256_mul_ps(t.r, w.i))};
    store((lanes){_mm256_sub_ps(e.r, o.i), _mm256_xor_ps(_mm256_add_ps(e.i, o.r), minus)}, a, k);
    store_down((lanes){_mm256_add_ps(e.r, o.i), _mm256_sub_ps(e.i, o.r)}, a, m - k);
  }
  for (; k <= m / 2; k++) {
    const float er = (real[k] + real[m - k]) * scale, ei = (imaginary[k] - imaginary[m - k]) * scale;
    const float tr = (real[k] - real[m - k]) * scale, ti = (imaginary[k] + imaginary[m - k]) * scale;
    const float or = tr * wr[k] + ti * wi[k], oi = ti * wr[k] - tr * wi[k];
    a.r[k] = er - oi;
    a.i[k] = -(ei + or);
    a.r[m - k] = er + oi;
    a.i[m - k] = ei - or;
  }
  const row z = transform(plan, NULL, a, rows.b);
  for (size_t n = 0; n < m; n += 8) {
    const __m256 r = _mm256_loadu_ps(z.r + n), i = _mm256_xor_ps(_mm256_loadu_ps(z.i + n), minus);
    const __m256 low = _mm256_unpacklo_ps(r, i), high = _mm256_unpackhi_ps(r, i);
    _mm256_storeu_ps(output + 2 * n, _mm256_permute2f128_ps(low, high, 0x20));
    _mm256_storeu_ps(output + 2 * n + 8, _mm256_permute2f128_ps(low, high, 0x31));
  }
}

#endif
