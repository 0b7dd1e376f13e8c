/*
 * The vector extensions that this processor and its operating system offer, as found when the program starts.
 *
 * Everything else in this target may be called only where cak_has_avx2() is true. Elsewhere the functions do not exist.
 */
#ifndef CAUDIOKERNELS_PROCESSOR_H
#define CAUDIOKERNELS_PROCESSOR_H

#include <stdbool.h>

extern bool cak_avx2_found;
extern bool cak_avx512_found;

/* Whether there is AVX2. */
static inline bool cak_has_avx2(void) { return cak_avx2_found; }

/* Whether there is AVX2 and AVX-512 (F) as well. */
static inline bool cak_has_avx512(void) { return cak_avx512_found; }

#endif
