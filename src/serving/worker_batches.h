// Requests of one fragment that wait for each other to run together. Only bookkeeping: time is
// handed in, and what is closed is handed out. Not thread-safe: the loop's thread uses it.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "serving/worker_job.h"

namespace scinet {

class WorkerBatches {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Joins the open batch of its fragment and terms, or opens one. The batch, where it is complete
  // now: at once for a request that runs by itself.
  std::optional<Batch> join(std::shared_ptr<WorkerJob> job, Time now);

  // Those whose time is up, in the order in which they opened.
  std::vector<Batch> due(Time now);
  std::optional<Time> next_due() const;
  std::vector<Batch> close_all() { return due(Time::max()); }

  std::size_t waiting() const;  // requests

 private:
  // Those that name other terms do not mix, so that each gets what it asked for.
  using Key = std::tuple<std::string, std::string, std::size_t, BatchTerms>;
  struct Open {
    Time due;
    std::size_t number;  // of its opening
    Batch jobs;
  };
  std::map<Key, Open> open_;
  std::size_t opened_ = 0;
};

}  // namespace scinet
