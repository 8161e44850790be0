#include "learn/imitation/imitation_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "learn/checkpoint.h"
#include "oracle/oracle_policies.h"
#include "oracle/plan_search.h"
#include "policy/canonical_order.h"

namespace scinet {
namespace {

// Before a network is relied on.
void check_size(const ClusterView& view) {
  if (view.hosts.size() <= kMostHostsKnown) return;
  throw Declined(fmt::format("{} hosts are far more than it learned from; it decides for up to {}",
                             view.hosts.size(), kMostHostsKnown));
}

class Scinet final : public Policy {
 public:
  explicit Scinet(const LearnedNetwork& network)
      : forward_(network.weights, network.shape), walk_(network.walk) {}

  Plan decide(const ClusterView& view, DecisionContext&) override {
    check_size(view);
    return plan_by(forward_, view, walk_);
  }

 private:
  ImitationForward forward_;
  WalkSettings walk_;
};

class ScinetSearch final : public Policy {
 public:
  explicit ScinetSearch(const LearnedNetwork& network)
      : forward_(network.weights, network.shape), walk_(network.walk) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    check_size(view);
    const std::array starts{plan_by(forward_, view, walk_)};
    const Rollout rollout(view, window_for(view, {.beats = 2, .futures = 2}),
                          RandomStreams(context.random.next()));
    const std::int64_t steps = std::min<std::int64_t>(context.search_steps, kSteps);
    return search_plans(view, rollout, starts, steps, context.random).best.plan;
  }

 private:
  static constexpr std::int64_t kSteps = 12;

  ImitationForward forward_;
  WalkSettings walk_;
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

using Make = std::unique_ptr<Policy> (*)(const LearnedNetwork&);

Maker<Policy> from_checkpoint(const std::filesystem::path& file, Make make) {
  return [file, make]() -> Result<std::unique_ptr<Policy>> {
    Result<Checkpoint> checkpoint = load_checkpoint(file, "scinet", imitation_shapes());
    if (!checkpoint && checkpoint.error().code == ErrorCode::kNotFound) {
      return std::unique_ptr<Policy>(
          std::make_unique<WithoutCheckpoint>(checkpoint.error().message));
    }
    if (!checkpoint) return checkpoint.error();
    const LearnedNetwork network{
        .weights = checkpoint.value().weights,
        .shape = {.attention = setting_of(checkpoint.value(), "attention")},
        .walk = {.heads_see_earlier = setting_of(checkpoint.value(), "codesign"),
                 .predictions = setting_of(checkpoint.value(), "predictions")}};
    return make(network);
  };
}

}  // namespace

Plan plan_by(ImitationForward& network, const ClusterView& view, const WalkSettings& settings) {
  DecisionWalk walk(view, settings);
  network.see(walk.rows());
  while (const Question* question = walk.question()) walk.answer(network.best_answer(*question));
  return walk.space().plan_of(walk.decision());
}

std::unique_ptr<Policy> make_scinet(const LearnedNetwork& network) {
  return in_canonical_order(std::make_unique<Scinet>(network));
}

std::unique_ptr<Policy> make_scinet_search(const LearnedNetwork& network) {
  return in_canonical_order(std::make_unique<ScinetSearch>(network));
}

Maker<Policy> scinet_from_checkpoint(const std::filesystem::path& file) {
  return from_checkpoint(file, make_scinet);
}

PolicyCatalog imitation_policies(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "scinet.json";
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
       .summary = "the oracle's search from the plan of scinet, with a small budget",
       .decides = {.provisioning = "a few rollouts from the network's plan",
                   .deployment = "in the same search",
                   .placement = "in the same search"},
       .needs_training = true,
       .source = "the imitation learner of SciNet as the start of a search",
       .make = from_checkpoint(file, make_scinet_search)},
  });
}

}  // namespace scinet
