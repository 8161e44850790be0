#include "twin/work.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

double draw_lognormal(double mean, double variation, RandomStream random) {
  const double variance = std::log1p(variation * variation);
  return mean * std::exp(std::sqrt(variance) * random.normal() - variance / 2.0);
}

double draw_hyperexponential(double mean, double variation, RandomStream random) {
  const double square = std::max(variation * variation, 1.0);
  const double p = 0.5 * (1.0 + std::sqrt((square - 1.0) / (square + 1.0)));
  const bool first = random.uniform() < p;
  return random.exponential(mean / (2.0 * (first ? p : 1.0 - p)));
}

}  // namespace

Mi draw_varying_work(const WorkDistribution& distribution, const RandomStreams& streams,
                     WorkloadId workload, FragmentId fragment) {
  const auto random = [&] {
    const RandomStreams of_fragments(streams.stream("work", workload.value).next());
    return of_fragments.stream({}, fragment.value);
  };
  const double mean = distribution.mean.value();
  switch (distribution.shape) {
    case WorkShape::kConstant:
      break;
    case WorkShape::kExponential:
      return Mi(random().exponential(mean));
    case WorkShape::kLognormal:
      return Mi(draw_lognormal(mean, distribution.variation, random()));
    case WorkShape::kHyperexponential:
      return Mi(draw_hyperexponential(mean, distribution.variation, random()));
  }
  return distribution.mean;
}

}  // namespace scinet
