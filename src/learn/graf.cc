// GRAF: a graph neural network foresees how long a task graph takes with the capacity that each of
// its fragments is given; gradient descent through the network finds the least capacity that keeps
// the SLO; and hosts follow what arrives before queues show it (J. Park, B. Choi, C. Lee, D. Han,
// "GRAF: A graph neural network based proactive resource allocation framework for SLO-oriented
// microservices", CoNEXT 2021).
//
//   c = argmin sum_i c_i  subject to  mean + 1.645 deviation of log(latency(c) / SLO)
//                                     <= log((SLO - wait) / SLO)       for each strategy
//
// by graf_network.h and graf_capacity.h; `wait` is half a beat where decisions are taken at beats.
//
// - Strategy: the most accurate one that keeps the time left with the most capacity there is, else
//   the one that is foreseen to be fastest.
// - Hosts on: least burden per speed first, up to the capacity of the fragments that can run now,
// or
//   to what is expected to be in use if that is more; the most of it over the last beats counts. Of
//   work w_i that arrives at rate r and is held at speed c_i, the mean sum r w_i is in use. Hosts
//   that are to boot come late for what arrives meanwhile, so they are on for 1.645 deviations of
//   it: Poisson, of variance sum r c_i min(w_i, boot time c_i).
// - Placement: of the hosts that give a fragment its capacity the one on which it finishes first;
//   if none does, the first to finish of all. A request with less time left than most asks for as
//   much more.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "learn/graf_capacity.h"
#include "learn/neural_rivals.h"
#include "model/plan.h"
#include "policy/canonical_order.h"
#include "policy/host_burden.h"
#include "policy/observed_demand.h"
#include "policy/rules.h"

namespace scinet {
namespace {

// What all three rules go by: the capacity of every fragment, solved at every beat.
class CapacityPlan {
 public:
  explicit CapacityPlan(Weights weights) : weights_(std::move(weights)) {}

  void update(const ClusterView& view, std::int64_t most_steps) {
    observe_slo(view);
    if (view.asked.provisioning || !fits(view)) solve(view, most_steps);
  }

  // That a request asks for, with as much time left as usual or with this much; 0 where nothing is
  // known.
  Mips capacity(const ModelId& model, std::optional<Seconds> left = {}) const {
    const auto& row = rows_[model.application.value][model.strategy.value];
    if (!row) return Mips(0);
    const auto i = row->first + static_cast<Eigen::Index>(model.fragment.value);
    const Seconds time = std::max(left.value_or(row->time), row->slo / 2.0);
    const double hurry = std::max(row->time / time, 1.0);
    return core_ * std::min(std::exp(solution_.capacity(i, 0)) * hurry, std::exp(most_(i, 0)));
  }

  // What 19 of 20 requests stay below with the most capacity there is.
  std::optional<Seconds> foreseen(ApplicationId application, StrategyId strategy) const {
    const auto& row = rows_[application.value][strategy.value];
    if (!row) return std::nullopt;
    return row->slo * std::exp(solution_.best_latency(row->graph, 0));
  }

  // The one that requests to come are likely to get.
  std::optional<StrategyId> usual(ApplicationId application, const Catalogue& catalogue) const {
    using Worth = std::tuple<bool, double, double>;
    std::optional<StrategyId> best;
    Worth least;
    const auto& rows = rows_[application.value];
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      if (!rows[i]) continue;
      const Seconds latency = *foreseen(application, StrategyId{i});
      const bool is_late = latency > rows[i]->time;
      const double accuracy = catalogue.at(application, StrategyId{i}).accuracy;
      const Worth worth{is_late, is_late ? 0.0 : -accuracy, latency.count()};
      if (best && worth >= least) continue;
      best = StrategyId{i};
      least = worth;
    }
    return best;
  }

 private:
  static constexpr double kRequestsRemembered = 50.0;

  // Where a strategy is in the problem that was solved.
  struct Row {
    Eigen::Index graph = 0;
    Eigen::Index first = 0;  // of its fragments
    Seconds slo{0};
    Seconds time{0};  // that requests have when they are decided about
  };
  struct MeanSlo {
    Seconds value{0};
    double requests = 0.0;

    void add(Seconds slo) {
      requests = std::min(requests + 1.0, kRequestsRemembered);
      value += (slo - value) / requests;
    }
  };

  bool fits(const ClusterView& view) const {
    return std::ranges::equal(
        view.catalogue->applications, rows_, {},
        [](const Application& a) { return a.strategies.size(); },
        [](const auto& rows) { return rows.size(); });
  }

  void observe_slo(const ClusterView& view) {
    slo_.resize(view.catalogue->applications.size());
    for (const WorkloadView& entry : view.workloads) {
      if (newest_ && entry.workload.id <= *newest_) continue;
      slo_[entry.workload.application.value].add(entry.workload.slo);
      slo_of_all_.add(entry.workload.slo);
      newest_ = entry.workload.id;
    }
  }

  void solve(const ClusterView& view, std::int64_t most_steps) {
    const ClusterLoad load(view);
    std::vector<HostState> states;
    for (const HostView& host : view.hosts) states.push_back(host.state);
    const LoadOffered offered(view, states);
    core_ = offered.core();
    CapacityProblem problem;
    rows_.clear();
    for (std::uint32_t a = 0; a < view.catalogue->applications.size(); ++a) {
      const auto& strategies = view.catalogue->applications[a].strategies;
      rows_.emplace_back(strategies.size());
      const Seconds slo = slo_[a].requests > 0.0 ? slo_[a].value : slo_of_all_.value;
      if (slo <= Seconds(0)) continue;
      const Seconds wait = view.cadence == Cadence::kInterval ? view.beat / 2.0 : Seconds(0);
      for (std::uint32_t s = 0; s < strategies.size(); ++s) {
        Row row{.graph = problem.graphs.size(),
                .first = problem.graphs.fragments.rows(),
                .slo = slo,
                .time = std::max(slo - wait, slo / 2.0)};
        if (append(problem, load, offered, {ApplicationId{a}, StrategyId{s}, FragmentId{0}}, row))
          rows_.back()[s] = row;
      }
    }
    most_ = problem.most;
    if (problem.graphs.size() > 0) solution_ = least_capacity(weights_, problem, most_steps);
  }

  // Nothing and false if there is a fragment that no host could hold.
  static bool append(CapacityProblem& problem, const ClusterLoad& load, const LoadOffered& offered,
                     ModelId model, const Row& row) {
    const Strategy& strategy = load.view().catalogue->at(model.application, model.strategy);
    std::vector<FragmentSetting> settings;
    std::vector<double> most;
    for (; model.fragment.value < strategy.fragments.size(); ++model.fragment.value) {
      const Fragment& fragment = strategy.fragments[model.fragment.value];
      Mips fastest(0);
      std::optional<std::pair<bool, Seconds>> soonest;
      for (const HostLoad& host : load.hosts()) {
        if (host.state == HostState::kFailed || !host.view->linked) continue;
        if (!can_ever_hold(*host.type, fragment)) continue;
        fastest = std::max(fastest, capacity_given(host, fragment, 0.0));
        const std::pair start(!accepts_work(host.state), start_delay(host, model, fragment));
        soonest = soonest ? std::min(*soonest, start) : start;
      }
      if (!soonest || fastest <= Mips(0)) return false;
      settings.push_back({.load = offered.to(fragment), .start_delay = soonest->second});
      most.push_back(std::log(fastest / offered.core()));
    }
    problem.graphs.append(strategy, settings, row.slo, offered.core());
    append(problem.most, most);
    append(problem.limit, {std::log(row.time / row.slo)});
    return true;
  }

  static void append(Matrix& column, const std::vector<double>& values) {
    const Eigen::Index first = column.rows();
    const auto count = static_cast<Eigen::Index>(values.size());
    column.conservativeResize(first + count, 1);
    column.bottomRows(count) = Eigen::Map<const Matrix>(values.data(), count, 1);
  }

  Weights weights_;
  std::vector<MeanSlo> slo_;  // by application
  MeanSlo slo_of_all_;
  std::optional<WorkloadId> newest_;
  Mips core_{1.0};
  std::vector<std::vector<std::optional<Row>>> rows_;  // by application and strategy
  Matrix most_;
  CapacitySolution solution_;
};

class CapacityAhead final : public ProvisioningRule {
 public:
  explicit CapacityAhead(std::shared_ptr<CapacityPlan> capacities)
      : capacities_(std::move(capacities)) {}

  bool learns() const override { return true; }
  void observe(const ClusterView& view, std::span<const Outcome>,
               DecisionContext& context) override {
    capacities_->update(view, context.search_steps);
  }

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    const ClusterView& view = load.view();
    const double needed = most_of_late(std::max(to_come(view), in_use(view)), view);
    std::vector<PowerChange> power;
    double chosen = 0.0;
    for (const HostLoad* host : by_burden_per_speed(load, host_worths(load, Seconds(0)))) {
      const bool is_needed = chosen < needed;
      if (is_needed) chosen += host->total_speed().value();
      if (is_needed != accepts_work(host->state)) power.push_back({host->id(), is_needed});
    }
    return power;
  }

 private:
  // By the requests that are expected, once a host has booted.
  double to_come(const ClusterView& view) const {
    Seconds boot{0};
    for (const HostView& host : view.hosts) boot = std::max(boot, view.type_of(host).boot_time);
    double mean = 0.0;
    double variance = 0.0;
    for (std::uint32_t a = 0; a < view.arrival_rates.size(); ++a) {
      const ApplicationId application{a};
      const auto strategy = capacities_->usual(application, *view.catalogue);
      if (!strategy) continue;
      const auto& fragments = view.catalogue->at(application, *strategy).fragments;
      for (std::uint32_t i = 0; i < fragments.size(); ++i) {
        const Mi work = fragments[i].work.mean;
        const Mips capacity = capacities_->capacity({application, *strategy, FragmentId{i}});
        const Mi in_boot = std::min(work, capacity * boot);
        mean += view.arrival_rates[a] * work.value();
        variance += view.arrival_rates[a] * in_boot.value() * capacity.value();
      }
    }
    return mean + kDoubt * std::sqrt(variance);
  }

  // By fragments that run or could.
  double in_use(const ClusterView& view) const {
    double sum = 0.0;
    for (const WorkloadView& entry : view.workloads) {
      const ApplicationId application = entry.workload.application;
      const auto strategy =
          entry.strategy ? entry.strategy : capacities_->usual(application, *view.catalogue);
      if (!strategy) continue;
      const auto& fragments = view.catalogue->at(application, *strategy).fragments;
      for (std::uint32_t i = 0; i < fragments.size(); ++i) {
        if (!can_run(entry, fragments[i], i)) continue;
        const ModelId model{application, *strategy, FragmentId{i}};
        sum += capacities_->capacity(model, time_left(entry.workload, view.now)).value();
      }
    }
    return sum;
  }

  static bool can_run(const WorkloadView& entry, const Fragment& fragment, std::uint32_t i) {
    if (entry.tasks.empty()) return fragment.inputs.empty();
    const TaskState state = entry.tasks[i].state;
    if (state != TaskState::kUnplaced) {
      return state == TaskState::kQueued || state == TaskState::kRunning;
    }
    return std::ranges::all_of(fragment.inputs, [&](FragmentId input) {
      return entry.tasks[input.value].state == TaskState::kDone;
    });
  }

  // A host that goes off needs its boot time again.
  double most_of_late(double needed, const ClusterView& view) {
    const Seconds window = time_to_look_ahead(view, 1);
    std::erase_if(late_, [&](const auto& entry) {
      return entry.first > view.now || to_seconds(view.now - entry.first) >= window;
    });
    late_.emplace_back(view.now, needed);
    for (const auto& [time, then] : late_) needed = std::max(needed, then);
    return needed;
  }

  std::shared_ptr<CapacityPlan> capacities_;
  std::vector<std::pair<SimTime, double>> late_;
};

class MostAccurateForeseenInTime final : public DeploymentRule {
 public:
  explicit MostAccurateForeseenInTime(std::shared_ptr<const CapacityPlan> capacities)
      : capacities_(std::move(capacities)) {}

  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext&) override {
    const ApplicationId application = request.entry.workload.application;
    const auto key = [&](const StrategyOption& option) {
      const Seconds latency =
          capacities_->foreseen(application, option.strategy).value_or(option.finish);
      const bool is_late = latency > request.slack;
      return std::tuple(is_late, is_late ? 0.0 : -option.accuracy, latency, option.strategy);
    };
    std::ranges::sort(options, {}, key);
  }

 private:
  std::shared_ptr<const CapacityPlan> capacities_;
};

class WithItsCapacity final : public PlacementRule {
 public:
  explicit WithItsCapacity(std::shared_ptr<const CapacityPlan> capacities)
      : capacities_(std::move(capacities)) {}

  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const Fragment& what = route.strategy().fragments[fragment.value];
    const ClusterView& view = route.load().view();
    const Seconds left = route.workload().slo - age(route.workload(), view.now);
    const Mips asked = capacities_->capacity(route.model(fragment), left) * (1.0 - 1e-9);
    const auto key = [&](const HostLoad* host) {
      const Mips given = capacity_of_one_more(*host, what);
      return std::tuple(given < asked, route.finish_on(*host, fragment), tie_break(*host));
    };
    return (*std::ranges::min_element(candidates, {}, key))->id();
  }

 private:
  std::shared_ptr<const CapacityPlan> capacities_;
};

}  // namespace

std::unique_ptr<Policy> make_graf(Weights weights) {
  const auto capacities = std::make_shared<CapacityPlan>(std::move(weights));
  return in_canonical_order(compose(std::make_unique<CapacityAhead>(capacities),
                                    std::make_unique<MostAccurateForeseenInTime>(capacities),
                                    std::make_unique<WithItsCapacity>(capacities)));
}

}  // namespace scinet
