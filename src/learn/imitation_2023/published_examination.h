// How often the published network decides unlike the oracle, on lessons that it never saw.
#pragma once

#include <span>
#include <vector>

#include "learn/checkpoint.h"
#include "learn/imitation_2023/published_lesson.h"

namespace scinet {

// Each head is told what the oracle decided before, so that it can be held against the oracle. What
// it learned from says what is most frequent.
std::vector<HeldOutError> examine_published(const Weights& weights,
                                            std::span<const PublishedLesson> learned_from,
                                            std::span<const PublishedLesson> held_out);

}  // namespace scinet
