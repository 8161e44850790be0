// How numbers without an upper end, and shares of what may be 0, become features of a network.
#pragma once

#include <algorithm>
#include <cmath>

namespace scinet {

inline double ratio(double part, double whole) { return whole > 0.0 ? part / whole : 0.0; }
inline double squashed(double x) { return std::log1p(std::max(x, 0.0)); }

}  // namespace scinet
