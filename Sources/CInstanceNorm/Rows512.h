/* Activations of floats in vectors of 512 bits, for processors with AVX-512: the bits of those in Activation.c. */
#ifndef CIN_ROWS512_H
#define CIN_ROWS512_H

#include "CInstanceNorm.h"

void cin_activate_512(const cin_activation *a, const cin_transform_f32 *t, const float *x, const float *residual,
                      float *y, size_t count, bool streaming);

/* The sums are those of the other values about 0. */
cin_sums cin_activate_and_sum_512(const cin_activation *a, const cin_transform_f32 *t, const float *x,
                                  const float *residual, float *y, const float *other, size_t count,
                                  bool streaming);

#endif
