// ACOARIMA: predict, then optimise. The demand of every host is forecast by an ARIMA model, then
// an ant colony searches hosts on, strategies and placements together for the best score expected
// under that demand.
//
// Source: ACO for virtual machine and task placement after demand forecasting by ARIMA, as compared
// with in Tuli, Casale, Jennings (SciNet), IEEE TC 72(12), 2023; the models are those of Box and
// Jenkins 1970 and of Stuetzle and Hoos 2000 (MAX-MIN ant system).
//
//   demand  = sum over hosts of speed x mean forecast utilisation over the next 5 beats; at least
//             the work that arrives, where a host is so busy that it hides demand
//   score   = QoS expected in closed form (policy/plan_estimate.h), over at least 5 beats or as
//             long as a boot takes
//   looks   of a host: forecast utilisation when on, the rest when off, and twice as good to stay
//           as it is; of a strategy: accuracy; of a host for a fragment: 1 / time until finished,
//           where it would finish first counting three times
//   pheromone of hosts and of strategies (per application) stays from one decision to the next
#include <algorithm>
#include <map>

#include "forecast/arima.h"
#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/host_burden.h"
#include "policy/joint_encoding.h"
#include "policy/observed_demand.h"
#include "policy/plan_estimate.h"
#include "policy/predictive.h"
#include "search/ant_colony.h"

namespace scinet {
namespace {

constexpr int kBeatsAhead = 5;
constexpr double kLeastLooks = 0.1;
constexpr double kToStay = 2.0;
constexpr double kFirstToFinish = 3.0;
// Plans that one decision may score. One costs time in proportion to hosts and requests.
constexpr double kHostsTimesPlans = 60'000.0;
constexpr std::int64_t kMostPlans = 3000;

std::int64_t plans_to_score(const ClusterView& view, const DecisionContext& context) {
  const double things = static_cast<double>(view.hosts.size() + 2 * view.workloads.size()) + 1.0;
  const auto affordable = static_cast<std::int64_t>(kHostsTimesPlans / things);
  return std::min({affordable, kMostPlans, context.search_steps});
}

// What the colony keeps between decisions.
struct Trails {
  std::map<HostId, std::vector<double>> hosts;  // off, on
  std::map<ApplicationId, std::map<StrategyId, double>> strategies;
};

class AcoArima final : public Policy {
 public:
  explicit AcoArima(SeriesPredictor predictor) : predictor_(std::move(predictor)) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    observed_.update(view);
    const std::vector<double> busy = forecast();
    const DecisionSpace space(view);
    const JointEncoding encoding(space, space.nothing_changed().on, true);
    const PlanEstimate estimate(view, time_to_look_ahead(view, kBeatsAhead),
                                {.work = demand(view, busy), .slo = observed_.slo()});
    const OptionProblem problem{.options = encoding.options(), .score = [&](const Choice& choice) {
                                  return estimate.score(encoding.plan_of(choice));
                                }};

    AntColony colony(
        looks(encoding, busy),
        {.most_steps = plans_to_score(view, context), .ants = 20, .most_rounds_without_gain = 25},
        trails_of(encoding));
    const Found found = colony.run(problem, encoding.start(), context.random);
    remember(encoding, colony.pheromone());
    return encoding.plan_of(found.choice);
  }

 private:
  static Mips demand(const ClusterView& view, const std::vector<double>& busy) {
    const Mips forecast = work_at(view, busy);
    return is_saturated(view) ? std::max(forecast, arriving_work(view)) : forecast;
  }

  // Utilisation of each host, the mean over the beats ahead.
  std::vector<double> forecast() {
    std::vector<double> busy;
    for (const auto& beats : predictor_(observed_.utilisation(), kBeatsAhead)) {
      double sum = 0.0;
      for (const Forecast& beat : beats) sum += std::clamp(beat.mean, 0.0, 1.0);
      busy.push_back(sum / kBeatsAhead);
    }
    return busy;
  }

  static OptionWeights looks(const JointEncoding& encoding, const std::vector<double>& busy) {
    const DecisionSpace& space = encoding.space();
    const ClusterLoad load(space.view());
    OptionWeights all;
    for (const HostId id : encoding.switched()) {
      const bool is_on = accepts_work(space.view().host(id).state);
      const double on = std::max(busy[id.value], kLeastLooks);
      const double off = std::max(1.0 - busy[id.value], kLeastLooks);
      all.push_back({is_on ? off : kToStay * off, is_on ? kToStay * on : on});
    }
    for (std::size_t i = 0; i < encoding.workloads().size(); ++i) {
      add_looks(all, encoding, i, load);
    }
    return all;
  }

  static void add_looks(OptionWeights& all, const JointEncoding& encoding, std::size_t i,
                        const ClusterLoad& load) {
    const DecisionSpace& space = encoding.space();
    const ApplicationId application = space.waiting()[i]->workload.application;
    std::vector<double>& strategies = all.emplace_back();
    for (const StrategyId id : space.strategies(i)) {
      const double accuracy = space.view().catalogue->at(application, id).accuracy;
      strategies.push_back(std::max(accuracy, kLeastLooks));
    }
    if (strategies.empty()) strategies.push_back(1.0);
    for (std::size_t f = 0; f < encoding.workloads()[i].fragments; ++f) {
      all.push_back(host_looks(encoding, i, f, load));
    }
  }

  // By the first strategy that has such a fragment.
  static std::vector<double> host_looks(const JointEncoding& encoding, std::size_t i,
                                        std::size_t fragment, const ClusterLoad& load) {
    const DecisionSpace& space = encoding.space();
    const ApplicationId application = space.waiting()[i]->workload.application;
    const auto has_it = [&](StrategyId id) {
      return fragment < space.view().catalogue->at(application, id).fragments.size();
    };
    const StrategyId strategy = *std::ranges::find_if(space.strategies(i), has_it);
    const ModelId model{application, strategy, {static_cast<std::uint32_t>(fragment)}};
    std::vector<double> speeds;
    for (const HostId host : encoding.workloads()[i].hosts) {
      speeds.push_back(1.0 / std::max(load.finish(load.at(host), model, Seconds(0)).count(), 1e-6));
    }
    const double fastest = *std::ranges::max_element(speeds);
    std::vector<double> looks{kFirstToFinish};
    for (const double speed : speeds) looks.push_back(std::max(speed / fastest, kLeastLooks));
    return looks;
  }

  OptionWeights trails_of(const JointEncoding& encoding) const {
    const DecisionSpace& space = encoding.space();
    OptionWeights trails;
    for (const HostId host : encoding.switched()) {
      const auto known = trails_.hosts.find(host);
      trails.push_back(known == trails_.hosts.end() ? std::vector<double>{1.0, 1.0}
                                                    : known->second);
    }
    for (std::size_t i = 0; i < encoding.workloads().size(); ++i) {
      const auto known = trails_.strategies.find(space.waiting()[i]->workload.application);
      std::vector<double>& strategies = trails.emplace_back();
      for (const StrategyId id : space.strategies(i)) {
        const bool is_known = known != trails_.strategies.end() && known->second.contains(id);
        strategies.push_back(is_known ? known->second.at(id) : 1.0);
      }
      if (strategies.empty()) strategies.push_back(1.0);
      const auto& [first, fragments, hosts] = encoding.workloads()[i];
      trails.insert(trails.end(), fragments, std::vector<double>(hosts.size() + 1, 1.0));
    }
    return trails;
  }

  void remember(const JointEncoding& encoding, const OptionWeights& pheromone) {
    const DecisionSpace& space = encoding.space();
    for (std::size_t i = 0; i < encoding.switched().size(); ++i) {
      trails_.hosts[encoding.switched()[i]] = pheromone[i];
    }
    for (std::size_t i = 0; i < encoding.workloads().size(); ++i) {
      auto& known = trails_.strategies[space.waiting()[i]->workload.application];
      for (std::size_t s = 0; s < space.strategies(i).size(); ++s) {
        known[space.strategies(i)[s]] = pheromone[encoding.workloads()[i].strategy][s];
      }
    }
  }

  SeriesPredictor predictor_;
  ObservedDemand observed_;
  Trails trails_;
};

}  // namespace

std::unique_ptr<Policy> make_acoarima_with(SeriesPredictor predictor) {
  return in_canonical_order(std::make_unique<AcoArima>(std::move(predictor)));
}

std::unique_ptr<Policy> make_acoarima() {
  return make_acoarima_with(one_by_one(predict_by_arima()));
}

}  // namespace scinet
