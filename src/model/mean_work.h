// How much work an application is, before it is known by which strategy.
#pragma once

#include <algorithm>

#include "model/application.h"

namespace scinet {

// The mean over its strategies of the mean work of all their fragments; 0 where it has none.
inline Mi mean_work(const Application& application) {
  Mi sum;
  for (const Strategy& strategy : application.strategies) {
    for (const Fragment& fragment : strategy.fragments) sum += fragment.work.mean;
  }
  const auto strategies = std::max<std::size_t>(application.strategies.size(), 1);
  return sum * (1.0 / static_cast<double>(strategies));
}

}  // namespace scinet
