#include "serving/worker_job.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "serving/cpu_time.h"

namespace scinet {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t microseconds(Seconds time) {
  return std::chrono::round<std::chrono::microseconds>(time).count();
}

// What fragment `i` takes: one that runs alone what came with the request, else outputs of this
// run.
std::vector<std::string_view> inputs_of(const WorkerJob& job, std::size_t i,
                                        const std::vector<std::string>& outputs) {
  if (job.order.count > 1) {
    return inputs_of(job.order.strategy->fragments[i], *job.inputs.front(), outputs);
  }
  std::vector<std::string_view> inputs;
  for (const SharedBytes& input : job.inputs) inputs.push_back(*input);
  return inputs;
}

Result<std::string> run_fragment(WorkerJob& job, std::size_t fragment,
                                 std::span<const std::string_view> inputs, const std::string& host,
                                 ApplicationSet& applications) {
  const std::string& application = job.order.application->name;
  const std::string& strategy = job.order.strategy->name;
  const std::vector<std::string>& models = job.order.strategy->fragments[fragment].model_files;
  FragmentTrace trace{host, application, strategy, fragment};
  // A later fragment of the same request did not wait for its slot.
  if (job.traces.empty()) {
    trace.fetch_us = microseconds(job.ready - job.arrived);
    trace.queue_us = microseconds(Clock::now() - job.ready);
  }
  const Seconds cpu_before = thread_cpu_time();
  const std::vector<std::string> resident = applications.resident_models();
  const bool cold = std::any_of(models.begin(), models.end(), [&](const std::string& model) {
    return !std::binary_search(resident.begin(), resident.end(), model);
  });
  const Clock::time_point begin = Clock::now();
  const Status loaded = cold ? applications.load(application, strategy, fragment) : ok_status();
  const Clock::time_point ready = Clock::now();
  Result<std::string> output = loaded ? applications.run(application, strategy, fragment, inputs)
                                      : Result<std::string>(loaded.error());
  if (cold) trace.load_us = microseconds(ready - begin);
  trace.run_us = microseconds(Clock::now() - ready);
  trace.cpu_us = microseconds(thread_cpu_time() - cpu_before);
  job.traces.push_back(std::move(trace));
  return output;
}

}  // namespace

void run_job(WorkerJob& job, const std::string& host, ApplicationSet& applications) {
  std::vector<std::string> made(job.order.first + job.order.count);
  for (std::size_t i = job.order.first; i < made.size(); ++i) {
    Result<std::string> output = run_fragment(job, i, inputs_of(job, i, made), host, applications);
    if (!output) {
      job.failure = output.error();
      return;
    }
    made[i] = std::move(output).value();
  }
  job.output = std::move(made.back());
}

}  // namespace scinet
