/*
 * The search for nearest rows for x86-64 processors with AVX2, chosen at run time.
 *
 * The function does what NearestRowsPiece does in Swift, in the same order and with the same roundings, so that results are
 * the same bits. It may be called only where cak_has_avx2() is true.
 */
#ifndef CAUDIOKERNELS_NEARESTROWS_H
#define CAUDIOKERNELS_NEARESTROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows one after the other, with half their squared lengths. The search takes begin ..< end. */
typedef struct {
  const float *values, *halves;
  size_t width, begin, end;
} cnr_rows;

/*
 * An even number of blocks of eight rows beside each other: for each block eight floats a channel, and eight halves. Pointers
 * need no alignment beyond a float's.
 */
typedef struct {
  const void *values, *halves;
  size_t count;
} cnr_blocks;

/* The nearest so far in eight lanes of each place: eight floats of half the distance, and eight 32-bit numbers of where. */
typedef struct {
  void *distances, *indices;
} cnr_nearest;

/*
 * Compares rows with all blocks. `forward` holds a place for each row, from `begin` on, which is written with the nearest
 * blocks; `backward` a place for each block, which nearer rows replace.
 */
void cnr_search(const cnr_rows *rows, const cnr_blocks *blocks, const cnr_nearest *forward, const cnr_nearest *backward);

#endif
