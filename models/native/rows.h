/* The order of things. Included by a file for each width of vectors, which defines RUN, the function's name, and what
   lanes.h wants.

   Nothing waits for a whole image that need not: a step makes a row as soon as the rows that it looks at are there,
   so most rows are read while the nearest cache still holds them. Only a gate needs all rows of its images. */

#include "layers.h"

typedef struct {
    const Network *network;
    int made[MOST_STEPS]; /* rows of each step's target */
    int maker[MOST_STEPS]; /* the step that makes an image */
} Progress;

static void make_row(const Network *network, const Step *step, int row) {
    switch (step->kind) {
    case PICTURE:
        picture_row(network, step, row);
        break;
    case POINTWISE:
        pointwise_row(network, step, row);
        break;
    case DEPTHWISE:
        depthwise_row(network, step, row);
        break;
    default:
        head_row(network, step, row);
    }
}

/* The columns beside a row are 0, whatever lay there before. */
static void clear_margins(const Network *network, int image, int row) {
    const Image *in = &network->images[image];
    float *pixels = row_of(network, image, row);
    size_t margin = (size_t)MARGIN * (size_t)in->channels;
    memset(pixels - margin, 0, margin * sizeof(float));
    memset(pixels + (ptrdiff_t)in->width * in->channels, 0, margin * sizeof(float));
}

static int height_of(const Network *network, const Step *step) {
    return network->images[step->kind == HEAD ? step->source : step->target].height;
}

static void make_rows(Progress *progress, int index, int wanted);

/* Have the rows of an image down to and with `last`, or all that there are. */
static void have_rows(Progress *progress, int image, int last) {
    int height = progress->network->images[image].height;
    make_rows(progress, progress->maker[image], last < height ? last + 1 : height);
}

/* Make rows of a step until there are `wanted`, and before each those that it looks at. */
static void make_rows(Progress *progress, int index, int wanted) {
    const Step *step = &progress->network->steps[index];
    for (int row = progress->made[index]; row < wanted; row++) {
        int windowed = step->kind == DEPTHWISE;
        if (step->source >= 0)
            have_rows(progress, step->source, windowed ? row * step->stride - step->before + step->kernel - 1 : row);
        if (step->other >= 0 && step->other != step->source)
            have_rows(progress, step->other, step->enlarged ? (row + 1) / 2 : row);
        make_row(progress->network, step, row);
        if (step->target >= 0)
            clear_margins(progress->network, step->target, row);
        progress->made[index] = row + 1;
    }
}

void RUN(const Network *network) {
    Progress progress = {.network = network};
    for (int i = 0; i < network->count; i++) {
        const Step *step = &network->steps[i];
        if (step->kind == GATE || step->kind == HEAD)
            continue;
        const Image *image = &network->images[step->target];
        progress.maker[step->target] = i;
        if (image->sum >= 0)
            memset(network->memory + image->sum, 0, sizeof(float) * (size_t)image->channels);
    }
    for (int first = 0, end; first < network->count; first = end + 1) {
        for (end = first; end < network->count && network->steps[end].kind != GATE; end++)
            continue;
        for (int i = end; i-- > first;)
            make_rows(&progress, i, height_of(network, &network->steps[i]));
        if (end < network->count)
            open_gate(network, &network->steps[end]);
    }
}
