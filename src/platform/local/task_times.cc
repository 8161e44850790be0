#include "platform/local/task_times.h"

#include <algorithm>

namespace scinet {
namespace {

using Microseconds = std::chrono::microseconds;

Microseconds length_of(const FragmentTrace& trace) {
  return Microseconds(trace.queue_us + trace.load_us + trace.run_us);
}

bool are_of(const std::vector<HostId>& route, const std::vector<FragmentTrace>& traces) {
  if (traces.size() != route.size()) return false;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const auto& trace = traces[i];
    const bool is_measured = trace.queue_us >= 0 && trace.load_us >= 0 && trace.run_us >= 0;
    if (trace.fragment != i || !is_measured) return false;
  }
  return true;
}

}  // namespace

std::vector<TaskOutcome> task_outcomes(SimTime sent, SimTime answered,
                                       const std::vector<HostId>& route,
                                       const std::vector<FragmentTrace>& traces) {
  std::vector<TaskOutcome> tasks(route.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].host = route[i];
  if (!are_of(route, traces)) return tasks;

  SimTime on_the_way = answered - sent;
  for (const FragmentTrace& trace : traces) on_the_way -= length_of(trace);
  const auto hops = static_cast<SimTime::rep>(2 * traces.size());
  const SimTime hop = std::max(SimTime{0}, on_the_way / hops);  // durations are rounded to 1 us

  SimTime now = sent;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    TaskOutcome& task = tasks[i];
    task.queued = now + hop;
    task.start = task.queued + Microseconds(traces[i].queue_us + traces[i].load_us);
    task.finish = now = std::min(task.start + Microseconds(traces[i].run_us), answered);
    task.start = std::min(task.start, task.finish);
    task.cpu = Seconds(Microseconds(traces[i].cpu_us));
    task.load = Seconds(Microseconds(traces[i].load_us));
  }
  return tasks;
}

}  // namespace scinet
