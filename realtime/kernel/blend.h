/* The person over what is there. */

#include "kernel.h"

static void blend(Plane person, Plane alpha, Plane onto) {
    for (int row = 0; row < onto.height; row++)
        blend_row(bytes_of(person, row), bytes_of(alpha, row), bytes_of(onto, row), bytes_of(onto, row), onto.width);
}
