#include "platform/local/request_book.h"

#include <algorithm>
#include <set>

namespace scinet {
namespace {

constexpr SimTime kRateWindow = std::chrono::minutes(1);

std::set<HostId> distinct(const std::vector<HostId>& hosts) { return {hosts.begin(), hosts.end()}; }

}  // namespace

bool Request::has_unplaced() const {
  return !strategy || std::ranges::any_of(hosts, [](const auto& host) { return !host; });
}

RequestBook::RequestBook(const Catalogue& catalogue, std::vector<HostCapacity> hosts)
    : catalogue_(&catalogue), hosts_(std::move(hosts)), in_flight_(hosts_.size(), 0) {}

WorkloadId RequestBook::arrive(ApplicationId application, Seconds slo, Bytes input, SimTime now) {
  const WorkloadId id{requests_.size()};
  Request request;
  request.workload = {id, application, now, slo, input};
  requests_.push_back(std::move(request));
  open_.push_back(id);
  recent_.push_back({now, application});
  while (recent_.front().time + kRateWindow < now) recent_.pop_front();
  return id;
}

int RequestBook::apply(const Plan& plan, const std::vector<bool>& accepts, SimTime now) {
  int refused = 0;
  const auto open_request = [this](WorkloadId id) -> Request* {
    const bool is_open = std::ranges::binary_search(open_, id);
    return is_open ? &requests_[id.value] : nullptr;
  };
  for (const auto& [id, strategy] : plan.deployments) {
    Request* request = open_request(id);
    if (!request || request->strategy) {
      ++refused;
      continue;
    }
    request->strategy = strategy;
    request->deployed_at = now;
    request->hosts.resize(catalogue_->at(request->workload.application, strategy).fragments.size());
  }
  for (const auto& [id, fragment, host] : plan.placements) {
    Request* request = open_request(id);
    const bool fits = request && fragment.value < request->hosts.size() &&
                      !request->hosts[fragment.value] && accepts[host.value];
    if (fits) {
      request->hosts[fragment.value] = host;
    } else {
      ++refused;
    }
  }
  return refused;
}

std::vector<WorkloadId> RequestBook::dispatch(const std::vector<bool>& reachable, SimTime now) {
  std::vector<WorkloadId> sent;
  for (WorkloadId id : open_) {
    Request& request = requests_[id.value];
    if (request.phase != RequestPhase::kWaiting || request.has_unplaced()) continue;
    std::vector<HostId> route;
    for (const auto& host : request.hosts) route.push_back(*host);
    const bool can_go = std::ranges::all_of(route, [&](HostId host) {
      return reachable[host.value] && in_flight_[host.value] < hosts_[host.value].in_flight;
    });
    if (!can_go) continue;
    for (HostId host : distinct(route)) ++in_flight_[host.value];
    request.route = std::move(route);
    request.phase = RequestPhase::kSent;
    request.sent_at = now;
    ++request.attempts;
    sent.push_back(id);
  }
  return sent;
}

void RequestBook::lose_host(HostId host) {
  for (WorkloadId id : open_) {
    Request& request = requests_[id.value];
    std::ranges::replace(request.hosts, std::optional(host), std::optional<HostId>());
    if (std::ranges::find(request.route, host) != request.route.end()) end_attempt(request);
  }
}

bool RequestBook::is_under_way(WorkloadId id, int attempt) const {
  const Request& request = requests_[id.value];
  return request.phase == RequestPhase::kSent && request.attempts == attempt;
}

void RequestBook::fail_attempt(WorkloadId id) {
  Request& request = requests_[id.value];
  end_attempt(request);
  std::ranges::fill(request.hosts, std::nullopt);
}

void RequestBook::finish(WorkloadId id, SimTime now) {
  requests_[id.value].finish = now;
  close(id);
}

void RequestBook::give_up(WorkloadId id) { close(id); }

void RequestBook::close(WorkloadId id) {
  Request& request = requests_[id.value];
  end_attempt(request);
  request.phase = RequestPhase::kClosed;
  const auto found = std::ranges::lower_bound(open_, id);
  if (found != open_.end() && *found == id) open_.erase(found);
}

void RequestBook::end_attempt(Request& request) {
  if (request.phase != RequestPhase::kSent) return;
  for (HostId host : distinct(request.route)) --in_flight_[host.value];
  request.phase = RequestPhase::kWaiting;
}

bool RequestBook::any_unplaced() const {
  return std::ranges::any_of(open_,
                             [this](WorkloadId id) { return requests_[id.value].has_unplaced(); });
}

bool RequestBook::uses(HostId host) const {
  return std::ranges::any_of(open_, [&](WorkloadId id) {
    const Request& request = requests_[id.value];
    const bool on_its_way = request.phase == RequestPhase::kSent &&
                            std::ranges::find(request.route, host) != request.route.end();
    return on_its_way ||
           std::ranges::find(request.hosts, std::optional(host)) != request.hosts.end();
  });
}

std::vector<WorkloadView> RequestBook::views(SimTime now) const {
  // A worker serves in the order of arrival, so the requests that were sent first run.
  std::vector<const Request*> sent;
  for (WorkloadId id : open_) {
    const Request& request = requests_[id.value];
    if (request.phase == RequestPhase::kSent) sent.push_back(&request);
  }
  std::ranges::stable_sort(sent, {}, &Request::sent_at);
  std::set<WorkloadId> served;
  std::vector<int> busy(hosts_.size(), 0);
  for (const Request* request : sent) {
    const HostId first = request->route.front();
    if (busy[first.value]++ < hosts_[first.value].running) served.insert(request->workload.id);
  }
  std::vector<WorkloadView> views;
  views.reserve(open_.size());
  for (WorkloadId id : open_) {
    views.push_back(view_of(requests_[id.value], served.contains(id), now));
  }
  return views;
}

WorkloadView RequestBook::view_of(const Request& request, bool is_served, SimTime now) const {
  WorkloadView view{request.workload, request.strategy, request.deployed_at, {}};
  if (!request.strategy) return view;
  const Strategy& strategy = catalogue_->at(request.workload.application, *request.strategy);

  // Workers do not report how far a request is: time since it was sent, against the expected
  // time of each fragment, tells where it should be. The last fragment ends only by its answer.
  std::size_t current = 0;
  double progress = 0.0;
  if (is_served) {
    Seconds left = to_seconds(now - request.sent_at);
    for (; current < request.route.size(); ++current) {
      const Seconds expected = expected_time(strategy.fragments[current], request.route[current]);
      const bool is_last = current + 1 == request.route.size();
      if (is_last || left < expected) {
        progress = expected > Seconds(0) ? std::min(left / expected, 0.99) : 0.0;
        break;
      }
      left -= expected;
    }
  }
  for (std::uint32_t i = 0; i < request.hosts.size(); ++i) {
    TaskView task;
    task.fragment = FragmentId{i};
    task.host = request.hosts[i];
    if (!task.host) {
      // Nothing to add: it has no host.
    } else if (is_served && i < current) {
      task.state = TaskState::kDone;
      task.progress = 1.0;
    } else if (is_served && i == current) {
      task.state = TaskState::kRunning;
      task.progress = progress;
    } else {
      task.state = i == 0 ? TaskState::kQueued : TaskState::kBlocked;
    }
    view.tasks.push_back(task);
  }
  return view;
}

Seconds RequestBook::expected_time(const Fragment& fragment, HostId host) const {
  const HostType& type = catalogue_->at(hosts_[host.value].type);
  const double cores = std::min(fragment.cores, static_cast<double>(type.cores));
  return fragment.work.mean / (type.speed * cores);
}

std::vector<WorkloadOutcome> RequestBook::outcomes() const {
  std::vector<WorkloadOutcome> outcomes;
  outcomes.reserve(requests_.size());
  for (const Request& request : requests_) {
    std::vector<TaskOutcome> tasks(request.route.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].host = request.route[i];
    outcomes.push_back({request.workload, request.strategy, request.deployed_at, std::move(tasks),
                        request.finish, request.attempts});
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
