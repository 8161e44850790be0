// How far the trained heads go beyond the closed forms that training starts from.
//
// What an answer is worth is known with errors, and a head learns some of them. Between its
// beginning and what it became lies what does best on questions that it did not learn from
// (shrinkage, James and Stein, 1961).
#pragma once

#include <array>
#include <span>

#include "learn/imitation/lesson.h"
#include "learn/weights.h"

namespace scinet {

// Takes each head back to the share in 0, 1/4, ..., 1 of its way from `untrained` on which it loses
// the least QoS on these lessons; ties go to the larger share. Returns the shares.
std::array<double, kHeads> shrink_heads(Weights& weights, const Weights& untrained,
                                        std::span<const Lesson> lessons, const NetworkShape& shape);

}  // namespace scinet
