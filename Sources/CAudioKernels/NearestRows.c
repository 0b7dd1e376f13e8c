#include "NearestRows.h"

/* The order of operations is the definition: nothing may be fused or reassociated. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#include "Avx2.h"

/* The numbers of rows and blocks that are compared together; their sums stay in registers and share loads. */
enum { ROWS = 4, BLOCKS = 2, LANES = 8 };

/* Half of the least squared distance in each lane, and its index. */
typedef struct {
  __m256 distance;
  __m256i index;
} nearest;

/* Replaces lanes whose new distance is smaller; equal distances and NaN replace nothing. */
INLINE void take(nearest *best, __m256 distance, __m256i index) {
  const __m256 is_nearer = _mm256_cmp_ps(distance, best->distance, _CMP_LT_OQ);
  best->distance = _mm256_blendv_ps(best->distance, distance, is_nearer);
  best->index = _mm256_blendv_epi8(best->index, index, _mm256_castps_si256(is_nearer));
}

INLINE nearest load(const cnr_nearest *table, size_t place) {
  return (nearest){
      _mm256_loadu_ps((const float *)table->distances + place * LANES),
      _mm256_loadu_si256((const __m256i *)((const int32_t *)table->indices + place * LANES))};
}

INLINE void store(const cnr_nearest *table, size_t place, nearest value) {
  _mm256_storeu_ps((float *)table->distances + place * LANES, value.distance);
  _mm256_storeu_si256((__m256i *)((int32_t *)table->indices + place * LANES), value.index);
}

INLINE void multiply(__m256 sums[ROWS][BLOCKS], const float *const rows[ROWS], const float *block, size_t width) {
  for (int r = 0; r < ROWS; r++)
    for (int b = 0; b < BLOCKS; b++) sums[r][b] = _mm256_setzero_ps();
  for (size_t channel = 0; channel < width; channel++) {
    __m256 lanes[BLOCKS];
    for (int b = 0; b < BLOCKS; b++) lanes[b] = _mm256_loadu_ps(block + (b * width + channel) * LANES);
    for (int r = 0; r < ROWS; r++) {
      const __m256 value = _mm256_broadcast_ss(rows[r] + channel);
      for (int b = 0; b < BLOCKS; b++) sums[r][b] = _mm256_add_ps(sums[r][b], _mm256_mul_ps(lanes[b], value));
    }
  }
}

AVX2 void cnr_search(
    const cnr_rows *rows, const cnr_blocks *blocks, const cnr_nearest *forward, const cnr_nearest *backward) {
  const size_t width = rows->width, end = rows->end;
  const float *values = blocks->values, *halves = blocks->halves;
  for (size_t row = rows->begin; row < end; row += ROWS) {
    const float *own[ROWS];
    __m256 own_halves[ROWS];
    nearest best[ROWS];
    for (int r = 0; r < ROWS; r++) {
      /* Past the end the last row is compared again; its distance is equal, so it replaces nothing. */
      const size_t place = row + r < end ? row + r : end - 1;
      own[r] = rows->values + place * width;
      own_halves[r] = _mm256_broadcast_ss(rows->halves + place);
      best[r] = (nearest){_mm256_set1_ps(__builtin_inff()), _mm256_setzero_si256()};
    }
    for (size_t block = 0; block < blocks->count; block += BLOCKS) {
      __m256 sums[ROWS][BLOCKS];
      multiply(sums, own, values + block * width * LANES, width);
      for (int b = 0; b < BLOCKS; b++) {
        const __m256 other_halves = _mm256_loadu_ps(halves + (block + b) * LANES);
        nearest other = load(backward, block + b);
        for (int r = 0; r < ROWS; r++) {
          const __m256 distance = _mm256_sub_ps(_mm256_add_ps(other_halves, own_halves[r]), sums[r][b]);
          take(&best[r], distance, _mm256_set1_epi32((int32_t)(block + b)));
          take(&other, distance, _mm256_set1_epi32((int32_t)(row + r)));
        }
        store(backward, block + b, other);
      }
    }
    for (int r = 0; r < ROWS; r++)
      if (row + r < end) store(forward, row + r - rows->begin, best[r]);
  }
}

#endif
