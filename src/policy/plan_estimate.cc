#include "policy/plan_estimate.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "base/ensure.h"
#include "policy/route.h"
#include "policy/strategy_kind.h"

namespace scinet {
namespace {

// Standard deviation / mean of a response beyond that of its work: what arrives later.
constexpr double kLeastVariation = 0.3;
constexpr double kMostUtilisation = 0.98;  // what exceeds it makes a queue that grows

// P(response > limit), lognormal.
double probability_late(Seconds mean, double variation, Seconds limit) {
  if (limit <= Seconds(0)) return 1.0;
  if (mean <= Seconds(0)) return 0.0;
  const double log_variance = std::log1p(variation * variation);
  const double log_mean = std::log(mean.count()) - log_variance / 2.0;
  const double above = (std::log(limit.count()) - log_mean) / std::sqrt(log_variance);
  return 0.5 * std::erfc(above / std::numbers::sqrt2);
}

double variation_of(const Strategy& strategy) {
  double work = 0.0;
  double variance = 0.0;
  for (const Fragment& fragment : strategy.fragments) {
    const double mean = fragment.work.mean.value();
    work += mean;
    variance += std::pow(mean * fragment.work.variation, 2.0);
  }
  return std::hypot(work > 0.0 ? std::sqrt(variance) / work : 0.0, kLeastVariation);
}

Mi longest_path(const Strategy& strategy) {
  std::vector<Mi> until;  // each fragment is done
  for (const Fragment& fragment : strategy.fragments) {
    Mi latest;
    for (const FragmentId input : fragment.inputs) latest = std::max(latest, until[input.value]);
    until.push_back(latest + fragment.work.mean * (1.0 / fragment.cores));
  }
  return until.empty() ? Mi(0) : until.back();
}

// The mean over applications by their arrival rates (over all where none arrives), and over those
// of their strategies that `strategies_of` tells.
template <typename StrategiesOf>
ExpectedRequest mean_request(const ClusterView& view, StrategiesOf strategies_of) {
  const double all_rates = total_arrival_rate(view);
  ExpectedRequest mean;
  mean.cores = 0.0;
  mean.accuracy = 0.0;
  double shares = 0.0;
  for (std::size_t i = 0; i < view.catalogue->applications.size(); ++i) {
    const std::span<const Strategy> strategies = strategies_of(view.catalogue->applications[i]);
    const double weight = all_rates > 0.0 ? view.arrival_rates[i] : 1.0;
    for (const Strategy& strategy : strategies) {
      const double share = weight / static_cast<double>(strategies.size());
      shares += share;
      mean.longest_path += longest_path(strategy) * share;
      mean.accuracy += strategy.accuracy * share;
      for (const Fragment& fragment : strategy.fragments) {
        mean.work += fragment.work.mean * share;
        mean.cores += fragment.cores * fragment.work.mean.value() * share;
      }
    }
  }
  if (shares <= 0.0) return {};
  mean.cores = mean.work > Mi(0) ? mean.cores / mean.work.value() : 1.0;
  mean.work = mean.work * (1.0 / shares);
  mean.longest_path = mean.longest_path * (1.0 / shares);
  mean.accuracy /= shares;
  return mean;
}

// How long the host has power from now on.
Seconds time_powered(const HostLoad& host, Seconds window) {
  if (accepts_work(host.state)) return window;
  if (host.state != HostState::kDraining || host.is_idle()) return Seconds(0);
  const Mips speed = host.speed() * std::min(host.cores_wanted, host.cores());
  return std::min(window, host.outstanding / speed);
}

Mi work_in_time(const HostLoad& host, Seconds powered) {
  return host.total_speed() * std::max(powered - host.ready, Seconds(0));
}

Joules energy_of(const HostLoad& host, Seconds powered, Mi done) {
  const HostType& type = *host.type;
  const Seconds booting = std::min(host.ready, powered);
  const Seconds running = powered - booting;
  if (running <= Seconds(0)) return type.boot_power * booting;
  const double tasks = done / (host.speed() * running * type.cores);
  return type.boot_power * booting + type.power.at(type.background / type.cores + tasks) * running;
}

Dollars billed(const HostType& type, Seconds powered) {
  const Seconds increment = type.billing_increment;
  if (increment <= Seconds(0)) return type.price * powered;
  return type.price * (increment * std::ceil(powered / increment));
}

Dollars cost_of(const HostLoad& host, SimTime now, Seconds powered) {
  const HostState before = host.view->state;
  const bool has_power = accepts_work(before) || before == HostState::kDraining;
  const Seconds until_now = has_power ? to_seconds(now - host.view->powered_since) : Seconds(0);
  return billed(*host.type, until_now + powered) - billed(*host.type, until_now);
}

// Sums over requests, known and to come.
class Requests {
 public:
  void add(double count, Seconds age, Seconds finish, Seconds slo, double variation) {
    count_ += count;
    response_ += count * std::min((age + finish) / (2.0 * slo), 1.0);
    late_ += count * probability_late(finish, variation, slo - age);
  }
  void add_strategy(double count, double accuracy) { inaccuracy_ += count * (1.0 - accuracy); }

  void write_means(QosTerms& terms) const {
    if (count_ <= 0.0) return;
    terms.response = response_ / count_;
    terms.violation = late_ / count_;
    terms.inaccuracy = inaccuracy_ / count_;
  }

 private:
  double count_ = 0.0;
  double response_ = 0.0;
  double late_ = 0.0;
  double inaccuracy_ = 0.0;
};

// One plan, its load growing as its placements are added.
class Outcome {
 public:
  Outcome(const ClusterLoad& before, const Plan& plan, Seconds window, const DemandAhead& ahead,
          const ExpectedRequest& expected)
      : load_(before),
        view_(before.view()),
        plan_(plan),
        window_(window),
        ahead_(ahead),
        expected_(expected),
        to_come_(ahead.work * window) {
    load_.set_states(states_after(plan, view_));
  }

  QosTerms terms() {
    add_known();
    measure_capacity();
    add_to_come();
    QosTerms terms;
    write_power(terms);
    requests_.write_means(terms);
    return terms;
  }

 private:
  // New placements first, so that the tasks that are there already feel them.
  void add_known() {
    std::vector<Placement> placements = plan_.placements;
    std::ranges::sort(placements, {},
                      [](const Placement& p) { return std::tuple(p.workload, p.fragment); });
    std::vector<const WorkloadView*> placed;
    for (const WorkloadView& entry : view_.workloads) {
      const auto mine =
          std::ranges::equal_range(placements, entry.workload.id, {}, &Placement::workload);
      const auto strategy = strategy_of(entry);
      if (strategy && !mine.empty()) {
        add_route(entry, *strategy, mine);
      } else if (is_waiting(entry)) {
        add_waiting(entry, strategy);
      } else {
        placed.push_back(&entry);
      }
    }
    for (const WorkloadView* entry : placed) {
      add_route(*entry, *entry->strategy, std::span<const Placement>());
    }
  }

  std::optional<StrategyId> strategy_of(const WorkloadView& entry) const {
    if (entry.strategy) return entry.strategy;
    const auto chosen =
        std::ranges::find(plan_.deployments, entry.workload.id, &Deployment::workload);
    return chosen == plan_.deployments.end() ? std::nullopt : std::optional(chosen->strategy);
  }

  template <class Placements>
  void add_route(const WorkloadView& entry, StrategyId strategy, const Placements& placements) {
    Route route(load_, entry, strategy);
    auto next = placements.begin();
    for (std::uint32_t i = 0; i < route.strategy().fragments.size(); ++i) {
      const FragmentId fragment{i};
      if (route.is_placed(fragment)) {
        route.keep(fragment);
        continue;
      }
      route.assign(fragment, next->host);
      load_.place(next->host, route.model(fragment));
      ++next;
    }
    requests_.add(1.0, age(entry.workload, view_.now), route.finish(), entry.workload.slo,
                  variation_of(route.strategy()));
    requests_.add_strategy(1.0, route.strategy().accuracy);
  }

  // Until after the window.
  void add_waiting(const WorkloadView& entry, std::optional<StrategyId> strategy) {
    const Application& application = view_.catalogue->at(entry.workload.application);
    unplaced_ += work_left(entry, *view_.catalogue);
    requests_.add(1.0, age(entry.workload, view_.now), window_, entry.workload.slo,
                  kLeastVariation);
    requests_.add_strategy(
        1.0, strategy ? application.strategies[strategy->value].accuracy : expected_.accuracy);
  }

  // How much the cluster can do in the window, and how much of it is not spoken for.
  void measure_capacity() {
    asked_ = unplaced_ + to_come_;
    for (const HostLoad& host : load_.hosts()) {
      asked_ += host.outstanding;
      if (!host.can_get_work()) continue;
      const Mi can_do = work_in_time(host, window_);
      capacity_ += can_do;
      free_ += can_do - std::min(can_do, host.outstanding);
      cores_ += host.cores();
      speed_ += host.total_speed();
    }
  }

  void add_to_come() {
    if (ahead_.slo <= Seconds(0) || expected_.work <= Mi(0) || to_come_ <= Mi(0)) return;
    const double count = to_come_ / expected_.work;
    requests_.add(count, Seconds(0), finish_of_next(), ahead_.slo,
                  std::hypot(1.0, kLeastVariation));
    requests_.add_strategy(count, expected_.accuracy);
  }

  Seconds finish_of_next() const {
    if (capacity_ <= Mi(0)) return window_ + 2.0 * ahead_.slo;
    const Seconds alone = expected_.longest_path / (speed_ * (1.0 / cores_));
    const double load = std::min(asked_ / capacity_, kMostUtilisation);
    const double places = std::max(1.0, cores_ / expected_.cores);
    const double wait =
        std::pow(load, std::sqrt(2.0 * (places + 1.0)) - 1.0) / (places * (1.0 - load));
    const Mi excess = std::max(asked_ - capacity_, Mi(0));  // half of it stands before the mean
    return alone * (1.0 + wait) + window_ * (0.5 * (excess / capacity_));
  }

  void write_power(QosTerms& terms) const {
    const double share = free_ > Mi(0) ? std::min(to_come_ / free_, 1.0) : 0.0;
    Joules energy;
    Joules full;
    Dollars cost;
    Dollars all;
    for (const HostLoad& host : load_.hosts()) {
      const Seconds powered = time_powered(host, window_);
      const Mi can_do = work_in_time(host, powered);
      const Mi known = std::min(can_do, host.outstanding);
      const Mi next = host.can_get_work() ? (can_do - known) * share : Mi(0);
      energy += energy_of(host, powered, known + next);
      cost += cost_of(host, view_.now, powered);
      full += host.type->power.peak() * window_;
      all += host.type->price * window_;
    }
    terms.energy = full > Joules(0) ? std::min(energy / full, 1.0) : 0.0;
    terms.cost = all > Dollars(0) ? std::min(cost / all, 1.0) : 0.0;
  }

  ClusterLoad load_;
  const ClusterView& view_;
  const Plan& plan_;
  const Seconds window_;
  const DemandAhead& ahead_;
  const ExpectedRequest& expected_;
  Requests requests_;
  Mi to_come_;
  Mi unplaced_;  // work of what waits
  Mi asked_;     // known and to come
  Mi capacity_;
  Mi free_;
  double cores_ = 0.0;
  Mips speed_;
};

}  // namespace

Mips work_at(const ClusterView& view, std::span<const double> utilisation) {
  ensure(utilisation.size() == view.hosts.size(), "there is one utilisation per host");
  Mips sum;
  for (const HostView& host : view.hosts) {
    sum += view.type_of(host).total_speed() * (host.speed_factor * utilisation[host.id.value]);
  }
  return sum;
}

ExpectedRequest expected_request(const ClusterView& view) {
  return mean_request(
      view, [](const Application& application) { return std::span(application.strategies); });
}

ExpectedRequest lightest_request(const ClusterView& view) {
  return mean_request(view, [](const Application& application) {
    const auto& strategies = application.strategies;
    return std::span(std::ranges::min_element(strategies, {}, total_work),
                     strategies.empty() ? 0 : 1);
  });
}

PlanEstimate::PlanEstimate(const ClusterView& view, Seconds window, const DemandAhead& ahead)
    : window_(window), ahead_(ahead), expected_(expected_request(view)), load_(view) {
  ensure(window > Seconds(0), "the window has a length");
}

QosTerms PlanEstimate::of(const Plan& plan) const {
  return Outcome(load_, plan, window_, ahead_, expected_).terms();
}

}  // namespace scinet
