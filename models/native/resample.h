/* Rows of images that are made larger or smaller; network.h says how. */

#include "layers.h"

/* ---- larger, smaller ---- */

static void enlarge_row(const Network *network, const Step *step, int row) {
    const Image *image = &network->images[step->target];
    const float *near, *far, *slopes = network->weights + step->weights;
    const float *other = step->other < 0 ? NULL : row_of(network, step->other, row);
    float *onto = row_of(network, step->target, row);
    ptrdiff_t apart = image->channels;
    rows_between(network, step->source, row, &near, &far);
    for (int channel = 0; channel < apart; channel += LANES)
        for (int x = 0; x < image->width; x += SIDE) {
            Lanes sums[SIDE] = {{0}};
            add_enlarged(sums, SIDE, 1, near + channel, far + channel, apart, x, image->width);
            for (int i = 0; i < SIDE; i++) {
                ptrdiff_t at = (x + i) * apart + channel;
                Lanes value = activated(sums[i], step->activation, slopes + channel);
                if (other)
                    value += load(other + at);
                store(onto + at, value);
            }
        }
}

static void spread_row(const Network *network, const Step *step, int row) {
    const Image *from = &network->images[step->source], *image = &network->images[step->target];
    const float *pixel = row_of(network, step->source, row / 2) + row % 2 * 2 * step->inputs;
    float *onto = row_of(network, step->target, row);
    size_t some = (size_t)step->inputs, rest = (size_t)image->channels - some;
    for (int x = 0; x < image->width; x++, onto += image->channels) {
        memcpy(onto, pixel + x % 2 * step->inputs, some * sizeof(float));
        memset(onto + some, 0, rest * sizeof(float));
        if (x % 2)
            pixel += from->channels;
    }
}

static void greatest_row(const Network *network, const Step *step, int row) {
    const Image *image = &network->images[step->target];
    const float *above = row_of(network, step->source, 2 * row), *below = row_of(network, step->source, 2 * row + 1);
    float *onto = row_of(network, step->target, row);
    ptrdiff_t apart = image->channels;
    for (int x = 0; x < image->width; x++, above += 2 * apart, below += 2 * apart, onto += apart)
        for (int c = 0; c < apart; c += LANES)
            store(onto + c, larger(larger(load(above + c), load(above + apart + c)),
                                   larger(load(below + c), load(below + apart + c))));
}
