// HASCO: co-design of hardware and software (Q. Xiao, S. Zheng, B. Wu, P. Xu, X. Qian, Y. Liang,
// "HASCO: Towards agile hardware and software co-design for tensor computation", ISCA 2021).
// Hardware is proposed by multi-objective Bayesian optimisation; for each proposal the software is
// revised step by step, and Q-learning knows which revision pays in which situation.
//
// Hardware is the share of the hosts of each type that is on, a point in the unit box; hosts that
// are on already, and busy ones, are taken first. The first proposal is what is on now, the second
// what the last decision chose; the others have the largest expected improvement of a randomly
// weighted scalarisation (ParEGO, search/bayesian_optimisation.h) of three objectives,
//     -(w_e energy + w_c cost),   -(w_r response + w_v violation),   -w_a inaccuracy
// with the terms that a closed form expects of the plan (policy/plan_estimate.h).
// Software is for each waiting workload which strategy and which way of placing it. A revision
// changes one workload: the most accurate strategy, the lightest, the one between | hosts by
// earliest finish, filled up, by least added energy. The state s is the objective that loses most,
//     Q(s, a) <- Q(s, a) + 0.3 (gain of QoS + 0.9 max Q(s', .) - Q(s, a)),   epsilon = 0.2
// and the table is kept from decision to decision. A revision that loses is taken back.
// Of all plans that were looked at, the one of the highest QoS is taken.
//
// Ours: the closed form in place of the cost model of an accelerator, and a table in place of a
// deep Q-network, as there are three states.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/core_requests.h"
#include "policy/plan_estimate.h"
#include "policy/rules.h"
#include "policy/strategy_kind.h"
#include "search/bayesian_optimisation.h"

namespace scinet {
namespace {

constexpr int kProposals = 6;
constexpr int kRevisions = 6;  // of each
constexpr std::size_t kMostDimensions = 8;
constexpr int kBeatsAhead = 5;
constexpr double kRate = 0.3;
constexpr double kDiscount = 0.9;
constexpr double kExplore = 0.2;

enum class Model { kDefault, kMostAccurate, kBetween, kLightest };
enum class Mapping { kEarliest, kFull, kFrugal };
struct Software {
  Model model = Model::kDefault;
  Mapping mapping = Mapping::kEarliest;

  friend bool operator==(const Software&, const Software&) = default;
};

// What the three rules below carry out.
struct Design {
  std::vector<bool> on;  // by HostId
  std::map<WorkloadId, Software> software;
};

class Hardware final : public ProvisioningRule {
 public:
  explicit Hardware(const Design& design) : design_(design) {}

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    std::vector<PowerChange> power;
    for (const HostLoad& host : load.hosts()) {
      const bool can_start = host.state == HostState::kOff || host.state == HostState::kDraining;
      const bool on = design_.on[host.id().value];
      if (on ? can_start : accepts_work(host.state)) power.push_back({host.id(), on});
    }
    return power;
  }

 private:
  const Design& design_;
};

class ChosenModel final : public DeploymentRule {
 public:
  explicit ChosenModel(const Design& design) : design_(design) {}

  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext& context) override {
    otherwise_->rank(options, request, context);
    const auto found = design_.software.find(request.entry.workload.id);
    const Model model = found == design_.software.end() ? Model::kDefault : found->second.model;
    if (model == Model::kDefault || options.size() < 2) return;
    const auto& strategies =
        request.load.view().catalogue->at(request.entry.workload.application).strategies;
    std::vector<StrategyOption> by_accuracy = options;
    std::ranges::stable_sort(by_accuracy, {}, [&](const StrategyOption& option) {
      return std::pair(-option.accuracy, total_work(strategies[option.strategy.value]));
    });
    const auto lightest = std::ranges::min_element(by_accuracy, {}, [&](const auto& option) {
      return total_work(strategies[option.strategy.value]);
    });
    const StrategyOption chosen = model == Model::kMostAccurate ? by_accuracy.front()
                                  : model == Model::kBetween    ? by_accuracy[options.size() / 2]
                                                                : *lightest;
    std::ranges::stable_partition(options, [&](const auto& option) { return option == chosen; });
  }

 private:
  const Design& design_;
  std::unique_ptr<DeploymentRule> otherwise_ = most_accurate_in_time();
};

class ChosenMapping final : public PlacementRule {
 public:
  explicit ChosenMapping(const Design& design) : design_(design) {}

  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const auto found = design_.software.find(route.workload().id);
    const Mapping mapping =
        found == design_.software.end() ? Mapping::kEarliest : found->second.mapping;
    const HostLoad* best = *std::ranges::min_element(
        candidates, {}, [&](const HostLoad* host) { return key(mapping, route, fragment, *host); });
    return best->id();
  }

 private:
  using Key = std::tuple<double, double, Seconds, TieBreak>;

  static Key key(Mapping mapping, const Route& route, FragmentId fragment, const HostLoad& host) {
    const Fragment& what = route.strategy().fragments[fragment.value];
    const Seconds finish = route.finish_on(host, fragment);
    switch (mapping) {
      case Mapping::kEarliest:
        break;
      case Mapping::kFull: {
        const bool has_room = admits(host, route.model(fragment), what);
        const double free = host.cores() - host.cores_wanted;
        return {has_room ? 0.0 : 1.0, has_room ? free : 0.0, finish, tie_break(host)};
      }
      case Mapping::kFrugal:
        return {0.0, route.load().added_energy(host, what).value(), finish, tie_break(host)};
    }
    return {0.0, 0.0, finish, tie_break(host)};
  }

  const Design& design_;
};

// What an action changes.
constexpr std::size_t kActions = 6;
void revise(Software& software, std::size_t action) {
  constexpr std::array kModels{Model::kMostAccurate, Model::kBetween, Model::kLightest};
  constexpr std::array kMappings{Mapping::kEarliest, Mapping::kFull, Mapping::kFrugal};
  if (action < kModels.size()) {
    software.model = kModels[action];
  } else {
    software.mapping = kMappings[action - kModels.size()];
  }
}

class RevisionLearner {
 public:
  std::size_t choose(std::size_t state, RandomStream& random) const {
    if (random.uniform() < kExplore) return random.below(kActions);
    const auto& values = table_[state];
    return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
  }

  void learn(std::size_t state, std::size_t action, double gain, std::size_t next) {
    const double ahead = *std::ranges::max_element(table_[next]);
    double& value = table_[state][action];
    value += kRate * (gain + kDiscount * ahead - value);
  }

 private:
  std::array<std::array<double, kActions>, 3> table_{};  // Q
};

struct Judged {
  Plan plan;
  std::vector<double> objectives;
  double qos = 0.0;

  std::size_t state() const {
    return static_cast<std::size_t>(std::ranges::min_element(objectives) - objectives.begin());
  }
};

class Hasco final : public Policy {
 public:
  Plan decide(const ClusterView& view, DecisionContext& context) override {
    const ClusterLoad load(view);
    const PlanEstimate estimate(view, kBeatsAhead * view.beat, demand(view));
    const std::vector<std::vector<const HostLoad*>> types = hosts_by_type(load);
    BayesianOptimisation optimiser(std::max<std::size_t>(types.size(), 1), 3);
    std::optional<Judged> best;
    std::vector<double> best_point;
    const int proposals = view.asked.provisioning && !types.empty() ? kProposals : 1;
    for (int i = 0; i < proposals; ++i) {
      const bool has_last = last_point_.size() == types.size();
      std::vector<double> point = i == 0               ? point_of(types)
                                  : i == 1 && has_last ? last_point_
                                                       : optimiser.suggest(context.random);
      Judged judged = with_software(view, design_of(types, point, view), estimate, context);
      if (proposals > 1) optimiser.observe({point, judged.objectives});
      if (best && judged.qos <= best->qos) continue;
      best = std::move(judged);
      best_point = std::move(point);
    }
    last_point_ = std::move(best_point);
    return std::move(best->plan);
  }

 private:
  using Types = std::vector<std::vector<const HostLoad*>>;

  // Hosts whose power can be switched, each type in the order in which they are to be on. Beyond
  // the most dimensions types share the last one.
  static Types hosts_by_type(const ClusterLoad& load) {
    std::map<HostTypeId, std::vector<const HostLoad*>> by_type;
    for (const HostLoad& host : load.hosts()) {
      const bool can_switch = host.state != HostState::kFailed && host.view->linked;
      if (can_switch) by_type[host.view->type].push_back(&host);
    }
    Types types;
    for (auto& [type, hosts] : by_type) {
      if (types.size() < kMostDimensions) {
        types.push_back(std::move(hosts));
      } else {
        types.back().insert(types.back().end(), hosts.begin(), hosts.end());
      }
    }
    for (auto& hosts : types) {
      std::ranges::sort(hosts, {}, [](const HostLoad* host) {
        return std::tuple(!accepts_work(host->state), host->ready, -host->outstanding.value(),
                          tie_break(*host));
      });
    }
    return types;
  }

  static std::vector<double> point_of(const Types& types) {
    std::vector<double> point;
    for (const auto& hosts : types) {
      const auto on = std::ranges::count_if(
          hosts, [](const HostLoad* host) { return accepts_work(host->state); });
      point.push_back(static_cast<double>(on) / static_cast<double>(hosts.size()));
    }
    return point;
  }

  static Design design_of(const Types& types, const std::vector<double>& point,
                          const ClusterView& view) {
    Design design;
    for (const HostView& host : view.hosts) design.on.push_back(accepts_work(host.state));
    for (std::size_t type = 0; type < types.size(); ++type) {
      const auto& hosts = types[type];
      const auto count =
          static_cast<std::size_t>(point[type] * static_cast<double>(hosts.size()) + 0.5);
      for (std::size_t i = 0; i < hosts.size(); ++i) {
        design.on[hosts[i]->id().value] = i < count;
      }
    }
    return design;
  }

  DemandAhead demand(const ClusterView& view) {
    DemandAhead ahead;
    double work = 0.0;
    for (std::size_t i = 0; i < view.arrival_rates.size(); ++i) {
      work += view.arrival_rates[i] * mean_work(view.catalogue->applications[i]).value();
    }
    const Seconds window = kBeatsAhead * view.beat;
    Seconds slo{0};
    for (const WorkloadView& entry : view.workloads) {
      work += (work_left(entry, *view.catalogue) / Mi(1.0)) / window.count();
      slo += entry.workload.slo;
    }
    if (!view.workloads.empty()) last_slo_ = slo / static_cast<double>(view.workloads.size());
    ahead.work = Mips(work);
    ahead.slo = last_slo_;
    return ahead;
  }

  static Judged judge(const ClusterView& view, const Design& design, const PlanEstimate& estimate,
                      DecisionContext& context) {
    const auto policy =
        compose(std::make_unique<Hardware>(design), std::make_unique<ChosenModel>(design),
                std::make_unique<ChosenMapping>(design));
    Judged judged{policy->decide(view, context), {}, 0.0};
    const QosTerms terms = estimate.of(judged.plan);
    const QosWeights& w = view.weights;
    judged.objectives = {-(w.energy * terms.energy + w.cost * terms.cost),
                         -(w.response * terms.response + w.violation * terms.violation),
                         -w.inaccuracy * terms.inaccuracy};
    judged.qos = qos_score(terms, w);
    return judged;
  }

  // The best software that Q-learning finds for the hardware.
  Judged with_software(const ClusterView& view, Design design, const PlanEstimate& estimate,
                       DecisionContext& context) {
    std::vector<WorkloadId> waiting;
    for (const WorkloadView& entry : view.workloads) {
      if (is_waiting(entry)) waiting.push_back(entry.workload.id);
    }
    Judged best = judge(view, design, estimate, context);
    const int revisions = waiting.empty() ? 0 : kRevisions;
    for (int i = 0; i < revisions; ++i) {
      const std::size_t state = best.state();
      const std::size_t action = learner_.choose(state, context.random);
      const WorkloadId workload = waiting[context.random.below(waiting.size())];
      Design revised = design;
      Software& software = revised.software[workload];
      const Software before = software;
      revise(software, action);
      if (software == before) {
        learner_.learn(state, action, 0.0, state);
        continue;
      }
      Judged judged = judge(view, revised, estimate, context);
      learner_.learn(state, action, judged.qos - best.qos, judged.state());
      if (judged.qos <= best.qos) continue;
      best = std::move(judged);
      design = std::move(revised);
    }
    return best;
  }

  RevisionLearner learner_;
  std::vector<double> last_point_;
  Seconds last_slo_{0};
};

}  // namespace

std::unique_ptr<Policy> make_hasco() { return in_canonical_order(std::make_unique<Hasco>()); }

}  // namespace scinet
