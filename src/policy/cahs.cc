// CAHS: correlation-aware heuristic search. The demand of all hosts is predicted jointly, by a
// mixture of Gaussians over the demand now and later, so that it is known which hosts are busy
// together; hosts are chosen so that demands which rise together do not meet on one host. A
// provisioning rule.
//
// Source: C. Luo et al., Correlation-Aware Heuristic Search for Intelligent Virtual Machine
// Provisioning in Cloud Systems, AAAI 2021.
//
//   (d_1, ..., d_n) ~ N(mu, Sigma) given the demands now; mu scaled up to what is due
//   The demand of each host is cut into 4 equal parts; parts go, the largest first, to the host on
//   which the expected shortage grows least, of equals to the one that is then filled least by
//   mean + deviation. On a host with parts B
//       mean = sum mu_i,  variance = sum_ij Sigma_ij over B
//   J(hosts on) = sum of burdens
//                 + (w_response + w_violation) sum over hosts E[(d - 0.7 speed)+] / sum mu
//   Search: from the hosts that are on, the best single switch among the 8 that are on and needed
//   least and the 4 that are off and burden least, until none helps.
// Clusters of more than 16 hosts are predicted in 12 groups of neighbours in order of burden per
// speed, each host with its share of the group's recent demand.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "policy/host_burden.h"
#include "policy/observed_demand.h"
#include "policy/predictive.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr double kFillUpTo = 0.7;
constexpr int kParts = 4;
constexpr int kMostBeatsAhead = 12;
constexpr int kLeastBeatsAhead = 3;
constexpr std::size_t kMostSingleHosts = 16;
constexpr std::size_t kGroups = 12;
constexpr std::size_t kShareBeats = 6;  // that shares of a group are taken from
constexpr std::size_t kOnCandidates = 8;
constexpr std::size_t kOffCandidates = 4;
constexpr std::size_t kMostSwitches = 24;
constexpr std::size_t kHostsTried = 24;  // for one part
constexpr double kNoDemand = 1e-6;       // MIPS

// What is known of demand, a piece of it for each host.
struct JointDemand {
  std::vector<double> share;       // of each host in its group
  std::vector<std::size_t> group;  // of each host; a row of the prediction
  JointPrediction of_groups;
  double scale = 1.0;  // of the means

  double mean(std::size_t host) const {
    return scale * share[host] * of_groups.mean[static_cast<Eigen::Index>(group[host])];
  }
  double covariance(std::size_t a, std::size_t b) const {
    return share[a] * share[b] *
           of_groups.covariance(static_cast<Eigen::Index>(group[a]),
                                static_cast<Eigen::Index>(group[b]));
  }
};

// Demand that has been put on one host that is on.
struct Load {
  std::size_t host = 0;
  double room = 0.0;  // speed that may be filled
  double mean = 0.0;
  double variance = 0.0;
  std::vector<std::size_t> parts = {};  // which host each part is demand of

  double shortage() const {
    return UncertainDemand{mean, std::sqrt(std::max(variance, 0.0))}.shortage(room) * mean;
  }
  double fill() const { return (mean + std::sqrt(std::max(variance, 0.0))) / room; }
};

class CorrelationSearch {
 public:
  CorrelationSearch(std::span<const HostLoad* const> hosts, std::vector<HostWorth> worths,
                    const JointDemand& demand, double shortage_weight)
      : hosts_(hosts),
        worths_(std::move(worths)),
        demand_(demand),
        shortage_weight_(shortage_weight) {
    for (std::size_t host = 0; host < hosts.size(); ++host) {
      total_ += demand.mean(host);
      if (demand.mean(host) > kNoDemand) with_demand_.push_back(host);
    }
    std::ranges::stable_sort(with_demand_, std::greater<>(),
                             [&](std::size_t host) { return demand.mean(host); });
  }

  std::vector<bool> run() const {
    std::vector<bool> on;
    for (const HostLoad* host : hosts_) on.push_back(accepts_work(host->state));
    double least = loss(on);
    for (std::size_t round = 0; round < kMostSwitches; ++round) {
      std::optional<std::size_t> best;
      for (const std::size_t host : candidates(on)) {
        on[host] = !on[host];
        const double there = loss(on);
        on[host] = !on[host];
        if (there >= least - 1e-12) continue;
        least = there;
        best = host;
      }
      if (!best) break;
      on[*best] = !on[*best];
    }
    return on;
  }

 private:
  // Those on with the least demand of their own, of equals the largest burden per speed; those off
  // with the least burden per speed.
  std::vector<std::size_t> candidates(const std::vector<bool>& on) const {
    std::vector<std::size_t> to_stop;
    std::vector<std::size_t> to_start;
    for (std::size_t host = 0; host < hosts_.size(); ++host) {
      (on[host] ? to_stop : to_start).push_back(host);
    }
    std::ranges::reverse(to_stop);
    std::ranges::stable_sort(to_stop, {}, [&](std::size_t host) { return demand_.mean(host); });
    to_stop.resize(std::min(to_stop.size(), kOnCandidates));
    to_start.resize(std::min(to_start.size(), kOffCandidates));
    to_stop.insert(to_stop.end(), to_start.begin(), to_start.end());
    return to_stop;
  }

  double loss(const std::vector<bool>& on) const {
    std::vector<Load> loads;
    double burden = 0.0;
    for (std::size_t host = 0; host < hosts_.size(); ++host) {
      if (!on[host]) continue;
      burden += worths_[host].burden;
      loads.push_back({.host = host, .room = kFillUpTo * worths_[host].speed});
    }
    if (total_ <= kNoDemand) return burden;
    if (loads.empty()) return burden + shortage_weight_;
    std::size_t next = 0;  // hosts are tried in turn where there are many
    for (const std::size_t of : with_demand_) {
      for (int part = 0; part < kParts; ++part) {
        put(of, loads, next);
        next += kHostsTried;
      }
    }
    double shortage = 0.0;
    for (const Load& load : loads) shortage += load.shortage();
    return burden + shortage_weight_ * shortage / total_;
  }

  void put(std::size_t of, std::vector<Load>& loads, std::size_t next) const {
    Load* best = nullptr;
    Load best_after;
    std::pair<double, double> least;
    const std::size_t tried = std::min(loads.size(), kHostsTried);
    for (std::size_t i = 0; i < tried; ++i) {
      Load& load = loads[loads.size() <= kHostsTried ? i : (next + i) % loads.size()];
      Load after{load.host,
                 load.room,
                 load.mean + demand_.mean(of) / kParts,
                 load.variance + added_variance(of, load),
                 {}};
      const std::pair rank(after.shortage() - load.shortage(), after.fill());
      if (best && rank >= least) continue;
      best = &load;
      best_after = after;
      least = rank;
    }
    best->mean = best_after.mean;
    best->variance = best_after.variance;
    best->parts.push_back(of);
  }

  double added_variance(std::size_t of, const Load& load) const {
    double added = demand_.covariance(of, of);
    for (const std::size_t other : load.parts) added += 2.0 * demand_.covariance(of, other);
    return added / (kParts * kParts);
  }

  std::span<const HostLoad* const> hosts_;
  std::vector<HostWorth> worths_;  // in the order of the hosts
  const JointDemand& demand_;
  double shortage_weight_;
  double total_ = 0.0;
  std::vector<std::size_t> with_demand_;  // most of it first
};

class CorrelationAware final : public ProvisioningRule {
 public:
  explicit CorrelationAware(JointPredictor predictor) : predictor_(std::move(predictor)) {}

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    const ClusterView& view = load.view();
    observed_.update(view);
    const Seconds window = time_to_look_ahead(view, kLeastBeatsAhead);
    const int steps = std::min(static_cast<int>(std::ceil(window / view.beat)), kMostBeatsAhead);
    const std::vector<HostWorth> all = host_worths(load, observed_.slo());
    const auto hosts = by_burden_per_speed(load, all);
    if (hosts.empty()) return {};
    const JointDemand demand = predict(view, hosts, steps);
    std::vector<HostWorth> worths;
    for (const HostLoad* host : hosts) {
      const double boots = accepts_work(host->state) ? 0.0 : host->type->boot_time / window;
      const auto& [burden, speed] = all[host->id().value];
      worths.push_back({burden * (1.0 + boots), speed});
    }
    const double at_stake = view.weights.response + view.weights.violation;
    const std::vector<bool> on =
        CorrelationSearch(hosts, std::move(worths), demand, at_stake).run();
    std::vector<PowerChange> power;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (on[i] != accepts_work(hosts[i]->state)) power.push_back({hosts[i]->id(), on[i]});
    }
    return power;
  }

 private:
  JointDemand predict(const ClusterView& view, std::span<const HostLoad* const> hosts, int steps) {
    const std::size_t groups = hosts.size() <= kMostSingleHosts ? hosts.size() : kGroups;
    const std::size_t beats = observed_.beats();
    std::vector<std::vector<double>> series(groups, std::vector<double>(beats, 0.0));
    JointDemand demand;
    std::vector<double> recent(groups, 0.0);
    std::vector<double> members(groups, 0.0);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const std::size_t group = i * groups / hosts.size();
      const std::vector<double>& busy = observed_.utilisation()[hosts[i]->id().value];
      const double speed = hosts[i]->type->total_speed().value() * hosts[i]->view->speed_factor;
      for (std::size_t beat = 0; beat < beats; ++beat) series[group][beat] += busy[beat] * speed;
      const auto newest = std::span(busy).last(std::min(kShareBeats, beats));
      demand.share.push_back(speed * std::accumulate(newest.begin(), newest.end(), 0.0));
      demand.group.push_back(group);
      recent[group] += demand.share.back();
      members[group] += 1.0;
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const std::size_t group = demand.group[i];
      demand.share[i] =
          recent[group] > kNoDemand ? demand.share[i] / recent[group] : 1.0 / members[group];
    }
    demand.of_groups = predictor_(series, steps);
    demand.of_groups.mean = demand.of_groups.mean.cwiseMax(0.0);
    raise_to(least_demand(view).value(), demand);
    return demand;
  }

  static void raise_to(double due, JointDemand& demand) {
    const double total = demand.of_groups.mean.sum();
    if (total >= due) return;
    if (total > kNoDemand) {
      demand.scale = due / total;
    } else {
      demand.of_groups.mean.array() += due / static_cast<double>(demand.of_groups.mean.size());
    }
  }

  JointPredictor predictor_;
  ObservedDemand observed_;
};

}  // namespace

std::unique_ptr<ProvisioningRule> cahs_provisioning_with(JointPredictor predictor) {
  return std::make_unique<CorrelationAware>(std::move(predictor));
}

std::unique_ptr<ProvisioningRule> cahs_provisioning() {
  return cahs_provisioning_with(
      [](const auto& series, int steps) { return predict_jointly(series, steps); });
}

}  // namespace scinet
