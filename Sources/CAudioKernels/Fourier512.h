/* Complex transforms in vectors of 512 bits, for processors with AVX-512: the bits of those in Fourier.c. */
#ifndef CFT_FOURIER512_H
#define CFT_FOURIER512_H

#include "Fourier.h"

/* Real and imaginary parts. */
typedef struct {
  float *r, *i;
} cft_row;

/* What the first pass reads in place of rows: count values, times a window where there is one; zeros follow. */
typedef struct {
  const float *values, *window;
  size_t count;
} cft_source;

/*
 * Transforms pairs of values, or from where pairs is NULL; gives which of the two rows holds the result. The other one
 * is overwritten as well. The plan is of cft_least_wide_length or more.
 */
cft_row cft_complex_512(const cft_plan *plan, const cft_source *pairs, cft_row from, cft_row to);

#endif
