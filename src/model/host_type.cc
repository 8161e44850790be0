#include "model/host_type.h"

#include <algorithm>
#include <cstddef>

namespace scinet {

Watts PowerCurve::at(double utilisation) const {
  const double position =
      std::clamp(utilisation, 0.0, 1.0) * static_cast<double>(points.size() - 1);
  const auto left = std::min(static_cast<std::size_t>(position), points.size() - 2);
  const double share = position - static_cast<double>(left);
  return points[left] + (points[left + 1] - points[left]) * share;
}

}  // namespace scinet
