// DecisionNN: decision-focused learning (B. Wilder, B. Dilkina, M. Tambe, "Melding the
// data-decisions pipeline: decision-focused learning for combinatorial optimization", AAAI 2019).
//
//   demand = network(past)                          attention over beats (demand_network.h)
//   x(demand) = least loss of hosts that carry it   a relaxed optimiser (power_relaxation.h)
//   trained to minimise loss(x(demand), what then came), through the derivative of the optimiser
//
// so that the network errs on the side that costs less QoS. A decision is made with the same
// optimiser: hosts on in order of x until they carry the demand. A host that is on goes only when
// those that stay and are on already carry it. Strategy: the least
//     w_a (1 - accuracy) + w_r min(response / (2 SLO), 1) + w_v P(late)
//       + price demand (its work / mean work of the application's strategies)
// with P(late) = exp(-slack / response), the response being the expected finish x (1 + wait), and
// the wait that the foreseen demand causes (Sakasegawa 1977, as in policy/plan_estimate.h); price
// is what more demand costs by the optimiser, so that a strategy pays for the hosts that it keeps
// on. Placement: where it is expected to finish first.
#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>
#include <utility>

#include "learn/demand_network.h"
#include "learn/neural_rivals.h"
#include "learn/power_relaxation.h"
#include "policy/canonical_order.h"
#include "policy/rules.h"

namespace scinet {
namespace {

// What both rules know of the demand: the network and what it has seen.
class DemandAheadOfUs {
 public:
  explicit DemandAheadOfUs(Weights weights) : weights_(std::move(weights)) {}

  void update(const ClusterView& view) {
    offered_.update(view);
    Tape tape;
    const WeightsOnTape network(tape, weights_, WeightsOnTape::Use::kDecide);
    demand_ = tape.number(foreseen_demand(network, offered_.picture(view)));
  }
  double demand() const { return demand_; }  // share of the speed of all hosts

 private:
  Weights weights_;
  OfferedWork offered_;
  double demand_ = 0.0;
};

class LeastLossForDemand final : public ProvisioningRule {
 public:
  explicit LeastLossForDemand(std::shared_ptr<DemandAheadOfUs> ahead) : ahead_(std::move(ahead)) {}

  bool learns() const override { return true; }
  void observe(const ClusterView& view, std::span<const Outcome>, DecisionContext&) override {
    ahead_->update(view);
  }

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    const double demand = ahead_->demand();
    const PowerProblem problem = power_problem(load.view());
    const Matrix on = solve(problem, demand).on;
    std::vector<PowerChange> power;
    std::vector<const HostLoad*> to_stop;
    double chosen = 0.0;
    double ready = 0.0;
    for (const HostLoad* host : in_order_of(on, load)) {
      const double share = problem.share(host->id().value, 0);
      const bool is_needed = chosen < demand;
      if (is_needed) chosen += share;
      if (accepts_work(host->state) && !is_needed) {
        to_stop.push_back(host);
      } else if (host->state == HostState::kOn) {
        ready += share;
      } else if (!accepts_work(host->state) && is_needed) {
        power.push_back({host->id(), true});
      }
    }
    for (const HostLoad* host : to_stop) {
      if (ready >= demand && ready > 0.0) {
        power.push_back({host->id(), false});
      } else if (host->state == HostState::kOn) {
        ready += problem.share(host->id().value, 0);
      }
    }
    return power;
  }

 private:
  // Those that the optimiser wants most; of the same, those that are on and have work.
  static std::vector<const HostLoad*> in_order_of(const Matrix& on, const ClusterLoad& load) {
    std::vector<const HostLoad*> hosts;
    for (const HostLoad& host : load.hosts()) {
      if (host.state != HostState::kFailed && host.view->linked) hosts.push_back(&host);
    }
    const auto key = [&](const HostLoad* host) {
      const double wanted = std::round(1e6 * on(host->id().value, 0));
      return std::tuple(-wanted, !accepts_work(host->state), host->ready,
                        host->state == HostState::kOff, host->is_idle(), -host->outstanding.value(),
                        tie_break(*host));
    };
    std::ranges::sort(hosts, {}, key);
    return hosts;
  }

  std::shared_ptr<DemandAheadOfUs> ahead_;
};

class LeastLossOfStrategy final : public DeploymentRule {
 public:
  explicit LeastLossOfStrategy(std::shared_ptr<DemandAheadOfUs> ahead) : ahead_(std::move(ahead)) {}

  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext&) override {
    const QosWeights& weights = request.load.view().weights;
    const Seconds slo = request.entry.workload.slo;
    const double stretch = 1.0 + wait(request.load);
    const double demand = ahead_->demand();
    const double price = demand * solve(power_problem(request.load.view()), demand).price;
    const auto loss = [&](const StrategyOption& option) {
      const Seconds left = option.finish * stretch;
      const double late = request.slack > Seconds(0) ? std::exp(-request.slack / left) : 1.0;
      const Seconds response = slo - request.slack + left;
      return std::tuple(weights.inaccuracy * (1.0 - option.accuracy) +
                            weights.response * std::min(response / (2.0 * slo), 1.0) +
                            weights.violation * late + price * relative_work(option, request),
                        option.finish, option.strategy);
    };
    std::ranges::sort(options, {}, loss);
  }

 private:
  static double relative_work(const StrategyOption& option, const DeploymentCase& request) {
    const Catalogue& catalogue = *request.load.view().catalogue;
    const ApplicationId application = request.entry.workload.application;
    Mi work;
    for (const Fragment& fragment : catalogue.at(application, option.strategy).fragments) {
      work += fragment.work.mean;
    }
    return work / mean_work(catalogue.at(application));
  }

  // Relative to the time alone.
  double wait(const ClusterLoad& load) const {
    double all = 0.0;
    double on = 0.0;
    double cores = 0.0;
    for (const HostLoad& host : load.hosts()) {
      const double speed = host.type->total_speed().value();
      all += speed;
      if (!host.can_get_work()) continue;
      on += speed;
      cores += host.cores();
    }
    if (on <= 0.0) return 0.0;
    const double busy = std::min(ahead_->demand() * all / on, 0.95);
    return std::pow(busy, std::sqrt(2.0 * (cores + 1.0)) - 1.0) / (cores * (1.0 - busy));
  }

  std::shared_ptr<DemandAheadOfUs> ahead_;
};

}  // namespace

std::unique_ptr<Policy> make_decisionnn(Weights weights) {
  const auto ahead = std::make_shared<DemandAheadOfUs>(std::move(weights));
  return in_canonical_order(compose(std::make_unique<LeastLossForDemand>(ahead),
                                    std::make_unique<LeastLossOfStrategy>(ahead),
                                    earliest_finish()));
}

}  // namespace scinet
