/* A small network as a list of steps over images in memory, which module.c checks and layers.h computes. */

#ifndef SOFTFOCUS_NETWORK_H
#define SOFTFOCUS_NETWORK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Compilers with vectors of their own can make it; for others this module is not there. */
#if !defined(__GNUC__)
#error "needs the vector extensions of GCC or Clang"
#endif

enum {
    BLOCK = 16,  /* channels are kept in multiples of this, the rest of them 0 */
    MARGIN = 2,  /* columns of 0 on both sides of an image, for what looks beyond its edge */
    STRIPE = 16, /* the width of an image whose pixels are summed up is a multiple of this */
    SIDE = 4,    /* pixels of a row are made by so many at least; those too many end in the margin, which is cleared */
    SPARE = 4,   /* columns behind an image that may be read for those too many */
    MOST_KERNEL = 5,
    MOST_STEPS = 256,
};

/* Floats, channels of a pixel side by side. With fewer `rows` than `height`, a row takes the place of the one
   `rows` before it. `sum` is where the sum of its pixels goes, or -1. */
typedef struct {
    int32_t at, rows, width, height, channels, sum;
} Image;

enum { PICTURE, POINTWISE, DEPTHWISE, ENLARGE, SPREAD, GREATEST, DENSE, GATE, HEAD, OUTLINE };
enum { NOTHING, RELU, HARD_SWISH, RELU6, PRELU };

/* What is made of `source`, an image, into `target`, another.
   PICTURE    a convolution with stride 2 of the picture's bytes, whose rows as floats go to `scratch`; behind its
              weights stands what lies beside the picture
   POINTWISE  a 1x1 convolution; then `other` is added, enlarged by 2 if `enlarged`; then `activation`.
              Its `inputs` are scaled by the numbers at `gate` unless that is -1, in the weights at `scratch`. Its
              weights have 16 bits where it is `half`
   DEPTHWISE  a convolution of each channel alone; after `activation`, the source is added if it is `other`, too
   ENLARGE    the source, enlarged by 2, bilinear; after `activation`, `other` is added
   SPREAD     of each pixel a square of four, of `inputs` channels each
   GREATEST   the greatest of each square of four
   DENSE      a convolution with a window as large as the source: one pixel
   GATE       the source's mean, and `other`'s, through a layer of `hidden` ReLUs, if any, and one of sigmoids,
              to `outputs` numbers at `gate`
   HEAD       a 2x2 transposed convolution with stride 2, one channel, sigmoid, into the mask
   OUTLINE    a convolution, one channel, into the mask
   Behind the weights of a step with PRELU stand its slopes. Before what follows a step that is `final`, it and all
   before it are made to their last rows: where images are small and weights large, each is read once. */
typedef struct {
    int32_t kind, activation, source, target, other, enlarged;
    int32_t kernel, stride, before, inputs, outputs, hidden, weights, gate, scratch, half, final;
} Step;

typedef struct {
    const Step *steps;
    int count;
    const Image *images;
    const float *weights;
    float *memory;
    const uint8_t *picture; /* its rows and pixels without gaps, as those of the mask */
    int width, height;
    float *mask;
} Network;

void run_plain(const Network *network);
#if defined(__x86_64__)
void run_avx2(const Network *network);
void run_avx512(const Network *network);
#endif

#endif
