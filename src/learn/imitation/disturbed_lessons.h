// Lessons of which the network sees nothing, or the wrong things. One that does as well on them
// does not decide by what it sees.
#pragma once

#include <vector>

#include "base/random.h"
#include "learn/imitation/lesson.h"

namespace scinet {

// Every number that the network sees is 0.
std::vector<Lesson> without_features(std::vector<Lesson> lessons);

// Hosts, requests and answers show the rows of other hosts, requests and answers of their lesson.
std::vector<Lesson> with_shuffled_features(std::vector<Lesson> lessons, RandomStream random);

}  // namespace scinet
