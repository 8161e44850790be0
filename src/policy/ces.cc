// CES: cluster energy saving. Demand is seen through a Kalman filter; hosts are woken as soon as it
// calls for them, and put to sleep only when it has not been rising, is not expected to, and
// nothing was woken for a while. A reserve stays on. Local search does the rest.
//
// Source: the Cluster Energy Saving service of Helios: Q. Hu et al., Characterization and
// Forecast of Deep Learning Workloads in Large-Scale GPU Datacenters, SC 2021, algorithm 2 (node
// requests checked at arrival, and periodically with the trends of history and prediction); its
// predictor here is the local linear trend model.
//
//   demand(t) = sum over hosts of utilisation x speed
//   wanted    = max(demand now, what is due, max over the beats ahead of mean + deviation) / 0.7
//   wake      while speed on < wanted: the host of the least burden per speed
//   sleep     if demand is not above its mean of the last 6 beats, nor the prediction's end above
//             demand, by more than the deviation of the next beat, and the last wake is 3 beats or
//             more ago: idle hosts, the largest burden per speed first, as long as
//             speed on >= wanted + reserve; reserve = the slowest host
#include <algorithm>

#include "forecast/kalman.h"
#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/host_burden.h"
#include "policy/joint_encoding.h"
#include "policy/observed_demand.h"
#include "policy/plan_estimate.h"
#include "policy/predictive.h"
#include "search/local_search.h"

namespace scinet {
namespace {

constexpr int kBeatsAhead = 5;
constexpr std::size_t kTrendBeats = 6;
constexpr int kCoolDownBeats = 3;
constexpr double kFillUpTo = 0.7;
constexpr double kHostsTimesPlans = 60'000.0;  // that local search may score
constexpr std::int64_t kMostPlans = 3000;

class Ces final : public Policy {
 public:
  explicit Ces(SeriesPredictor predictor) : predictor_(std::move(predictor)) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    observed_.update(view);
    const DecisionSpace space(view);
    std::vector<bool> power = space.nothing_changed().on;
    const Demand demand = look_ahead(view);
    if (view.asked.provisioning) provision(power, ClusterLoad(view), demand);
    return serve(JointEncoding(space, std::move(power), false), demand, context);
  }

 private:
  struct Demand {
    double now = 0.0;
    double recent = 0.0;  // mean
    double most = 0.0;    // ahead, with its deviation
    double mean = 0.0;    // over the beats ahead
    double last = 0.0;
    double deviation = 0.0;  // of the next beat
  };

  Demand look_ahead(const ClusterView& view) {
    std::vector<double> series;
    for (std::size_t beat = 0; beat < observed_.beats(); ++beat) {
      std::vector<double> busy;
      for (const auto& host : observed_.utilisation()) busy.push_back(host[beat]);
      series.push_back(work_at(view, busy).value());
    }
    const auto ahead = predictor_({series}, kBeatsAhead).front();
    Demand demand;
    if (!series.empty()) {
      demand.now = series.back();
      demand.recent = mean_of(std::span(series).last(std::min(kTrendBeats, series.size())));
    }
    for (const auto& [mean, deviation] : ahead) {
      demand.most = std::max(demand.most, mean + deviation);
      demand.mean += std::max(mean, 0.0) / kBeatsAhead;
    }
    demand.last = ahead.back().mean;
    demand.deviation = ahead.front().deviation;
    return demand;
  }

  void provision(std::vector<bool>& power, const ClusterLoad& load, const Demand& demand) {
    const ClusterView& view = load.view();
    const std::vector<HostWorth> worths = host_worths(load, observed_.slo());
    const auto speed_of = [&](const HostLoad* host) { return worths[host->id().value].speed; };
    const auto hosts = by_burden_per_speed(load, worths);
    const double wanted =
        std::max({demand.now, demand.most, least_demand(view).value()}) / kFillUpTo;
    double on = 0.0;
    double reserve = 0.0;
    for (const HostLoad* host : hosts) {
      const double speed = speed_of(host);
      reserve = reserve > 0.0 ? std::min(reserve, speed) : speed;
      if (accepts_work(host->state)) on += speed;
    }
    for (const HostLoad* host : hosts) {
      if (on >= wanted) break;
      if (accepts_work(host->state)) continue;
      power[host->id().value] = true;
      on += speed_of(host);
      last_wake_ = view.now;
    }
    const bool is_rising = demand.now > demand.recent + demand.deviation ||
                           demand.last > demand.now + demand.deviation;
    const bool is_cool =
        !last_wake_ || to_seconds(view.now - *last_wake_) >= view.beat * kCoolDownBeats;
    if (is_rising || !is_cool) return;
    for (auto host = hosts.rbegin(); host != hosts.rend(); ++host) {
      const double speed = speed_of(*host);
      const bool can_sleep = accepts_work((*host)->state) && (*host)->is_idle();
      if (!can_sleep || on - speed < wanted + reserve) continue;
      power[(*host)->id().value] = false;
      on -= speed;
    }
  }

  static Mips to_come(const ClusterView& view, const Demand& demand) {
    const Mips predicted(demand.mean);
    return is_saturated(view) ? std::max(predicted, arriving_work(view)) : predicted;
  }

  Plan serve(const JointEncoding& encoding, const Demand& demand, DecisionContext& context) const {
    const ClusterView& view = encoding.space().view();
    if (encoding.options().empty()) return encoding.plan_of({});
    const PlanEstimate estimate(view, time_to_look_ahead(view, kBeatsAhead),
                                {.work = to_come(view, demand), .slo = observed_.slo()});
    const OptionProblem problem{.options = encoding.options(), .score = [&](const Choice& choice) {
                                  return estimate.score(encoding.plan_of(choice));
                                }};
    const double things = static_cast<double>(view.hosts.size() + 2 * view.workloads.size()) + 1.0;
    const auto steps = std::min(
        {static_cast<std::int64_t>(kHostsTimesPlans / things), kMostPlans, context.search_steps});
    return encoding.plan_of(
        search_locally(problem, encoding.start(), {.most_steps = steps}, context.random).choice);
  }

  SeriesPredictor predictor_;
  ObservedDemand observed_;
  std::optional<SimTime> last_wake_;
};

}  // namespace

std::unique_ptr<Policy> make_ces_with(SeriesPredictor predictor) {
  return in_canonical_order(std::make_unique<Ces>(std::move(predictor)));
}

std::unique_ptr<Policy> make_ces() { return make_ces_with(one_by_one(predict_by_kalman_filter())); }

}  // namespace scinet
