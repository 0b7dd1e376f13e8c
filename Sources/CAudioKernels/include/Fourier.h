/*
 * Real discrete Fourier transforms for x86-64 processors with AVX2, and with AVX-512, chosen at run time.
 *
 * Each function does what RealFFT does in Swift, in the same order and with the same roundings, so that results have
 * the same bits. The functions may be called only where cak_has_avx2() is true.
 *
 * Pointers need no alignment beyond a float's.
 */
#ifndef CAUDIOKERNELS_FOURIER_H
#define CAUDIOKERNELS_FOURIER_H

#include <stdbool.h>
#include <stddef.h>

/* The shortest length that these functions transform, and the shortest length for vectors of 512 bits. */
enum { cft_least_length = 64, cft_least_wide_length = 128 };

/* The number of values that a workspace holds beyond 2 * length, so that its rows can be aligned. */
enum { cft_spare_length = 16 };

/* The tables of a transform of `length` real values, a power of two. */
typedef struct {
  size_t length;
  /* Twiddles of the complex transform of half the length, pass after pass: for each pass rows of w, w^2, w^3. */
  const float *twiddle_real, *twiddle_imaginary;
  /* exp(-2 pi i k / length) for k = 0 ... length / 4. */
  const float *rotation_real, *rotation_imaginary;
  /* Whether vectors of 512 bits may be used, where cak_has_avx512(); the bits are the same. */
  bool wide;
} cft_plan;

/* Transforms length values to length / 2 + 1 complex ones, unscaled. work has 2 * length + cft_spare_length floats. */
void cft_real_forward(const cft_plan *plan, const float *input, float *real, float *imaginary, float *work);

/* Transforms the products of count values and a window, as if zeros followed; count is at most length. */
void cft_windowed_forward(const cft_plan *plan, const float *input, const float *window, size_t count, float *real,
                          float *imaginary, float *work);

/* Transforms length / 2 + 1 complex values back to length real ones, scaled by 1 / length. */
void cft_real_inverse(const cft_plan *plan, const float *real, const float *imaginary, float *output, float *work);

#endif
