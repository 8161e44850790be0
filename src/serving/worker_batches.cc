#include "serving/worker_batches.h"

#include <algorithm>
#include <utility>

namespace scinet {

std::optional<Batch> WorkerBatches::join(std::shared_ptr<WorkerJob> job, Time now) {
  const WorkOrder& order = job->order;
  if (order.batch.limit == 1) return Batch{std::move(job)};
  Key key{order.application->name, order.strategy->name, order.first, order.batch};
  const auto [open, is_new] = open_.try_emplace(std::move(key));
  Batch& jobs = open->second.jobs;
  if (is_new) {
    open->second.due = now + order.batch.delay;
    open->second.number = opened_++;
  }
  const std::size_t limit = order.batch.limit;
  jobs.push_back(std::move(job));
  if (jobs.size() < limit) return std::nullopt;
  Batch complete = std::move(jobs);
  open_.erase(open);
  return complete;
}

std::vector<Batch> WorkerBatches::due(Time now) {
  std::vector<Open> closed;
  for (auto open = open_.begin(); open != open_.end();) {
    const auto next = std::next(open);
    if (open->second.due <= now) {
      closed.push_back(std::move(open->second));
      open_.erase(open);
    }
    open = next;
  }
  std::ranges::sort(closed, {}, &Open::number);
  std::vector<Batch> batches;
  for (Open& batch : closed) batches.push_back(std::move(batch.jobs));
  return batches;
}

std::optional<WorkerBatches::Time> WorkerBatches::next_due() const {
  std::optional<Time> next;
  for (const auto& [key, open] : open_) next = std::min(next.value_or(open.due), open.due);
  return next;
}

std::size_t WorkerBatches::waiting() const {
  std::size_t requests = 0;
  for (const auto& [key, open] : open_) requests += open.jobs.size();
  return requests;
}

}  // namespace scinet
