// The processor time of this thread, on which the engine runs: other load does not count.
#pragma once

#include <time.h>

#include "base/time.h"

namespace scinet {

inline Seconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
}

}  // namespace scinet
