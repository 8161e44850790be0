// Narya: predict trouble on hosts, choose a mitigation by a bandit, learn from what came of it
// (S. Levy, R. Yao, Y. Wu, et al., "Predictive and adaptive failure mitigation to avert production
// cloud VM interruptions", OSDI 2020).
//
// Prediction. A host shows signs: failed lately, slow, throttled, out of reach, overloaded (its
// last beat above 0.9, or a backlog that takes longer than a beat). For each sign the probability
// p that trouble follows by the next decision is counted online, from a prior as Narya's expert
// rules give one; the risk of a host joins its signs as independent causes, 1 - prod (1 - p).
// Trouble is a failure, a lost link or a request that ran there and came late.
//
// Mitigation. Arms are chosen by Thompson sampling (search/bandits.h), a bandit for each case:
//     a host with risk above 0.5:  leave it | take no new work (off once its tasks are done) |
//                                  the same and a healthy host on in its place
//     cores of healthy hosts more than 0.7 asked for:   nothing | one host on | a quarter more on
//     less than 0.5:  nothing | one idle host off | half of the idle hosts off
// They start from one reward of 0.7 with a deviation of 0.2. The reward of an arm is what Narya
// calls customer impact, here in the terms of QoS that a host can change, over the next two
// decisions:
//     1 - (w_v share late + w_r mean response / (2 SLO) + w_e power on / peak power of all
//          + w_c price on / price of all) / (w_v + w_r + w_e + w_c)
//
// Ours: the capacity arms, so that it provisions a whole cluster and not only its troubled hosts.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/predictive.h"
#include "policy/rules.h"
#include "search/bandits.h"

namespace scinet {
namespace {

constexpr double kOverloaded = 0.9;
constexpr double kRisky = 0.5;
constexpr double kPressedAbove = 0.7;
constexpr double kCalmBelow = 0.5;
constexpr int kWatchedDecisions = 2;
constexpr double kPriorReward = 0.7;
constexpr double kPriorDeviation = 0.2;

enum Sign { kFailedLately, kSlow, kThrottled, kOutOfReach, kTooBusy, kSigns };
using Signs = std::array<bool, kSigns>;

// How often trouble followed a sign.
struct SignCount {
  double followed = 0.0;
  double seen = 0.0;
  double probability() const { return followed / seen; }
};

enum Context { kTroubledHost, kPressed, kCalm, kContexts };
constexpr std::size_t kArms = 3;

bool is_troubled(const HostView& host) { return host.state == HostState::kFailed || !host.linked; }

class TroublePredictor {
 public:
  TroublePredictor() {
    counts_[kFailedLately] = {0.6, 2.0};
    counts_[kSlow] = {1.2, 2.0};
    counts_[kThrottled] = {1.0, 2.0};
    counts_[kOutOfReach] = {1.6, 2.0};
    counts_[kTooBusy] = {0.6, 2.0};
  }

  // Counts what followed the signs of the last view.
  void learn(const ClusterView& view, std::span<const Outcome> outcomes) {
    failed_lately_.resize(view.hosts.size(), 0);
    std::vector<bool> trouble;
    for (const HostView& host : view.hosts) trouble.push_back(is_troubled(host));
    for (const Outcome& outcome : outcomes) {
      if (!outcome.is_late()) continue;
      for (const HostId host : outcome.hosts) trouble[host.value] = true;
    }
    if (signs_.size() == view.hosts.size()) {
      for (std::size_t i = 0; i < signs_.size(); ++i) count(signs_[i], trouble[i]);
    }
    for (const HostView& host : view.hosts) {
      int& lately = failed_lately_[host.id.value];
      lately = host.state == HostState::kFailed ? kMemory : std::max(lately - 1, 0);
    }
  }

  // The risk of each host of the view, by HostId; its signs are remembered for learn().
  std::vector<double> risks(const ClusterLoad& load) {
    signs_.clear();
    std::vector<double> risks;
    for (const HostLoad& host : load.hosts()) {
      signs_.push_back(signs_of(host, load.view()));
      double well = 1.0;
      for (std::size_t sign = 0; sign < kSigns; ++sign) {
        if (signs_.back()[sign]) well *= 1.0 - counts_[sign].probability();
      }
      risks.push_back(1.0 - well);
    }
    return risks;
  }

 private:
  static constexpr int kMemory = 24;  // decisions for which a failure is lately

  Signs signs_of(const HostLoad& host, const ClusterView& view) const {
    const bool is_on = host.state == HostState::kOn;
    const bool is_behind = is_on && host.outstanding / host.total_speed() > view.beat;
    Signs signs{};
    signs[kFailedLately] = failed_lately_[host.id().value] > 0;
    signs[kSlow] = host.view->speed_factor < 0.95;
    signs[kThrottled] = host.view->throttled;
    signs[kOutOfReach] = !host.view->linked;
    signs[kTooBusy] = (is_on && host.view->utilisation > kOverloaded) || is_behind;
    return signs;
  }

  void count(const Signs& signs, bool followed) {
    for (std::size_t sign = 0; sign < kSigns; ++sign) {
      if (!signs[sign]) continue;
      counts_[sign].seen += 1.0;
      counts_[sign].followed += followed ? 1.0 : 0.0;
    }
  }

  std::array<SignCount, kSigns> counts_;
  std::vector<Signs> signs_;        // of each host in the last view
  std::vector<int> failed_lately_;  // decisions left
};

class PredictAndMitigate final : public ProvisioningRule {
 public:
  explicit PredictAndMitigate(std::optional<RandomStream> noise = {}) : noise_(std::move(noise)) {}

  bool learns() const override { return true; }

  // Looks back only when it is asked again, so that what it did had the time of a beat to work.
  void observe(const ClusterView& view, std::span<const Outcome> outcomes,
               DecisionContext&) override {
    if (hosts_ != view.hosts.size()) answered_.clear();
    hosts_ = view.hosts.size();
    answered_.insert(answered_.end(), outcomes.begin(), outcomes.end());
    if (!view.asked.provisioning) return;
    predictor_.learn(view, answered_);
    const double reward = reward_of(view, answered_);
    answered_.clear();
    for (Watched& arm : watched_) {
      arm.sum += reward;
      if (--arm.left == 0) {
        bandits_[arm.context].reward(arm.arm, arm.sum / kWatchedDecisions);
      }
    }
    std::erase_if(watched_, [](const Watched& arm) { return arm.left == 0; });
  }

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext& context) override {
    risks_ = predictor_.risks(load);
    if (noise_) std::ranges::generate(risks_, [&] { return noise_->uniform(); });
    std::vector<PowerChange> power;
    std::vector<bool> is_changed(load.hosts().size(), false);
    const auto change = [&](const HostLoad* host, bool on) {
      if (!host) return;
      power.push_back({host->id(), on});
      is_changed[host->id().value] = true;
    };
    for (const HostLoad& host : load.hosts()) {
      if (!host.can_get_work() || risk(host) <= kRisky) continue;
      const std::size_t arm = pull(kTroubledHost, context.random);
      if (arm >= 1) change(&host, false);
      if (arm == 2) change(best_to_start(load, is_changed), true);
    }
    const double pressure = pressure_of(load, is_changed);
    if (pressure > kPressedAbove) {
      const std::size_t arm = pull(kPressed, context.random);
      const auto quarter = std::max<std::size_t>(1, count_open(load) / 4);
      const std::size_t more = arm == 0 ? 0 : arm == 1 ? 1 : quarter;
      for (std::size_t i = 0; i < more; ++i) change(best_to_start(load, is_changed), true);
    } else if (pressure < kCalmBelow) {
      const std::size_t arm = pull(kCalm, context.random);
      const std::vector<const HostLoad*> idle = idle_to_stop(load, is_changed);
      const std::size_t half = (idle.size() + 1) / 2;
      const std::size_t fewer = arm == 0   ? 0
                                : arm == 1 ? std::min<std::size_t>(idle.size(), 1)
                                           : half;
      for (std::size_t i = 0; i < fewer; ++i) {
        is_changed[idle[i]->id().value] = true;
        if (pressure_of(load, is_changed) > kPressedAbove) break;
        change(idle[i], false);
      }
    }
    return power;
  }

 private:
  struct Watched {
    Context context;
    std::size_t arm = 0;
    int left = kWatchedDecisions;
    double sum = 0.0;
  };

  std::size_t pull(Context context, RandomStream& random) {
    const std::size_t arm = bandits_[context].choose(random);
    watched_.push_back({.context = context, .arm = arm});
    return arm;
  }

  static double reward_of(const ClusterView& view, std::span<const Outcome> outcomes) {
    double late = 0.0, response = 0.0, power = 0.0, peak = 0.0, price = 0.0, all = 0.0;
    for (const Outcome& outcome : outcomes) {
      late += outcome.is_late() ? 1.0 : 0.0;
      response += std::min(outcome.response() / (2.0 * outcome.workload.slo), 1.0);
    }
    for (const HostView& host : view.hosts) {
      const HostType& type = view.type_of(host);
      const bool has_power = accepts_work(host.state) || host.state == HostState::kDraining;
      power += has_power ? type.power.at(host.utilisation).value() : 0.0;
      price += has_power ? type.price.value() : 0.0;
      peak += type.power.peak().value();
      all += type.price.value();
    }
    const double answers = std::max<double>(1.0, static_cast<double>(outcomes.size()));
    const QosWeights& w = view.weights;
    const double sum = w.violation + w.response + w.energy + w.cost;
    if (sum <= 0.0) return kPriorReward;
    const double loss = w.violation * late / answers + w.response * response / answers +
                        (peak > 0.0 ? w.energy * power / peak : 0.0) +
                        (all > 0.0 ? w.cost * price / all : 0.0);
    return 1.0 - loss / sum;
  }

  double risk(const HostLoad& host) const { return risks_[host.id().value]; }

  // Cores that tasks ask for over the cores of healthy hosts that get work and are not to change.
  double pressure_of(const ClusterLoad& load, const std::vector<bool>& is_changed) const {
    double wanted = 0.0;
    double cores = 0.0;
    for (const HostLoad& host : load.hosts()) {
      wanted += host.cores_wanted;
      const bool counts =
          host.can_get_work() && !is_changed[host.id().value] && risk(host) <= kRisky;
      if (counts) cores += host.cores();
    }
    for (const WorkloadView& entry : load.view().workloads) {
      if (is_waiting(entry)) wanted += 1.0;
    }
    return cores > 0.0 ? wanted / cores : 1.0;
  }

  static std::size_t count_open(const ClusterLoad& load) {
    return static_cast<std::size_t>(std::ranges::count_if(
        load.hosts(), [](const HostLoad& host) { return host.can_get_work(); }));
  }

  // The least risk, then the lowest price per speed.
  const HostLoad* best_to_start(const ClusterLoad& load,
                                const std::vector<bool>& is_changed) const {
    const auto key = [&](const HostLoad& host) {
      return std::tuple(risk(host), price_per_speed(host), tie_break(host));
    };
    const HostLoad* best = nullptr;
    for (const HostLoad& host : load.hosts()) {
      const bool can_start = host.state == HostState::kOff || host.state == HostState::kDraining;
      if (!can_start || !host.view->linked || is_changed[host.id().value]) continue;
      if (risk(host) > kRisky) continue;
      if (!best || key(host) < key(*best)) best = &host;
    }
    return best;
  }

  // Dearest per speed first.
  static std::vector<const HostLoad*> idle_to_stop(const ClusterLoad& load,
                                                   const std::vector<bool>& is_changed) {
    std::vector<const HostLoad*> idle;
    for (const HostLoad& host : load.hosts()) {
      const bool is_idle = host.can_get_work() && host.is_idle() && host.ready <= Seconds(0);
      if (is_idle && !is_changed[host.id().value]) idle.push_back(&host);
    }
    std::ranges::sort(idle, {}, [](const HostLoad* host) {
      return std::tuple(-price_per_speed(*host), tie_break(*host));
    });
    return idle;
  }

  static double price_per_speed(const HostLoad& host) {
    return host.type->price.value() / host.total_speed().value();
  }

  TroublePredictor predictor_;
  std::optional<RandomStream> noise_;  // in place of the predictor
  std::vector<double> risks_;          // of each host at this decision
  std::vector<GaussianThompson> bandits_{kContexts,
                                         GaussianThompson(kArms, kPriorReward, kPriorDeviation)};
  std::vector<Watched> watched_;
  std::size_t hosts_ = 0;
  std::vector<Outcome> answered_;  // since it was last asked
};

}  // namespace

std::unique_ptr<ProvisioningRule> narya() { return std::make_unique<PredictAndMitigate>(); }

std::unique_ptr<ProvisioningRule> narya_by_noise(RandomStream noise) {
  return std::make_unique<PredictAndMitigate>(std::move(noise));
}

std::unique_ptr<Policy> make_narya() {
  return in_canonical_order(compose(narya(), most_accurate_in_time(), earliest_finish()));
}

}  // namespace scinet
