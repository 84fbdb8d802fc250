/* The kernel in one form. Included by a file for each, which defines FORM, the table's name. */

#include "blend.h"
#include "blurred.h"
#include "carry.h"
#include "enlarge.h"
#include "evidence.h"
#include "guided.h"
#include "histogram.h"
#include "mask.h"
#include "motion.h"
#include "places.h"
#include "reduce.h"
#include "triple.h"

const Kernel FORM = {
    .blend = blend,
    .halve = halve,
    .third = third,
    .blurred = blurred,
    .enlarge = enlarge,
    .triple = triple,
    .cover = cover,
    .guided = guided,
    .weigh = weigh,
    .totals = totals,
    .astray = astray,
    .changed = changed,
    .learn = learn,
    .count = count,
    .smooth = smooth,
    .strays = strays,
    .jumped = jumped,
    .familiar = familiar,
    .remember = remember,
    .miss = miss,
    .carry = carry,
    .doubt = doubt,
    .judge = judge,
    .bounds = bounds,
    .empty = empty,
};
