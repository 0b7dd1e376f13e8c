/*
 * The search for nearest rows for x86-64 processors with AVX2, chosen at run time.
 *
 * The function does what NearestRowsPiece does in Swift, in the same order and with the same roundings, so that results
 * have the same bits. It may be called only where cak_has_avx2() is true.
 */
#ifndef CAUDIOKERNELS_NEARESTROWS_H
#define CAUDIOKERNELS_NEARESTROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Consecutive rows of width values, and half of each row's squared length. The search covers rows begin ..< end. */
typedef struct {
  const float *values, *halves;
  size_t width, begin, end;
} cnr_rows;

/*
 * An even number of blocks of eight interleaved rows: each block has eight floats for each channel, and eight halves of
 * squared lengths. Pointers need no alignment beyond a float's.
 */
typedef struct {
  const void *values, *halves;
  size_t count;
} cnr_blocks;

/* The nearest so far in eight lanes of each place: halves of squared distances as floats, and 32-bit indices. */
typedef struct {
  void *distances, *indices;
} cnr_nearest;

/*
 * Compares rows with all blocks. forward has a place for each row from begin on, and receives the nearest block in each
 * lane. backward has a place for each block, and is updated where a row is nearer.
 */
void cnr_search(const cnr_rows *rows, const cnr_blocks *blocks, const cnr_nearest *forward, const cnr_nearest *backward);

#endif
