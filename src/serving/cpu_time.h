// CPU time used so far: what work costs, whoever else runs meanwhile. Only differences mean
// something.
#pragma once

#include <chrono>
#include <ctime>

namespace scinet {

inline std::chrono::nanoseconds cpu_time_of(clockid_t clock) {
  timespec used{};
  clock_gettime(clock, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// Of the calling thread.
inline std::chrono::nanoseconds thread_cpu_time() { return cpu_time_of(CLOCK_THREAD_CPUTIME_ID); }

// Of this process, all threads.
inline std::chrono::nanoseconds process_cpu_time() { return cpu_time_of(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace scinet
