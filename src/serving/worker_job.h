// Requests that a worker has taken, and running their fragments.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/application_set.h"
#include "serving/http_server.h"
#include "serving/worker_outputs.h"
#include "serving/worker_routes.h"
#include "serving/worker_trace.h"

namespace scinet {

// Its slot's thread owns it while it runs, the loop's thread before and after.
struct WorkerJob {
  WorkOrder order;
  HttpRespond respond;
  std::chrono::steady_clock::time_point arrived;
  std::vector<SharedBytes> inputs = {};
  std::size_t fetched_bytes = 0;                     // of the inputs, brought here for it alone
  std::chrono::steady_clock::time_point ready = {};  // all inputs are here
  std::string output = {};                           // of the last fragment that ran
  std::vector<FragmentTrace> traces = {};
  std::optional<Error> failure = {};
};

// Requests that run together, in the order in which they came; more than one only of the same
// single fragment.
using Batch = std::vector<std::shared_ptr<WorkerJob>>;

// On a slot's thread: runs the fragments of the orders up to the first that fails, and traces each
// request by itself.
void run_batch(const Batch& batch, const std::string& host, ApplicationSet& applications);

}  // namespace scinet
