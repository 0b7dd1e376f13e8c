/* Complex transforms in vectors of 512 bits, for processors with AVX-512; results have the bits of Fourier.c. */
#ifndef CFT_FOURIER512_H
#define CFT_FOURIER512_H

#include "Fourier.h"

/* Real and imaginary parts. */
typedef struct {
  float *r, *i;
} cft_row;

/* Input of the first pass: count values, times a window where window is not NULL, followed by zeros. */
typedef struct {
  const float *values, *window;
  size_t count;
} cft_source;

/*
 * Transforms pairs of values, or the row from where pairs is NULL. Returns the one of the two rows that holds the
 * result; the other one is overwritten as well. The plan's length is at least cft_least_wide_length.
 */
cft_row cft_complex_512(const cft_plan *plan, const cft_source *pairs, cft_row from, cft_row to);

#endif
