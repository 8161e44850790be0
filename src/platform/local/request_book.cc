#include "platform/local/request_book.h"

#include <algorithm>
#include <set>

namespace scinet {
namespace {

constexpr SimTime kRateWindow = std::chrono::minutes(1);

std::set<HostId> distinct(const std::vector<HostId>& hosts) { return {hosts.begin(), hosts.end()}; }

}  // namespace

bool BookedRequest::has_unplaced() const {
  return !strategy || std::ranges::any_of(hosts, [](const auto& host) { return !host; });
}

RequestBook::RequestBook(const Catalogue& catalogue, std::vector<HostCapacity> hosts)
    : catalogue_(&catalogue), hosts_(std::move(hosts)), in_flight_(hosts_.size(), 0) {}

WorkloadId RequestBook::arrive(ApplicationId application, Seconds slo, Bytes input, SimTime now) {
  const WorkloadId id{requests_.size()};
  BookedRequest request;
  request.workload = {id, application, now, slo, input};
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
    const auto& fragments = catalogue_->at(request->workload.application, strategy).fragments;
    request->hosts.resize(fragments.size());
    request->placed_at.resize(fragments.size(), now);
  }
  for (const auto& [id, fragment, host] : plan.placements) {
    BookedRequest* request = open_request(id);
    const bool fits = request && fragment.value < request->hosts.size() &&
                      !request->hosts[fragment.value] && accepts[host.value];
    if (fits) {
      request->hosts[fragment.value] = host;
      request->placed_at[fragment.value] = now;
    } else {
      ++refused;
    }
  }
  return refused;
}

std::vector<WorkloadId> RequestBook::dispatch(const std::vector<bool>& reachable, SimTime now) {
  std::vector<WorkloadId> sent;
  for (WorkloadId id : open_) {
    BookedRequest& request = requests_[id.value];
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

void RequestBook::lose_host(HostId host, SimTime now) {
  for (WorkloadId id : open_) {
    BookedRequest& request = requests_[id.value];
    for (std::size_t i = 0; i < request.hosts.size(); ++i) {
      if (request.hosts[i] == host) unplace(request, i, now);
    }
    if (std::ranges::find(request.route, host) != request.route.end()) end_attempt(request);
  }
}

bool RequestBook::is_under_way(WorkloadId id, int attempt) const {
  const BookedRequest& request = requests_[id.value];
  return request.phase == RequestPhase::kSent && request.attempts == attempt;
}

void RequestBook::fail_attempt(WorkloadId id, SimTime now) {
  BookedRequest& request = requests_[id.value];
  end_attempt(request);
  for (std::size_t i = 0; i < request.hosts.size(); ++i) unplace(request, i, now);
}

void RequestBook::unplace(BookedRequest& request, std::size_t fragment, SimTime now) {
  if (request.hosts[fragment]) request.placed_at[fragment] = now;
  request.hosts[fragment].reset();
}

void RequestBook::finish(WorkloadId id, SimTime now, std::vector<TaskOutcome> measured) {
  requests_[id.value].finish = now;
  requests_[id.value].measured = std::move(measured);
  close(id);
}

void RequestBook::give_up(WorkloadId id) { close(id); }

void RequestBook::close(WorkloadId id) {
  BookedRequest& request = requests_[id.value];
  end_attempt(request);
  request.phase = RequestPhase::kClosed;
  const auto found = std::ranges::lower_bound(open_, id);
  if (found != open_.end() && *found == id) open_.erase(found);
}

void RequestBook::end_attempt(BookedRequest& request) {
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
    const BookedRequest& request = requests_[id.value];
    const bool on_its_way = request.phase == RequestPhase::kSent &&
                            std::ranges::find(request.route, host) != request.route.end();
    return on_its_way ||
           std::ranges::find(request.hosts, std::optional(host)) != request.hosts.end();
  });
}

std::vector<WorkloadView> RequestBook::views(SimTime now) const {
  // A worker serves in the order of arrival, so the requests that were sent first run.
  std::vector<const BookedRequest*> sent;
  for (WorkloadId id : open_) {
    const BookedRequest& request = requests_[id.value];
    if (request.phase == RequestPhase::kSent) sent.push_back(&request);
  }
  std::ranges::stable_sort(sent, {}, &BookedRequest::sent_at);
  std::set<WorkloadId> served;
  std::vector<int> busy(hosts_.size(), 0);
  for (const BookedRequest* request : sent) {
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

WorkloadView RequestBook::view_of(const BookedRequest& request, bool is_served, SimTime now) const {
  WorkloadView view{request.workload, request.strategy, request.deployed_at, {}};
  if (!request.strategy) return view;
  std::vector<SimTime> begun;
  if (is_served) begun = expected_begins(request, now);
  for (std::uint32_t i = 0; i < request.hosts.size(); ++i) {
    TaskView task;
    task.fragment = FragmentId{i};
    task.host = request.hosts[i];
    task.since = request.placed_at[i];
    if (!task.host) {
      // Nothing to add: it has no host.
    } else if (i + 1 < begun.size()) {
      task.state = TaskState::kDone;
      task.since = begun[i + 1];
      task.progress = 1.0;
    } else if (i + 1 == begun.size()) {
      task.state = TaskState::kRunning;
      task.since = begun[i];
      task.progress = expected_progress(request, i, now - begun[i]);
    } else {
      task.state = i == 0 ? TaskState::kQueued : TaskState::kBlocked;
    }
    view.tasks.push_back(task);
  }
  return view;
}

// Workers do not report how far a request is: time since it was sent, against the expected time
// of each fragment, tells where it should be. The last fragment ends only by its answer.
std::vector<SimTime> RequestBook::expected_begins(const BookedRequest& request, SimTime now) const {
  std::vector<SimTime> begun{request.sent_at};
  for (std::size_t i = 0; i + 1 < request.route.size(); ++i) {
    const SimTime end = begun.back() + to_sim_time(expected_time(request, i));
    if (end > now) break;
    begun.push_back(end);
  }
  return begun;
}

double RequestBook::expected_progress(const BookedRequest& request, std::size_t fragment,
                                      SimTime running) const {
  const Seconds expected = expected_time(request, fragment);
  return expected > Seconds(0) ? std::min(to_seconds(running) / expected, 0.99) : 0.0;
}

Seconds RequestBook::expected_time(const BookedRequest& request, std::size_t i) const {
  const Strategy& strategy = catalogue_->at(request.workload.application, *request.strategy);
  const Fragment& fragment = strategy.fragments[i];
  const HostType& type = catalogue_->at(hosts_[request.route[i].value].type);
  const double cores = std::min(fragment.cores, static_cast<double>(type.cores));
  return fragment.work.mean / (type.speed * cores);
}

std::vector<WorkloadOutcome> RequestBook::outcomes_since(SimTime start) const {
  std::vector<WorkloadOutcome> outcomes;
  for (const BookedRequest& request : requests_) {
    if (request.finish && *request.finish < start) continue;
    std::vector<TaskOutcome> tasks = request.measured;
    tasks.resize(request.route.size());
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
