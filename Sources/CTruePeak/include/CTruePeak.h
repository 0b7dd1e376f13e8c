/*
 * The values between samples that a true-peak meter looks at, for x86-64 processors with AVX2, chosen at run time.
 *
 * The function does what TruePeakKernels does in Swift, in the same order and with the same roundings, so that results are
 * the same bits. On other processors ctp_has_avx2() is false and nothing else may be called.
 */
#ifndef CTRUEPEAK_H
#define CTRUEPEAK_H

#include <stdbool.h>

/* Whether this processor and its operating system offer AVX2; found out when the program starts. */
extern bool ctp_avx2_found;

static inline bool ctp_has_avx2(void) { return ctp_avx2_found; }

/*
 * The largest magnitude of the values at 1/4, 1/2 and 3/4 for 32 interpolations, of which x[24] are newest[0 ... 31]; the 47
 * samples before are read as well. NaN is passed over. Each row of taps holds 24.
 */
float ctp_peak_at_quarters(const float *newest, const float *middle, const float *even, const float *odd);

#endif
