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

// Loads what the fragment needs and calls `run` with whether that went well; what both took.
template <class Run>
FragmentTrace timed(const std::string& host, const WorkOrder& order, std::size_t fragment,
                    ApplicationSet& applications, Run run) {
  const std::string& application = order.application->name;
  const std::string& strategy = order.strategy->name;
  const std::vector<std::string>& models = order.strategy->fragments[fragment].model_files;
  FragmentTrace trace{host, application, strategy, fragment};
  const Seconds cpu_before = thread_cpu_time();
  const std::vector<std::string> resident = applications.resident_models();
  const bool cold = std::any_of(models.begin(), models.end(), [&](const std::string& model) {
    return !std::binary_search(resident.begin(), resident.end(), model);
  });
  const Clock::time_point begin = Clock::now();
  const Status loaded = cold ? applications.load(application, strategy, fragment) : ok_status();
  const Clock::time_point ready = Clock::now();
  run(loaded);
  if (cold) trace.load_us = microseconds(ready - begin);
  trace.run_us = microseconds(Clock::now() - ready);
  trace.cpu_us = microseconds(thread_cpu_time() - cpu_before);
  return trace;
}

// A later fragment of the same request did not wait for its slot.
void add_trace(WorkerJob& job, FragmentTrace trace, Clock::time_point begin) {
  if (job.traces.empty()) {
    trace.fetch_us = microseconds(job.ready - job.arrived);
    trace.queue_us = microseconds(begin - job.ready);
  }
  job.traces.push_back(std::move(trace));
}

void run_alone(WorkerJob& job, const std::string& host, ApplicationSet& applications) {
  const WorkOrder& order = job.order;
  std::vector<std::string> made(order.first + order.count);
  for (std::size_t i = order.first; i < made.size() && !job.failure; ++i) {
    const Clock::time_point begin = Clock::now();
    const auto run = [&](const Status& loaded) {
      Result<std::string> output =
          loaded ? applications.run(order.application->name, order.strategy->name, i,
                                    inputs_of(job, i, made))
                 : Result<std::string>(loaded.error());
      if (output) {
        made[i] = std::move(output).value();
      } else {
        job.failure = output.error();
      }
    };
    add_trace(job, timed(host, order, i, applications, run), begin);
  }
  job.output = std::move(made.back());
}

void run_together(const Batch& batch, const std::string& host, ApplicationSet& applications) {
  const WorkOrder& order = batch.front()->order;
  const Clock::time_point begin = Clock::now();
  std::vector<std::vector<std::string_view>> inputs;
  for (const auto& job : batch) inputs.push_back(inputs_of(*job, order.first, {}));
  const std::vector<RequestInputs> requests(inputs.begin(), inputs.end());
  const auto run = [&](const Status& loaded) {
    std::vector<Result<std::string>> outputs =
        loaded ? applications.run_together(order.application->name, order.strategy->name,
                                           order.first, requests)
               : std::vector<Result<std::string>>(batch.size(), loaded.error());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (outputs[i]) {
        batch[i]->output = std::move(outputs[i]).value();
      } else {
        batch[i]->failure = outputs[i].error();
      }
    }
  };
  FragmentTrace trace = timed(host, order, order.first, applications, run);
  trace.batch = static_cast<std::int64_t>(batch.size());
  trace.cpu_us /= trace.batch;
  for (const auto& job : batch) add_trace(*job, trace, begin);
}

}  // namespace

void run_batch(const Batch& batch, const std::string& host, ApplicationSet& applications) {
  if (batch.size() == 1) {
    run_alone(*batch.front(), host, applications);
  } else {
    run_together(batch, host, applications);
  }
}

}  // namespace scinet
