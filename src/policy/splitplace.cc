// SplitPlace: a bandit chooses between the layer and the semantic split of each request (S. Tuli,
// G. Casale, N. R. Jennings, "SplitPlace: AI augmented splitting and placement of large-scale
// neural networks in mobile edge environments", IEEE Transactions on Mobile Computing, 2022).
//
// Each application has a moving average R of the response time of its layer splits,
//     R <- 0.9 response + 0.1 R
// and each request a context: whether its SLO is long enough for a layer split, SLO >= R, or not.
// A bandit per context learns from the requests answered since the last decision what a split is
// worth,
//     O(context, split) = mean of (1 if within the SLO + accuracy) / 2,   Q <- Q + 0.3 (O - Q)
// and takes the split of the larger Q, or with probability epsilon = 0.95 * 0.98^k any, after k
// decisions that brought news. Without news a long SLO gets a layer split, a short one a semantic.
//
// Ours: other strategies come last, by the default rule; response times are known to a beat.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/rules.h"
#include "policy/strategy_kind.h"

namespace scinet {
namespace {

constexpr double kNewest = 0.9;
constexpr double kFirstEpsilon = 0.95;
constexpr double kDecay = 0.98;
constexpr double kStep = 0.3;

enum Context { kLong, kShort, kContexts };
enum Split { kLayer, kSemantic, kSplits };

std::optional<Split> split_of(const Strategy& strategy) {
  switch (kind_of(strategy)) {
    case StrategyKind::kChain:
      return kLayer;
    case StrategyKind::kBranches:
      return kSemantic;
    case StrategyKind::kSingle:
      return std::nullopt;
  }
  return std::nullopt;
}

class SplitBandit final : public DeploymentRule {
 public:
  bool learns() const override { return true; }

  void observe(const ClusterView& view, std::span<const Outcome> outcomes,
               DecisionContext&) override {
    layer_response_.resize(view.catalogue->applications.size());
    Tally tally[kContexts][kSplits];
    for (const Outcome& outcome : outcomes) {
      const ApplicationId application = outcome.workload.application;
      const Strategy& strategy = view.catalogue->at(application, outcome.strategy);
      const auto split = split_of(strategy);
      if (!split) continue;
      Tally& counted = tally[context_of(outcome.workload)][*split];
      counted.sum += ((outcome.is_late() ? 0.0 : 1.0) + strategy.accuracy) / 2.0;
      ++counted.count;
      if (*split == kLayer) note_layer_response(application, outcome.response());
    }
    bool has_news = false;
    for (int context = 0; context < kContexts; ++context) {
      for (int split = 0; split < kSplits; ++split) {
        const auto& [sum, count] = tally[context][split];
        if (count == 0) continue;
        double& worth = worth_[context][split];
        worth += kStep * (sum / count - worth);
        has_news = true;
      }
    }
    if (has_news) epsilon_ *= kDecay;
  }

  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext& context) override {
    otherwise_->rank(options, request, context);
    const Split chosen = choose(context_of(request.entry.workload), context.random);
    const Application& application =
        request.load.view().catalogue->at(request.entry.workload.application);
    std::ranges::stable_sort(options, {}, [&](const StrategyOption& option) {
      const auto split = split_of(application.strategies[option.strategy.value]);
      return !split ? 2 : *split == chosen ? 0 : 1;
    });
  }

 private:
  struct Tally {
    double sum = 0.0;
    int count = 0;
  };

  Context context_of(const Workload& workload) const {
    const std::size_t application = workload.application.value;
    const bool is_known = application < layer_response_.size();
    const Seconds layer = is_known ? layer_response_[application].value_or(Seconds(0)) : Seconds(0);
    return workload.slo >= layer ? kLong : kShort;
  }

  void note_layer_response(ApplicationId application, Seconds response) {
    std::optional<Seconds>& average = layer_response_[application.value];
    average = average ? kNewest * response + (1.0 - kNewest) * *average : response;
  }

  Split choose(Context context, RandomStream& random) const {
    if (random.uniform() < epsilon_) return random.uniform() < 0.5 ? kLayer : kSemantic;
    const auto& worth = worth_[context];
    if (worth[kLayer] == worth[kSemantic]) return context == kLong ? kLayer : kSemantic;
    return worth[kLayer] > worth[kSemantic] ? kLayer : kSemantic;
  }

  std::vector<std::optional<Seconds>> layer_response_;          // by application
  std::array<std::array<double, kSplits>, kContexts> worth_{};  // Q
  double epsilon_ = kFirstEpsilon;
  std::unique_ptr<DeploymentRule> otherwise_ = most_accurate_in_time();
};

}  // namespace

std::unique_ptr<DeploymentRule> splitplace() { return std::make_unique<SplitBandit>(); }

std::unique_ptr<Policy> make_splitplace() {
  return in_canonical_order(compose(threshold_provisioning(), splitplace(), earliest_finish()));
}

}  // namespace scinet
