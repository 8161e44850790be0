#include "platform/local/request_book.h"

#include <algorithm>

namespace scinet {
namespace {

const SimTime kRateWindow = to_sim_time(kRatesCover);

}  // namespace

bool BookedRequest::has_unplaced() const {
  return !strategy || std::ranges::any_of(tasks, [](const auto& task) { return !task.host; });
}

int BookedRequest::attempts() const {
  int most = 0;
  for (const BookedTask& task : tasks) most = std::max(most, task.attempts);
  return most;
}

RequestBook::RequestBook(const Catalogue& catalogue, std::vector<HostCapacity> hosts)
    : catalogue_(&catalogue),
      hosts_(std::move(hosts)),
      in_flight_(hosts_.size(), 0),
      terms_(catalogue.applications.size()) {}

WorkloadId RequestBook::arrive(ApplicationId application, Seconds slo, Bytes input, SimTime now) {
  const WorkloadId id{requests_.size()};
  BookedRequest request;
  request.workload = {id, application, now, slo, input};
  terms_.add(application, {slo, input});
  requests_.push_back(std::move(request));
  open_.push_back(id);
  recent_.push_back({now, application});
  while (recent_.front().time + kRateWindow < now) recent_.pop_front();
  return id;
}

int RequestBook::apply(const Plan& plan, const std::vector<bool>& accepts, SimTime now) {
  int refused = 0;
  const auto open_request = [this](WorkloadId id) -> BookedRequest* {
    const bool is_open = std::ranges::binary_search(open_, id);
    return is_open ? &requests_[id.value] : nullptr;
  };
  for (const auto& [id, strategy] : plan.deployments) {
    BookedRequest* request = open_request(id);
    if (!request || request->strategy) {
      ++refused;
      continue;
    }
    request->strategy = strategy;
    request->deployed_at = now;
    request->tasks.resize(strategy_of(*request).fragments.size());
    for (BookedTask& task : request->tasks) task.placed_at = now;
  }
  for (const auto& [id, fragment, host] : plan.placements) {
    BookedRequest* request = open_request(id);
    const bool fits = request && fragment.value < request->tasks.size() &&
                      !request->tasks[fragment.value].host && accepts[host.value];
    if (!fits) {
      ++refused;
      continue;
    }
    BookedTask& task = request->tasks[fragment.value];
    task.host = host;
    task.placed_at = now;
    task.outcome = {.host = host};
  }
  return refused;
}

std::vector<TaskRun> RequestBook::dispatch(const std::vector<bool>& reachable, SimTime now) {
  std::vector<TaskRun> sent;
  for (const WorkloadId id : open_) {
    BookedRequest& request = requests_[id.value];
    for (std::size_t i = 0; i < request.tasks.size(); ++i) {
      if (!can_be_sent(request, i)) continue;
      BookedTask& task = request.tasks[i];
      const std::size_t host = task.host->value;
      if (!reachable[host] || in_flight_[host] >= hosts_[host].in_flight) continue;
      ++in_flight_[host];
      task.phase = TaskPhase::kSent;
      task.sent_at = now;
      ++task.attempts;
      sent.push_back({id, FragmentId{static_cast<std::uint32_t>(i)}, task.attempts});
    }
  }
  return sent;
}

bool RequestBook::can_be_sent(const BookedRequest& request, std::size_t i) const {
  const BookedTask& task = request.tasks[i];
  return task.phase == TaskPhase::kWaiting && task.host && has_inputs(request, i);
}

bool RequestBook::has_inputs(const BookedRequest& request, std::size_t i) const {
  return std::ranges::all_of(strategy_of(request).fragments[i].inputs, [&](FragmentId before) {
    const BookedTask& task = request.tasks[before.value];
    return task.phase == TaskPhase::kDone && !task.output_lost;
  });
}

bool RequestBook::needs(const BookedRequest& request, std::size_t later,
                        std::size_t earlier) const {
  const auto& inputs = strategy_of(request).fragments[later].inputs;
  return std::ranges::any_of(inputs, [&](FragmentId input) { return input.value == earlier; });
}

bool RequestBook::is_under_way(const TaskRun& run) const {
  const BookedRequest& request = requests_[run.workload.value];
  if (!request.is_open) return false;
  const BookedTask& task = request.tasks[run.fragment.value];
  return task.phase == TaskPhase::kSent && task.attempts == run.attempt;
}

void RequestBook::finish_task(const TaskRun& run, SimTime now, const TaskOutcome& measured) {
  BookedTask& task = task_of(run);
  end_attempt(task);
  task.phase = TaskPhase::kDone;
  task.done_at = now;
  task.output_lost = false;
  task.outcome = measured;
}

void RequestBook::fail_task(const TaskRun& run, SimTime now) {
  BookedTask& task = task_of(run);
  end_attempt(task);
  unplace(task, now);
  take_back_lost(requests_[run.workload.value], now);
}

void RequestBook::lose_input(const TaskRun& run, const TaskRun& input, SimTime now) {
  end_attempt(task_of(run));
  BookedTask& earlier = task_of(input);
  const bool is_latest = earlier.phase == TaskPhase::kDone && earlier.attempts == input.attempt;
  if (is_latest) earlier.output_lost = true;
  take_back_lost(requests_[run.workload.value], now);
}

void RequestBook::lose_host(HostId host, SimTime now, SimTime last_heard) {
  for (const WorkloadId id : open_) {
    BookedRequest& request = requests_[id.value];
    for (std::size_t i = 0; i < request.tasks.size(); ++i) {
      BookedTask& task = request.tasks[i];
      if (task.host != host) continue;
      if (task.phase != TaskPhase::kDone) {
        end_attempt(task);
        unplace(task, now);
        continue;
      }
      task.output_lost = true;
      for (std::size_t k = i + 1; k < request.tasks.size(); ++k) {
        const bool is_late = request.tasks[k].sent_at >= last_heard;
        if (is_late && needs(request, k, i)) end_attempt(request.tasks[k]);
      }
    }
    take_back_lost(request, now);
  }
}

void RequestBook::lose_outputs(HostId host, SimTime now) {
  for (const WorkloadId id : open_) {
    BookedRequest& request = requests_[id.value];
    for (BookedTask& task : request.tasks) {
      if (task.host == host && task.phase == TaskPhase::kDone) task.output_lost = true;
    }
    take_back_lost(request, now);
  }
}

// Later fragments first: one that must run again needs its inputs again. A fragment that is under
// way may have got them.
void RequestBook::take_back_lost(BookedRequest& request, SimTime now) {
  for (std::size_t i = request.tasks.size(); i-- > 0;) {
    BookedTask& task = request.tasks[i];
    if (task.phase != TaskPhase::kDone || !task.output_lost) continue;
    for (std::size_t k = i + 1; k < request.tasks.size(); ++k) {
      if (request.tasks[k].phase != TaskPhase::kWaiting || !needs(request, k, i)) continue;
      unplace(task, now);
      break;
    }
  }
}

void RequestBook::end_attempt(BookedTask& task) {
  if (task.phase != TaskPhase::kSent) return;
  --in_flight_[task.host->value];
  task.phase = TaskPhase::kWaiting;
}

void RequestBook::unplace(BookedTask& task, SimTime now) {
  if (task.host) task.placed_at = now;
  task.phase = TaskPhase::kWaiting;
  task.host.reset();
  task.output_lost = false;
  task.outcome = {.host = task.outcome.host};
}

void RequestBook::finish(WorkloadId id, SimTime now) {
  requests_[id.value].finish = now;
  close(id);
}

void RequestBook::give_up(WorkloadId id) { close(id); }

void RequestBook::close(WorkloadId id) {
  BookedRequest& request = requests_[id.value];
  for (BookedTask& task : request.tasks) end_attempt(task);
  request.is_open = false;
  const auto found = std::ranges::lower_bound(open_, id);
  if (found != open_.end() && *found == id) open_.erase(found);
}

const Strategy& RequestBook::strategy_of(const BookedRequest& request) const {
  return catalogue_->at(request.workload.application, *request.strategy);
}

BookedTask& RequestBook::task_of(const TaskRun& run) {
  return requests_[run.workload.value].tasks[run.fragment.value];
}

bool RequestBook::any_unplaced() const {
  return std::ranges::any_of(open_,
                             [this](WorkloadId id) { return requests_[id.value].has_unplaced(); });
}

bool RequestBook::uses(HostId host) const {
  for (const WorkloadId id : open_) {
    const BookedRequest& request = requests_[id.value];
    for (std::size_t i = 0; i < request.tasks.size(); ++i) {
      if (request.tasks[i].host == host && must_stay(request, i)) return true;
    }
  }
  return false;
}

bool RequestBook::must_stay(const BookedRequest& request, std::size_t i) const {
  const BookedTask& task = request.tasks[i];
  if (task.phase != TaskPhase::kDone) return true;
  if (task.output_lost) return false;
  for (std::size_t k = i + 1; k < request.tasks.size(); ++k) {
    const BookedTask& later = request.tasks[k];
    if (later.host && later.phase != TaskPhase::kDone && needs(request, k, i)) return true;
  }
  return false;
}

std::vector<WorkloadOutcome> RequestBook::outcomes_since(SimTime start) const {
  std::vector<WorkloadOutcome> outcomes;
  for (const BookedRequest& request : requests_) {
    if (request.finish && *request.finish < start) continue;
    WorkloadOutcome outcome{request.workload, request.strategy,  request.deployed_at, {},
                            request.finish,   request.attempts()};
    for (const BookedTask& task : request.tasks) {
      if (outcome.attempts > 0) outcome.tasks.push_back(task.outcome);
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::vector<double> RequestBook::arrival_rates(SimTime now) const {
  std::vector<double> rates(catalogue_->applications.size(), 0.0);
  // The first second is too short a base for a rate.
  const Seconds window = to_seconds(std::clamp<SimTime>(now, std::chrono::seconds(1), kRateWindow));
  for (const auto& [time, application] : recent_) {
    if (time + kRateWindow >= now) rates[application.value] += 1.0 / window.count();
  }
  return rates;
}

}  // namespace scinet
