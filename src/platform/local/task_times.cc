#include "platform/local/task_times.h"

#include <algorithm>

namespace scinet {

TaskOutcome task_outcome(SimTime sent, SimTime answered, HostId host, const FragmentTrace& trace) {
  using Microseconds = std::chrono::microseconds;
  TaskOutcome task{.host = host};
  for (const std::int64_t length : {trace.fetch_us, trace.queue_us, trace.load_us, trace.run_us}) {
    if (length < 0) return task;
  }
  const Microseconds fetch(trace.fetch_us);
  const Microseconds wait(trace.queue_us + trace.load_us);
  const Microseconds run(trace.run_us);
  // Durations are rounded to a microsecond, so they may be longer than the round trip.
  const SimTime way = std::max(SimTime{0}, answered - sent - (fetch + wait + run));
  task.queued = std::min(sent + way / 2 + fetch, answered);
  task.start = std::min(task.queued + wait, answered);
  task.finish = std::min(task.start + run, answered);
  task.cpu = Seconds(Microseconds(trace.cpu_us));
  task.load = Seconds(Microseconds(trace.load_us));
  return task;
}

}  // namespace scinet
