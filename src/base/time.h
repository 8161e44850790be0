// Time inside a run: whole nanoseconds since its start, so that equal times compare equal.
// Formulas use Seconds; converting back is explicit and rounds.
#pragma once

#include <chrono>

namespace scinet {

using SimTime = std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

inline SimTime to_sim_time(Seconds seconds) { return std::chrono::round<SimTime>(seconds); }
inline Seconds to_seconds(SimTime time) { return std::chrono::duration_cast<Seconds>(time); }

}  // namespace scinet
