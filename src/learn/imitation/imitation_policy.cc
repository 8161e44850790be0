#include "learn/imitation/imitation_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "oracle/oracle_policies.h"
#include "oracle/plan_search.h"
#include "policy/canonical_order.h"
#include "policy/expected_demand.h"

namespace scinet {
namespace {

class Scinet final : public Policy {
 public:
  explicit Scinet(const LearnedNetwork& network)
      : forward_(network.weights, network.shape),
        walk_(network.walk),
        checks_(network.checks),
        watch_(network.drift) {}

  Plan decide(const ClusterView& view, DecisionContext&) override {
    next_utilisation_ = {};
    if (!watch_.reason().empty()) throw Declined("it is not relied on: " + watch_.reason());
    plan_ = plan_by(forward_, view, walk_);
    return plan_;
  }

  std::string review(const ClusterView& view, DecisionContext& context) override {
    const bool is_beat = view.asked.provisioning;
    const bool is_check = ++decisions_ >= decisions_between_checks(view, checks_);
    if (!is_beat && !is_check) return {};
    const bool was_relied_on = watch_.reason().empty();
    // What it would have decided goes on being watched, so that it can be relied on again.
    if (!was_relied_on) plan_ = plan_by(forward_, view, walk_);
    if (is_beat) compare_utilisation(view);
    std::string said = is_check ? check_plan(view, context) : "";
    const bool is_relied_on = watch_.reason().empty();
    if (is_relied_on == was_relied_on) return said;
    if (!said.empty()) said += "; ";
    return said + (is_relied_on ? "relied on again" : "not relied on any more: " + watch_.reason());
  }

  std::span<const float> next_utilisation() const override { return next_utilisation_; }

 private:
  void compare_utilisation(const ClusterView& view) {
    watch_.observe(view);
    next_utilisation_ = forward_.next_utilisation();
    watch_.foresee(view, next_utilisation_);
  }

  std::string check_plan(const ClusterView& view, DecisionContext& context) {
    decisions_ = 0;
    const std::optional<double> regret = regret_of(plan_, view, checks_, context.random);
    if (!regret) return {};
    watch_.note_regret(*regret);
    return fmt::format("spot check: {:.2f} % of QoS lost", 100.0 * *regret);
  }

  ImitationForward forward_;
  WalkSettings walk_;
  SpotCheckSettings checks_;
  DriftWatch watch_;
  Plan plan_;                                // its own for the last view
  std::int64_t decisions_ = 0;               // since the last check
  std::span<const float> next_utilisation_;  // of the forward pass
};

// Of a search that takes about a millisecond: a step plays all hosts and requests forward. To begin
// one takes as long as a few steps, and for fewer than those it is not begun.
std::int64_t quick_steps(const ClusterView& view, const RolloutSettings& settings) {
  constexpr double kMost = 10.0;
  constexpr double kFewest = 4.0;
  constexpr double kPlayedInMost = 60.0;  // hosts and requests
  const double played = static_cast<double>(view.hosts.size() + view.workloads.size()) +
                        requests_ahead(view, settings);
  const double steps = std::min(kMost, kMost * kPlayedInMost / std::max(played, 1.0));
  return steps < kFewest ? 0 : static_cast<std::int64_t>(steps);
}

// Without a number of steps it searches quickly or, where much has to be played, not at all.
class ScinetSearch final : public Policy {
 public:
  ScinetSearch(const LearnedNetwork& network, std::optional<std::int64_t> steps)
      : forward_(network.weights, network.shape), walk_(network.walk), steps_(steps) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    std::array starts{plan_by(forward_, view, walk_)};
    const RolloutSettings quick{.beats = kBeatsAhead, .futures = 3, .trial = 1};
    const RolloutSettings settings = steps_ ? oracle_rollout(view) : window_for(view, quick);
    const std::int64_t steps =
        std::min(steps_ ? *steps_ : quick_steps(view, settings), context.search_steps);
    if (steps <= 0) return std::move(starts.front());
    const Rollout rollout(view, settings, RandomStreams(context.random.next()));
    return search_plans(view, rollout, starts, steps, context.random).best.plan;
  }

 private:
  ImitationForward forward_;
  WalkSettings walk_;
  std::optional<std::int64_t> steps_;
};

class WithoutCheckpoint final : public Policy {
 public:
  explicit WithoutCheckpoint(std::string reason) : reason_(std::move(reason)) {}
  Plan decide(const ClusterView&, DecisionContext&) override { throw Declined(reason_); }

 private:
  std::string reason_;
};

bool setting_of(const Checkpoint& checkpoint, const char* name) {
  const auto found = checkpoint.settings.find(name);
  return found == checkpoint.settings.end() || found->second;
}

using Make = std::function<std::unique_ptr<Policy>(const LearnedNetwork&)>;

Maker<Policy> from_checkpoint(const std::filesystem::path& path, Make make) {
  const CheckpointFile file(path, "scinet", imitation_shapes());
  return [file, make = std::move(make)]() -> Result<std::unique_ptr<Policy>> {
    const Result<Checkpoint>& checkpoint = file.read();
    if (!checkpoint && checkpoint.error().code == ErrorCode::kNotFound) {
      return std::unique_ptr<Policy>(
          std::make_unique<WithoutCheckpoint>(checkpoint.error().message));
    }
    if (!checkpoint) return checkpoint.error();
    return make(learned_network(checkpoint.value()));
  };
}

}  // namespace

Plan plan_by(ImitationForward& network, const ClusterView& view, const WalkSettings& settings) {
  DecisionWalk walk(view, settings);
  network.see(walk.rows());
  while (const Question* question = walk.question()) walk.answer(network.best_answer(*question));
  return walk.space().plan_of(walk.decision());
}

LearnedNetwork learned_network(const Checkpoint& checkpoint) {
  return {.weights = checkpoint.weights,
          .shape = {.attention = setting_of(checkpoint, "attention")},
          .walk = {.heads_see_earlier = setting_of(checkpoint, "codesign"),
                   .predictions = setting_of(checkpoint, "predictions")}};
}

std::unique_ptr<Policy> make_scinet(const LearnedNetwork& network) {
  return in_canonical_order(expecting_demand(std::make_unique<Scinet>(network)));
}

std::unique_ptr<Policy> make_scinet_search(const LearnedNetwork& network,
                                           std::optional<std::int64_t> steps) {
  return in_canonical_order(expecting_demand(std::make_unique<ScinetSearch>(network, steps)));
}

Maker<Policy> scinet_from_checkpoint(const std::filesystem::path& file, const DriftBounds& drift) {
  return from_checkpoint(file, [drift](LearnedNetwork network) {
    network.drift = drift;
    return make_scinet(network);
  });
}

PolicyCatalog imitation_policies(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "scinet.json";
  const auto searches = [file](std::optional<std::int64_t> steps) {
    return from_checkpoint(file, [steps](const LearnedNetwork& network) {
      return make_scinet_search(network, steps);
    });
  };
  return PolicyCatalog({
      {.name = "scinet",
       .summary = "a network that learned from the oracle what each answer is worth",
       .decides = {.provisioning = "attention over all hosts, one switch after the other",
                   .deployment = "the same network, for the hosts that are then on",
                   .placement = "the same network, for the strategy that was chosen"},
       .needs_training = true,
       .source = "the imitation learner of SciNet (Tuli et al. 2023), without its limits",
       .make = scinet_from_checkpoint(file)},
      {.name = "scinet-search",
       .summary = "the oracle's search from the plan of scinet",
       .decides = {.provisioning = "a few rollouts from the network's plan",
                   .deployment = "in the same search",
                   .placement = "in the same search"},
       .needs_training = true,
       .source = "the imitation learner of SciNet as the start of a search",
       .make = searches(std::nullopt),
       .make_with_steps = [searches](std::int64_t steps) { return searches(steps)(); }},
  });
}

}  // namespace scinet
