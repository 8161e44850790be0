#include "learn/imitation/waiting_service.h"

#include <algorithm>

#include "oracle/lateness.h"

namespace scinet {
namespace {

constexpr double kNoService = 2.0;  // more than a request can lose
constexpr double kAlike = 1e-9;     // losses that differ by less: the first one is taken

}  // namespace

WaitingService::WaitingService(const ClusterLoad& load, const DecisionSpace& space,
                               const ClusterFigures& figures, const HostGroups& groups,
                               std::span<const std::uint32_t> by_looks,
                               std::span<const std::uint32_t> first_alike,
                               std::span<const std::size_t> order)
    : weights_(load.view().weights), delay_price_(figures.delay_price), crowd_of_(groups.size()) {
  const ClusterView& view = load.view();
  for (const std::size_t i : order) {
    const Workload& workload = space.waiting()[i]->workload;
    waiting_.push_back({.age = age(workload, view.now).count(), .slo = workload.slo.count()});
  }
  for (const std::uint32_t group : by_looks) {
    const std::span<const HostId> members = groups.members(group);
    if (first_alike[group] == group) {
      crowd_of_[group] = crowds_.size();
      crowds_.emplace_back();
      add_services(load.at(members.front()), load, space, figures, order);
    } else {
      crowd_of_[group] = crowd_of_[first_alike[group]];
    }
    crowds_[crowd_of_[group]].hosts += static_cast<int>(
        std::ranges::count_if(members, [&](HostId host) { return load.at(host).can_get_work(); }));
  }
  place_all();
}

// Of each waiting workload on one host.
void WaitingService::add_services(const HostLoad& host, const ClusterLoad& load,
                                  const DecisionSpace& space, const ClusterFigures& figures,
                                  std::span<const std::size_t> order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    Service& best = services_.emplace_back(Service{.loss = kNoService});
    const ApplicationId application = space.waiting()[order[i]]->workload.application;
    for (const StrategyId id : space.strategies(order[i])) {
      const Strategy& strategy = load.view().catalogue->at(application, id);
      const auto service = service_by(strategy, host, waiting_[i], load, figures);
      if (service && service->loss < best.loss - kAlike) best = *service;
    }
  }
}

// All fragments as one piece of work.
std::optional<WaitingService::Service> WaitingService::service_by(
    const Strategy& strategy, const HostLoad& host, const Waiting& waiting, const ClusterLoad& load,
    const ClusterFigures& figures) const {
  if (host.state == HostState::kFailed || !host.view->linked) return std::nullopt;
  Service service{.given = weights_.inaccuracy * (1.0 - strategy.accuracy),
                  .ready = host.ready.count(),
                  .behind = host.outstanding / host.total_speed() / Seconds(1),
                  .room = (host.type->memory - host.committed).value(),
                  .variation = variation_of(strategy)};
  Mi work;
  double cores = 0.0;
  for (const Fragment& fragment : strategy.fragments) {
    if (!can_ever_hold(*host.type, fragment)) return std::nullopt;
    work += fragment.work.mean;
    cores = std::max(cores, fragment.cores);
    service.memory = std::max(service.memory, (fragment.memory + fragment.model_memory).value());
    service.given += work_price(load, host, fragment, figures.prices, figures.costs);
  }
  const Mi beside = std::min(host.outstanding, work * static_cast<double>(host.backlog.size()));
  service.alone = work / (host.speed() * std::min(cores, host.cores())) / Seconds(1);
  service.work = work / host.total_speed() / Seconds(1);
  service.beside = (work + beside) / host.total_speed() / Seconds(1);
  service.loss = loss_of(waiting, service, std::max(service.alone, service.beside));
  return service;
}

// If it takes so many seconds from when the host is ready.
double WaitingService::loss_of(const Waiting& waiting, const Service& service, double taken) const {
  const double finish = service.ready + taken;
  return service.given + delay_price_ * (taken - service.alone) +
         weights_.response * std::min((waiting.age + finish) / (2.0 * waiting.slo), 1.0) +
         weights_.violation * chance_above(waiting.slo - waiting.age, finish, service.variation);
}

// In that crowd, beside those who are there then.
double WaitingService::loss_beside(const Crowd& crowd, std::size_t which,
                                   std::size_t waiting) const {
  const Service& service = at(which, waiting);
  if (crowd.workloads < crowd.hosts || service.loss >= kNoService) return service.loss;
  const double each = crowd.work / crowd.workloads;
  const double a_host = static_cast<double>(crowd.workloads) / crowd.hosts;
  const bool has_room = service.memory + crowd.memory / crowd.hosts <= service.room;
  const double taken =
      has_room ? std::max(service.alone, service.beside + std::min(each, service.work) * a_host)
               : service.behind + each * a_host + service.alone;
  return loss_of(waiting_[waiting], service, taken);
}

WaitingService::Place WaitingService::best_place(const std::vector<Crowd>& crowds,
                                                 std::size_t waiting) const {
  Place best{.crowd = crowds.size(), .loss = kNoService};
  for (std::size_t i = 0; i < crowds.size(); ++i) {
    if (crowds[i].hosts == 0 || at(i, waiting).loss > best.loss - kAlike) continue;
    const double loss = loss_beside(crowds[i], i, waiting);
    if (loss < best.loss - kAlike) best = {i, loss};
  }
  return best;
}

void WaitingService::Crowd::add(const Service& service) {
  ++workloads;
  work += service.work;
  memory += service.memory;
}

void WaitingService::place_all() {
  for (Crowd& crowd : crowds_) crowd = {.hosts = crowd.hosts};
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const auto [crowd, loss] = best_place(crowds_, i);
    waiting_[i].crowd = crowd;
    waiting_[i].loss = loss;
    if (crowd < crowds_.size()) crowds_[crowd].add(at(crowd, i));
  }
}

void WaitingService::open(std::size_t group, int count) {
  crowds_[crowd_of_[group]].hosts += count;
  place_all();
}

void WaitingService::close(std::size_t group, int count) {
  crowds_[crowd_of_[group]].hosts -= count;
  place_all();
}

// Those come who gain by it, in order.
double WaitingService::gain_of_opening(std::size_t group, int count) const {
  const std::size_t which = crowd_of_[group];
  Crowd crowd{.hosts = count};
  double gain = 0.0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (at(which, i).loss >= waiting_[i].loss) continue;
    const double loss = loss_beside(crowd, which, i);
    if (loss >= waiting_[i].loss) continue;
    gain += waiting_[i].loss - loss;
    crowd.add(at(which, i));
  }
  return gain;
}

// Those who were there go where they then lose least, in order.
double WaitingService::gain_of_closing(std::size_t group, int count) const {
  const std::size_t which = crowd_of_[group];
  const int left = crowds_[which].hosts - count;
  if (crowds_[which].workloads <= left) return 0.0;
  std::vector<Crowd> crowds = crowds_;
  crowds[which] = {.hosts = left};
  double gain = 0.0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (waiting_[i].crowd != which) continue;
    const auto [crowd, loss] = best_place(crowds, i);
    gain += waiting_[i].loss - loss;
    if (crowd < crowds.size()) crowds[crowd].add(at(crowd, i));
  }
  return gain;
}

}  // namespace scinet
