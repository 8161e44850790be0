// The three greedy rules of the published SciNet, on closed-form estimates instead of its scorers.
// Each trades two things, and more of the good one always makes a choice more likely.
//
// Provisioning: a host is worth its price while
//     utilisation > gamma * cost,      gamma = 0.2
//   cost        = its price per speed / the highest in the cluster
//   utilisation = share of its speed that demand would use if hosts were filled in order of price
//                 per speed, each up to 0.7 so that queues stay short
//   demand      = the largest of
//                 arrivals:  sum over applications of rate * mean work
//                 deadlines: sum over unfinished workloads of work left / max(slack, SLO / 2)
//                 history:   the busiest recent beat, sum over hosts of utilisation * speed
//   Hosts that are out of reach are left as they are, and carry nothing.
//   A host that is on goes only when those that stay and are on already carry the demand.
// Deployment: the strategy with the least
//     xi * P(late) + (1 - accuracy),   xi = 1
//   P(late) = exp(-slack / expected response): a response with the estimated mean, taken as
//   exponential; 1 when the SLO is missed already.
// Placement: the host with the least
//     zeta * energy + (1 - zeta) * response,   zeta = alpha / (alpha + beta) = 0.5
//   energy   = energy that the fragment adds / (highest peak power in the cluster * SLO)
//   response = (age + expected finish) / (2 SLO)
#include <algorithm>
#include <cmath>

#include "policy/baselines.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr double kGamma = 0.2;
constexpr double kXi = 1.0;
constexpr double kZeta = 0.3 / (0.3 + 0.3);
constexpr double kFillUpTo = 0.7;

double speed(const HostLoad& host) { return host.total_speed().value(); }
double price_per_speed(const HostLoad& host) { return host.type->price.value() / speed(host); }

double arriving_work(const ClusterView& view) {
  double demand = 0.0;
  for (std::size_t i = 0; i < view.arrival_rates.size(); ++i) {
    demand += view.arrival_rates[i] * mean_work(view.catalogue->applications[i]).value();
  }
  return demand;
}

double work_due(const ClusterView& view) {
  double demand = 0.0;
  for (const WorkloadView& entry : view.workloads) {
    const Seconds slo = entry.workload.slo;
    const Seconds slack = slo - age(entry.workload, view.now);
    demand += work_left(entry, *view.catalogue).value() / std::max(slack, slo / 2.0).count();
  }
  return demand;
}

double busiest_beat(const ClusterLoad& load) {
  std::vector<double> beats;  // newest first
  for (const HostLoad& host : load.hosts()) {
    const std::vector<double>& recent = host.view->recent_utilisation;
    beats.resize(std::max(beats.size(), recent.size()), 0.0);
    for (std::size_t i = 0; i < recent.size(); ++i) {
      beats[i] += recent[recent.size() - 1 - i] * speed(host);
    }
  }
  return beats.empty() ? 0.0 : *std::ranges::max_element(beats);
}

class UtilisationAgainstCost final : public ProvisioningRule {
 public:
  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    const double demand =
        std::max({arriving_work(load.view()), work_due(load.view()), busiest_beat(load)});
    std::vector<PowerChange> power;
    std::vector<const HostLoad*> to_stop;
    double ready = 0.0;  // speed of the hosts that are on and stay on
    double left = demand;
    const std::vector<const HostLoad*> hosts = in_order_of_price(load);
    for (const HostLoad* host : hosts) {
      const double carried = std::min(left, kFillUpTo * speed(*host));
      left -= carried;
      const double dearest = price_per_speed(*hosts.back());
      const double cost = dearest > 0.0 ? price_per_speed(*host) / dearest : 0.0;
      const bool is_worth_it = carried / speed(*host) > kGamma * cost;
      if (accepts_work(host->state) && !is_worth_it) {
        to_stop.push_back(host);
      } else if (host->state == HostState::kOn) {
        ready += speed(*host);
      } else if (!accepts_work(host->state) && is_worth_it) {
        power.push_back({host->id(), true});
      }
    }
    for (const HostLoad* host : to_stop) {
      if (kFillUpTo * ready >= demand && ready > 0.0) {
        power.push_back({host->id(), false});
      } else if (host->state == HostState::kOn) {
        ready += speed(*host);
      }
    }
    return power;
  }

 private:
  // Cheapest per speed first; of the same price those that are on, and those with work.
  static std::vector<const HostLoad*> in_order_of_price(const ClusterLoad& load) {
    std::vector<const HostLoad*> hosts;
    for (const HostLoad& host : load.hosts()) {
      if (host.state != HostState::kFailed && host.view->linked) hosts.push_back(&host);
    }
    const auto key = [](const HostLoad* host) {
      return std::tuple(price_per_speed(*host), !accepts_work(host->state), host->ready,
                        host->state == HostState::kOff, host->is_idle(), -host->outstanding.value(),
                        tie_break(*host));
    };
    std::ranges::sort(hosts, {}, key);
    return hosts;
  }
};

class ViolationAgainstAccuracy final : public DeploymentRule {
 public:
  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext&) override {
    const Seconds slack = request.slack;
    const auto loss = [&](const StrategyOption& option) {
      const double late = slack > Seconds(0) ? std::exp(-slack / option.finish) : 1.0;
      return std::tuple(kXi * late + (1.0 - option.accuracy), option.finish, option.strategy);
    };
    std::ranges::sort(options, {}, loss);
  }
};

class EnergyAgainstResponse final : public PlacementRule {
 public:
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const HostLoad* best = nullptr;
    double least = 0.0;
    for (const HostLoad* host : candidates) {
      const double loss = weighted_loss(route, fragment, *host);
      if (best && (loss > least || (loss == least && tie_break(*host) > tie_break(*best))))
        continue;
      best = host;
      least = loss;
    }
    return best->id();
  }

 private:
  static double weighted_loss(const Route& route, FragmentId fragment, const HostLoad& host) {
    const Workload& workload = route.workload();
    const Joules full = route.load().highest_peak() * workload.slo;
    const double energy =
        route.load().added_energy(host, route.strategy().fragments[fragment.value]) / full;
    const Seconds response =
        age(workload, route.load().view().now) + route.finish_on(host, fragment);
    return kZeta * energy + (1.0 - kZeta) * (response / (2.0 * workload.slo));
  }
};

}  // namespace

std::unique_ptr<ProvisioningRule> cosim_provisioning() {
  return std::make_unique<UtilisationAgainstCost>();
}

std::unique_ptr<DeploymentRule> cosim_deployment() {
  return std::make_unique<ViolationAgainstAccuracy>();
}

std::unique_ptr<PlacementRule> cosim_placement() {
  return std::make_unique<EnergyAgainstResponse>();
}

std::unique_ptr<Policy> make_cosim() {
  return compose(cosim_provisioning(), cosim_deployment(), cosim_placement());
}

}  // namespace scinet
