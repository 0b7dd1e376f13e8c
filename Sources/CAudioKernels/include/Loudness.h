/*
 * Kernels of the loudness meter and the true-peak meter for x86-64 processors with AVX2, chosen at run time.
 *
 * The functions do what KWeightingFilter and TruePeakKernels do in Swift, in the same order and with the same
 * roundings, so that results have the same bits. They may be called only where cak_has_avx2() is true.
 */
#ifndef CAUDIOKERNELS_LOUDNESS_H
#define CAUDIOKERNELS_LOUDNESS_H

#include <stdbool.h>
#include <stddef.h>

/* The coefficients of one filter in KWeightingFilter's form. */
typedef struct {
  double b0, c1, c2, a1, a2;
} clo_section;

/* One channel: the states of the shelf and of the high pass, and the sum of the squares so far. */
typedef struct {
  double shelf0, shelf1, high_pass0, high_pass1, sum;
} clo_channel;

/* Filters count samples of two channels by both filters, and adds the squares of the results to the channels' sums. */
void clo_k_weight(
    const clo_section *shelf, const clo_section *high_pass, const float *samples, clo_channel *channel,
    const float *next_samples, clo_channel *next_channel, size_t count);

/*
 * Returns the largest magnitude of the values at 1/4, 1/2 and 3/4 of 32 interpolations, whose newest samples x[24] are
 * newest[0 ... 31]. The 47 samples before newest are read as well. NaN is passed over. Each row has 24 taps.
 */
float clo_peak_at_quarters(const float *newest, const float *middle, const float *even, const float *odd);

/*
 * Writes for each of count consecutive groups of 32 samples the largest magnitude of a sample, and the largest
 * magnitude of a step from a sample to the next. The sample before the first group is read as well. NaN is passed over.
 */
void clo_group_extremes(const float *samples, size_t count, float *magnitudes, float *steps);

#endif
