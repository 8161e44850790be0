#include "learn/imitation/shrinkage.h"

#include <limits>
#include <string>

#include "learn/imitation/network.h"
#include "learn/imitation/study.h"

namespace scinet {
namespace {

// What a head adds to the closed form is the product of its last matrix; the closed form itself is
// in the skipping one, as training changed it.
void go_share_of_the_way(Weights& weights, const Weights& trained, const Weights& untrained,
                         Head head, double share) {
  const std::string name(to_string(head));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].name == name + ".out") weights[i].values = share * trained[i].values;
    if (weights[i].name == name + ".skip") {
      weights[i].values = share * trained[i].values + (1.0 - share) * untrained[i].values;
    }
  }
}

}  // namespace

std::array<double, kHeads> shrink_heads(Weights& weights, const Weights& untrained,
                                        std::span<const Lesson> lessons,
                                        const NetworkShape& shape) {
  const Weights trained = weights;
  std::array<double, kHeads> best_share{};
  std::array<double, kHeads> least;
  least.fill(std::numeric_limits<double>::infinity());
  for (const double share : {1.0, 0.75, 0.5, 0.25, 0.0}) {
    for (std::size_t k = 0; k < kHeads; ++k) {
      go_share_of_the_way(weights, trained, untrained, static_cast<Head>(k), share);
    }
    const StudyReport report = examine(weights, lessons, shape);
    for (std::size_t k = 0; k < kHeads; ++k) {
      if (report.heads[k].regret >= least[k]) continue;
      least[k] = report.heads[k].regret;
      best_share[k] = share;
    }
  }
  for (std::size_t k = 0; k < kHeads; ++k) {
    go_share_of_the_way(weights, trained, untrained, static_cast<Head>(k), best_share[k]);
  }
  return best_share;
}

}  // namespace scinet
