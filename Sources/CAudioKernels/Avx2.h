/* Attributes of functions for AVX2. */
#ifndef CAUDIOKERNELS_AVX2_H
#define CAUDIOKERNELS_AVX2_H

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX2

#endif
