/*
 * Arithmetic on rows of values for x86-64 processors with AVX2, chosen at run time.
 *
 * Each function does what PortableRows does in Swift, in the same order and with the same roundings, so that results
 * have the same bits. The functions may be called only where cak_has_avx2() is true.
 *
 * Pointers need no alignment beyond a float's.
 */
#ifndef CAUDIOKERNELS_ROWS_H
#define CAUDIOKERNELS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* target[n] = target[n] * factors[n] */
void crw_scale(float *target, const float *factors, size_t count);

/* target[n] = target[n] + a[n] * b[n] */
void crw_multiply_add(const float *a, const float *b, float *target, size_t count);

/* The sum of a[n] * b[n]: eight running sums, their total, and the rest. */
float crw_dot(const float *a, const float *b, size_t count);

/* power[n] = (real[n]^2 + imaginary[n]^2) * scale; with adds set, added to the present power[n]. */
void crw_power(const float *real, const float *imaginary, float scale, bool adds, float *power, size_t count);

/* target[n] = target[n] + power[n]^(1/4), by two square roots */
void crw_add_fourth_roots(const float *power, float *target, size_t count);

/* gains[n] = 10^(gains[n] / 20), as Decibels.amplitude computes it. */
void crw_amplitudes(float *gains, size_t count);

#endif
