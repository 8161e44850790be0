// Numbers in answers: four decimals say all that a probability or a time in seconds can.
#pragma once

#include <cmath>

namespace scinet {

inline double rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace scinet
