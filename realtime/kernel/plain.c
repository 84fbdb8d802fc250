/* For any processor: in vectors of 16 bytes, which NEON and SSE2 have. */

#define FORM kernel_plain
#include "loops.h"
