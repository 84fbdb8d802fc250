/* The order of things. Included by a file for each width of vectors, which defines RUN, the function's name, and what
   lanes.h wants.

   Nothing waits for a whole image that need not: a step makes a row as soon as the rows that it looks at are there,
   so most rows are read while the nearest cache still holds them. Only a gate needs all rows of its images. */

#include "ends.h"
#include "resample.h"

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
    case ENLARGE:
        enlarge_row(network, step, row);
        break;
    case SPREAD:
        spread_row(network, step, row);
        break;
    case GREATEST:
        greatest_row(network, step, row);
        break;
    case DENSE:
        dense_row(network, step);
        break;
    case OUTLINE:
        outline_row(network, step, row);
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
    return network->images[step->target < 0 ? step->source : step->target].height;
}

static void make_rows(Progress *progress, int index, int wanted);

/* Have the rows of an image down to and with `last`, or all that there are. */
static void have_rows(Progress *progress, int image, int last) {
    int height = progress->network->images[image].height;
    make_rows(progress, progress->maker[image], last < height ? last + 1 : height);
}

/* The last row of its source that a step looks at for one of its own. */
static int looks_at(const Network *network, const Step *step, int row) {
    switch (step->kind) {
    case DEPTHWISE:
    case OUTLINE:
        return row * step->stride - step->before + step->kernel - 1;
    case ENLARGE:
        return (row + 1) / 2;
    case SPREAD:
        return row / 2;
    case GREATEST:
        return 2 * row + 1;
    case DENSE:
        return network->images[step->source].height - 1;
    default:
        return row;
    }
}

/* Make rows of a step until there are `wanted`, and before each those that it looks at. */
static void make_rows(Progress *progress, int index, int wanted) {
    const Step *step = &progress->network->steps[index];
    for (int row = progress->made[index]; row < wanted; row++) {
        if (step->source >= 0)
            have_rows(progress, step->source, looks_at(progress->network, step, row));
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
        if (step->target < 0)
            continue;
        const Image *image = &network->images[step->target];
        progress.maker[step->target] = i;
        if (image->sum >= 0)
            memset(network->memory + image->sum, 0, sizeof(float) * (size_t)image->channels);
    }
    for (int first = 0, end; first < network->count; first = end + 1) {
        for (end = first; end < network->count && network->steps[end].kind != GATE && !network->steps[end].final; end++)
            continue;
        int gate = end < network->count && network->steps[end].kind == GATE;
        for (int i = end < network->count && !gate ? end + 1 : end; i-- > first;)
            make_rows(&progress, i, height_of(network, &network->steps[i]));
        if (gate)
            open_gate(network, &network->steps[end]);
    }
}
