/*
 * Row kernels for x86-64 processors with AVX2, FMA and F16C, chosen at run time.
 *
 * Each function has a counterpart in PortableBackend: cin_sums and cin_gradient_moments in sums, cin_gradient_sums in
 * gradientSums, the others in write. cin_standardize_rows and cin_gradient_rows do what RowPass does row by row. Order
 * and roundings are those of the counterparts, so that results have the same bits: products and sums are fused only
 * where the product is exact, and in Snake, whose steps are defined as fused.
 * On other processors cin_has_avx2() is false and nothing else may be called.
 *
 * Pointers need no alignment beyond their element's. Half-precision values are passed by their bits.
 */
#ifndef CINSTANCENORM_H
#define CINSTANCENORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sums of (x - pivot) and of (x - pivot)^2. */
typedef struct {
  double sum;
  double squares;
} cin_sums;

/* y = (x - mean) * factor + shift, in float. */
typedef struct {
  float mean, factor, shift;
} cin_transform_f32;

/* y = (x - mean) * factor + shift, in double. */
typedef struct {
  double mean, factor, shift;
} cin_transform_f64;

/* Whether this processor and its operating system offer AVX2, FMA and F16C; set when the program starts. */
extern bool cin_avx2_found;

static inline bool cin_has_avx2(void) { return cin_avx2_found; }

/* Whether processor and operating system offer AVX-512 as well. */
extern bool cin_avx512_found;

static inline bool cin_has_avx512(void) { return cin_avx512_found; }

/* Returns the sums of count values about a pivot. */
cin_sums cin_sums_f16(const uint16_t *x, size_t count, double pivot);
cin_sums cin_sums_f32(const float *x, size_t count, double pivot);
cin_sums cin_sums_f64(const double *x, size_t count, double pivot);

/*
 * Writes the transform of count values. x and y are the same memory or do not overlap. With streaming set, whole
 * cache lines are written past the caches (no other effect). Memory after x is prefetched, since it holds the next row.
 * A prefetch past the end of the memory is only a hint and cannot fault.
 */
void cin_apply_f16(cin_transform_f32 t, const uint16_t *x, uint16_t *y, size_t count, bool streaming);
void cin_apply_f32(cin_transform_f32 t, const float *x, float *y, size_t count, bool streaming);
void cin_apply_f64(cin_transform_f64 t, const double *x, double *y, size_t count, bool streaming);

/* Writes the transform and meanwhile sums as many other values, which do not overlap y. */
cin_sums cin_apply_and_sum_f16(cin_transform_f32 t, const uint16_t *x, uint16_t *y, const uint16_t *other,
                               size_t count, double pivot, bool streaming);
cin_sums cin_apply_and_sum_f32(cin_transform_f32 t, const float *x, float *y, const float *other, size_t count,
                               double pivot, bool streaming);
cin_sums cin_apply_and_sum_f64(cin_transform_f64 t, const double *x, double *y, const double *other, size_t count,
                               double pivot, bool streaming);

/* The least number of values in a row for which vectors of 512 bits are faster. */
enum { cin_least_wide_length = 256 };

/* The same functions, with the same bits, in vectors of 512 bits; only where cin_has_avx512(). Sums are about 0. */
void cin_apply_wide_f32(cin_transform_f32 t, const float *x, float *y, size_t count, bool streaming);
cin_sums cin_apply_and_sum_wide_f32(cin_transform_f32 t, const float *x, float *y, const float *other, size_t count,
                                    bool streaming);

/* One value for each row, repeated after period rows. At most one pointer is set; without one, rows have a default. */
typedef struct {
  const double *doubles;
  const float *floats;
  const uint16_t *halves;
  size_t period;
} cin_row_values;

/*
 * y = strength * ((x - mean) / deviation * scale + shift) + (1 - strength) * x for each row, where
 * deviation = sqrt(variance + eps_inside) + eps_outside and variance = sum((x - mean)^2) / (length - lost).
 * Without values the scale is 1 and the shift 0. wide allows vectors of 512 bits, where cin_has_avx512().
 */
typedef struct {
  double lost, eps_inside, eps_outside, strength;
  cin_row_values scale, shift;
  bool wide;
} cin_standardization;

/*
 * Measures and writes rows of at most one block, each stride values after the one before. first is the number of the
 * first row. tolerance is SummationRule's. Returns the number of rows written: all, or those before the first group of
 * four in which a row needs more range than float has.
 * With s.wide set, long rows of floats are written in vectors of 512 bits.
 */
size_t cin_standardize_rows_f16(const uint16_t *x, uint16_t *y, size_t first, size_t rows, size_t length, size_t stride,
                                cin_standardization s, double tolerance, bool streaming);
size_t cin_standardize_rows_f32(const float *x, float *y, size_t first, size_t rows, size_t length, size_t stride,
                                cin_standardization s, double tolerance, bool streaming);

/* The sums of g and of g * (x - mean), where g is the gradient of the output. */
typedef struct {
  double sum;
  double product;
} cin_gradient_sums;

cin_gradient_sums cin_gradient_sums_f16(const uint16_t *x, const uint16_t *g, size_t count, float mean);
cin_gradient_sums cin_gradient_sums_f32(const float *x, const float *g, size_t count, float mean);
cin_gradient_sums cin_gradient_sums_f64(const double *x, const double *g, size_t count, double mean);

/* The sums of x and x^2, and the sums of g and g * x. */
typedef struct {
  cin_sums values;
  cin_gradient_sums gradient;
} cin_gradient_moments;

cin_gradient_moments cin_gradient_moments_f16(const uint16_t *x, const uint16_t *g, size_t count);
cin_gradient_moments cin_gradient_moments_f32(const float *x, const float *g, size_t count);

/* y = g * scale + ((x - mean) * slope + offset), in float. */
typedef struct {
  float mean, scale, slope, offset;
} cin_gradient_f32;

/* y = g * scale + ((x - mean) * slope + offset), in double. */
typedef struct {
  double mean, scale, slope, offset;
} cin_gradient_f64;

/* Writes the gradient of the input for count values. y is x, g, or memory that overlaps neither. */
void cin_gradient_apply_f16(cin_gradient_f32 t, const uint16_t *x, const uint16_t *g, uint16_t *y, size_t count,
                            bool streaming);
void cin_gradient_apply_f32(cin_gradient_f32 t, const float *x, const float *g, float *y, size_t count,
                            bool streaming);
void cin_gradient_apply_f64(cin_gradient_f64 t, const double *x, const double *g, double *y, size_t count,
                            bool streaming);

/* Writes the gradient and meanwhile sums as many other values, which do not overlap y. */
cin_gradient_moments cin_gradient_apply_and_sum_f16(cin_gradient_f32 t, const uint16_t *x, const uint16_t *g,
                                                    uint16_t *y, const uint16_t *other_x, const uint16_t *other_g,
                                                    size_t count, bool streaming);
cin_gradient_moments cin_gradient_apply_and_sum_f32(cin_gradient_f32 t, const float *x, const float *g, float *y,
                                                    const float *other_x, const float *other_g, size_t count,
                                                    bool streaming);

/*
 * Writes the input's gradients for rows of at most one block, normalized by their own statistics.
 * With D = length - lost, r = sqrt(variance + eps_inside) and deviation = r + eps_outside, y is
 *
 *   scale' * (g - sum(g) / length - (x - mean) * sum(g * (x - mean)) / (D * deviation * r)) + (1 - strength) * g
 *
 * where scale' = strength * scale / deviation. parameters, where it is not NULL, receives for each row the gradients of
 * shift and scale: strength * sum(g) and strength / deviation * sum(g * (x - mean)).
 * Returns the number of rows written: all, or those before the first group of four in which a row needs more range than
 * float has, or in which the map does not depend on x.
 */
size_t cin_gradient_rows_f32(const float *x, const float *g, float *y, cin_gradient_sums *parameters, size_t first,
                             size_t rows, size_t length, cin_standardization s, double tolerance, bool streaming);

/* Activations of v, in order: v; max(v, 0); v, or v * slope where v < 0; v + sin^2(alpha v) / alpha. */
typedef enum { CIN_IDENTITY, CIN_RELU, CIN_LEAKY, CIN_SNAKE } cin_activation_kind;

typedef struct {
  cin_activation_kind kind;
  float slope;
  /* alpha / pi as the sum of two floats. */
  float turns, turns_low;
  /* Whether values may be computed in vectors of 512 bits, where cin_has_avx512(); the bits are the same. */
  bool wide;
  /* The terms of a polynomial p: sin^2(alpha v) / alpha = r^2 p(r^2) with r = alpha v / pi less the nearest integer. */
  float terms[6];
} cin_activation;

/*
 * Writes f(v) + residual for count values, where f is the activation and v the transform of x. Without a transform
 * (NULL) v is x; without a residual (NULL) nothing is added. y is x, the residual, or memory that overlaps neither.
 */
void cin_activate_f16(cin_activation a, const cin_transform_f32 *t, const uint16_t *x, const uint16_t *residual,
                      uint16_t *y, size_t count, bool streaming);
void cin_activate_f32(cin_activation a, const cin_transform_f32 *t, const float *x, const float *residual, float *y,
                      size_t count, bool streaming);

/* Writes the same, always of a transform, and meanwhile sums as many other values, which do not overlap y. */
cin_sums cin_activate_and_sum_f16(cin_activation a, cin_transform_f32 t, const uint16_t *x, const uint16_t *residual,
                                  uint16_t *y, const uint16_t *other, size_t count, double pivot, bool streaming);
cin_sums cin_activate_and_sum_f32(cin_activation a, cin_transform_f32 t, const float *x, const float *residual,
                                  float *y, const float *other, size_t count, double pivot, bool streaming);

/* Orders streamed writes before whatever this thread does next. */
void cin_finish_streaming(void);

#endif
