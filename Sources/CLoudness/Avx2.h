/* What both files share. */
#ifndef CLO_AVX2_H
#define CLO_AVX2_H

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX2

#endif
