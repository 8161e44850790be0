// UAHS: uncertainty-aware heuristic search. A Gaussian process predicts the demand of every host
// with its uncertainty; hosts are chosen so that what they cost and what a shortage is expected to
// cost are least together; how much a shortage weighs is learned from what happened, by Bayesian
// optimisation. A provisioning rule.
//
// Source: C. Luo et al., Intelligent Virtual Machine Provisioning in Cloud Computing, IJCAI 2020.
//
//   D ~ N(mu, sigma^2), mu and sigma^2 sums over hosts (their errors count as independent), at that
//       of the beats ahead where mu + sigma is largest; mu at least what is due
//   J(hosts on) = sum of burdens + kappa (w_response + w_violation) E[(D - 0.7 speed)+] / mu
//   A host that is switched on counts its burden for the time of its boot as well.
//   Search: from the hosts that are on now, and from the best number of hosts in order of burden
//           per speed: the best single switch until none helps; the better of the two.
//   kappa in [0.1, 10], one value for 8 beats; its worth is their QoS: energy and cost of the hosts
//           on at their utilisation, response and violation of the requests answered.
#include <algorithm>
#include <cmath>

#include "forecast/gaussian_process.h"
#include "policy/host_burden.h"
#include "policy/observed_demand.h"
#include "policy/plan_estimate.h"
#include "policy/predictive.h"
#include "policy/rules.h"
#include "search/bayesian_optimisation.h"

namespace scinet {
namespace {

constexpr double kFillUpTo = 0.7;
constexpr int kMostBeatsAhead = 12;
constexpr int kLeastBeatsAhead = 3;
constexpr int kBeatsOfOneWeight = 8;

// The sums that tell how good a set of hosts is.
struct HostSet {
  std::vector<bool> on;  // in the order of the hosts searched
  double burden = 0.0;
  double speed = 0.0;
};

// The set of hosts with the least J.
class SetSearch {
 public:
  SetSearch(std::span<const HostLoad* const> hosts, const std::vector<HostWorth>& worths,
            const UncertainDemand& demand, double shortage_weight, Seconds window)
      : hosts_(hosts), demand_(demand), shortage_weight_(shortage_weight) {
    for (const HostLoad* host : hosts) {
      const double boots = accepts_work(host->state) ? 0.0 : host->type->boot_time / window;
      burdens_.push_back(worths[host->id().value].burden * (1.0 + boots));
      speeds_.push_back(worths[host->id().value].speed);
    }
  }

  HostSet run() const {
    HostSet now;
    HostSet prefix{std::vector<bool>(hosts_.size(), false)};
    now.on.assign(hosts_.size(), false);
    HostSet best_prefix = prefix;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (accepts_work(hosts_[i]->state)) flip(now, i);
      flip(prefix, i);
      if (i == 0 || loss(prefix) < loss(best_prefix)) best_prefix = prefix;
    }
    now = descended(std::move(now));
    best_prefix = descended(std::move(best_prefix));
    return loss(best_prefix) < loss(now) ? best_prefix : now;
  }

 private:
  double loss(const HostSet& set) const {
    return set.burden + shortage_weight_ * demand_.shortage(kFillUpTo * set.speed);
  }

  void flip(HostSet& set, std::size_t i) const {
    const double sign = set.on[i] ? -1.0 : 1.0;
    set.on[i] = !set.on[i];
    set.burden += sign * burdens_[i];
    set.speed += sign * speeds_[i];
  }

  HostSet descended(HostSet set) const {
    for (std::size_t round = 0; round < hosts_.size(); ++round) {
      std::optional<std::size_t> best;
      double least = loss(set) - 1e-12;
      for (std::size_t i = 0; i < hosts_.size(); ++i) {
        flip(set, i);
        const double there = loss(set);
        flip(set, i);
        if (there >= least) continue;
        least = there;
        best = i;
      }
      if (!best) break;
      flip(set, *best);
    }
    return set;
  }

  std::span<const HostLoad* const> hosts_;
  const UncertainDemand& demand_;
  double shortage_weight_;
  std::vector<double> burdens_;
  std::vector<double> speeds_;
};

// Learns how much a shortage weighs.
class ShortageWeight {
 public:
  double kappa() const { return std::pow(10.0, 2.0 * point_.front() - 1.0); }

  void observe(const ClusterView& view, std::span<const Outcome> outcomes,
               DecisionContext& context) {
    for (const Outcome& outcome : outcomes) {
      totals_.finished += 1;
      totals_.finished_late += outcome.is_late() ? 1 : 0;
      totals_.add_arrival(outcome.response(), outcome.workload.slo);
    }
    if (last_beat_ && view.now < *last_beat_ + to_sim_time(view.beat * 0.999)) return;
    last_beat_ = view.now;
    add_power(view);
    if (++beats_ < kBeatsOfOneWeight) return;
    if (totals_.finished > 0) {
      search_.observe({point_, {qos_score(qos_terms(totals_), view.weights)}});
      point_ = search_.suggest(context.random);
    }
    totals_ = {};
    beats_ = 0;
  }

 private:
  void add_power(const ClusterView& view) {
    for (const HostView& host : view.hosts) {
      const HostType& type = view.type_of(host);
      totals_.energy_at_full_power += type.power.peak() * view.beat;
      totals_.cost_of_all_on += type.price * view.beat;
      if (host.state == HostState::kOff || host.state == HostState::kFailed) continue;
      totals_.energy += type.power.at(host.utilisation) * view.beat;
      totals_.cost += type.price * view.beat;
    }
  }

  BayesianOptimisation search_{1, 3, 40};
  std::vector<double> point_{0.5};  // kappa = 1
  WindowTotals totals_;
  int beats_ = 0;
  std::optional<SimTime> last_beat_;
};

class UncertaintyAware final : public ProvisioningRule {
 public:
  explicit UncertaintyAware(SeriesPredictor predictor) : predictor_(std::move(predictor)) {}

  bool learns() const override { return true; }
  void observe(const ClusterView& view, std::span<const Outcome> outcomes,
               DecisionContext& context) override {
    weight_.observe(view, outcomes, context);
  }

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    const ClusterView& view = load.view();
    observed_.update(view);
    const Seconds window = time_to_look_ahead(view, kLeastBeatsAhead);
    const UncertainDemand demand = predict(view, window);
    const std::vector<HostWorth> worths = host_worths(load, observed_.slo());
    const auto hosts = by_burden_per_speed(load, worths);
    const double at_stake = view.weights.response + view.weights.violation;
    const HostSet set = SetSearch(hosts, worths, demand, weight_.kappa() * at_stake, window).run();
    std::vector<PowerChange> power;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (set.on[i] != accepts_work(hosts[i]->state)) power.push_back({hosts[i]->id(), set.on[i]});
    }
    return power;
  }

 private:
  UncertainDemand predict(const ClusterView& view, Seconds window) {
    const int steps = std::min(static_cast<int>(std::ceil(window / view.beat)), kMostBeatsAhead);
    const auto hosts = predictor_(observed_.utilisation(), steps);
    UncertainDemand most;
    for (std::size_t step = 0; step < static_cast<std::size_t>(steps); ++step) {
      double mean = 0.0;
      double variance = 0.0;
      for (const HostView& host : view.hosts) {
        const auto& [share, deviation] = hosts[host.id.value][step];
        const double speed = view.type_of(host).total_speed().value() * host.speed_factor;
        mean += std::clamp(share, 0.0, 1.0) * speed;
        variance += std::pow(deviation * speed, 2.0);
      }
      if (mean + std::sqrt(variance) > most.mean + most.deviation)
        most = {mean, std::sqrt(variance)};
    }
    most.mean = std::max(most.mean, least_demand(view).value());
    return most;
  }

  SeriesPredictor predictor_;
  ObservedDemand observed_;
  ShortageWeight weight_;
};

}  // namespace

std::unique_ptr<ProvisioningRule> uahs_provisioning_with(SeriesPredictor predictor) {
  return std::make_unique<UncertaintyAware>(std::move(predictor));
}

std::unique_ptr<ProvisioningRule> uahs_provisioning() {
  return uahs_provisioning_with(
      [](const auto& series, int steps) { return predict_together(series, steps); });
}

}  // namespace scinet
