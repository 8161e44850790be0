#include "learn/imitation_2023/published_policy.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "learn/checkpoint.h"
#include "learn/imitation_2023/published_network.h"
#include "policy/canonical_order.h"
#include "policy/policy.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

// The decisions about one view, head after head.
class PublishedDecision {
 public:
  PublishedDecision(const WeightsOnTape& network, const PublishedScene& scene)
      : scene_(scene),
        network_(network, scene.input()),
        decision_(scene.space().nothing_changed()) {}

  Plan decide() {
    decide_power();
    for (const std::size_t i : scene_.order()) {
      if (scene_.space().strategies(i).empty()) continue;
      decide_request(i);
    }
    return scene_.space().plan_of(decision_);
  }

 private:
  // The possible one with the largest number, the first of these; none if none is.
  template <class IsPossible>
  std::optional<std::size_t> best_of(Variable logits, const IsPossible& is_possible) const {
    const Matrix& row = network_.tape().value(logits);
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < static_cast<std::size_t>(row.cols()); ++i) {
      if (!is_possible(i)) continue;
      const auto number = [&](std::size_t k) { return row(0, static_cast<Eigen::Index>(k)); };
      if (!best || number(i) > number(*best)) best = i;
    }
    return best;
  }

  void decide_power() {
    const Variable logits = network_.power();
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      const auto column = static_cast<Eigen::Index>(slot);
      on_[slot] = scene_.is_switchable(slot) ? network_.tape().value(logits)(0, column) > 0.0
                                             : scene_.is_open(slot);
    }
    if (std::ranges::none_of(on_, std::identity())) {  // work has to be served
      const auto likeliest =
          best_of(logits, [&](std::size_t i) { return scene_.is_switchable(i); });
      if (likeliest) on_[*likeliest] = true;
    }
    Matrix row(1, kSlots);
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      row(0, static_cast<Eigen::Index>(slot)) = on_[slot] ? 1.0 : 0.0;
      if (scene_.is_switchable(slot)) decision_.on[scene_.host_at(slot).value] = on_[slot];
    }
    network_.decide_power(network_.tape().constant(std::move(row)));
  }

  void decide_request(std::size_t i) {
    const std::vector<StrategyId>& possible = scene_.space().strategies(i);
    const Matrix request = scene_.request(i);
    const auto chosen = best_of(network_.strategies(request), [&](std::size_t strategy) {
      return std::ranges::find(possible, StrategyId{static_cast<std::uint32_t>(strategy)}) !=
             possible.end();
    });
    WorkloadChoice choice{.strategy = {static_cast<std::uint32_t>(*chosen)}};
    if (scene_.space().view().asked.placement) place(i, request, choice);
    decision_.choices[i] = std::move(choice);
  }

  // A fragment that no open host can hold is left to plan_of().
  void place(std::size_t i, const Matrix& request, WorkloadChoice& choice) {
    constexpr HostId kNone{std::numeric_limits<std::uint32_t>::max()};
    const Variable strategy =
        network_.tape().constant(one_of(kSlotStrategies, choice.strategy.value));
    std::vector<Matrix> placed;
    for (const PublishedFragment& fragment : scene_.fragments(i, choice.strategy)) {
      Matrix inputs = Matrix::Zero(1, kSlots);
      for (const std::size_t input : fragment.inputs) {
        inputs += placed[input] / static_cast<double>(fragment.inputs.size());
      }
      const Variable logits =
          network_.hosts(request, strategy, fragment, network_.tape().constant(std::move(inputs)));
      const auto slot =
          best_of(logits, [&](std::size_t host) { return on_[host] && fragment.can_hold[host]; });
      choice.hosts.resize(fragment.fragment + 1, kNone);
      placed.push_back(slot ? one_of(kSlots, *slot) : Matrix::Zero(1, kSlots));
      if (!slot) continue;
      choice.hosts.back() = scene_.host_at(*slot);
      network_.place(network_.tape().constant(placed.back()), fragment.work);
    }
  }

  const PublishedScene& scene_;
  PublishedNetwork network_;
  JointDecision decision_;
  std::array<bool, kSlots> on_{};
};

class Scinet2023 final : public Policy {
 public:
  explicit Scinet2023(Weights weights) : weights_(std::move(weights)) {}

  Plan decide(const ClusterView& view, DecisionContext&) override {
    const std::string reason = beyond_published_shape(view);
    if (!reason.empty()) throw Declined(reason);
    const PublishedScene scene(view);
    Tape tape;
    const WeightsOnTape network(tape, weights_, WeightsOnTape::Use::kDecide);
    return PublishedDecision(network, scene).decide();
  }

 private:
  Weights weights_;
};

}  // namespace

std::unique_ptr<Policy> make_scinet_2023(Weights weights) {
  return in_canonical_order(std::make_unique<Scinet2023>(std::move(weights)));
}

PolicyCatalog published_policies(const std::filesystem::path& directory) {
  const CheckpointFile file(directory / "scinet-2023.json", "scinet-2023", published_shapes());
  const auto make = [file]() -> Result<std::unique_ptr<Policy>> {
    const Result<Checkpoint>& checkpoint = file.read();
    if (!checkpoint) return checkpoint.error();
    return make_scinet_2023(checkpoint.value().weights);
  };
  return PolicyCatalog({
      {.name = "scinet-2023",
       .summary = "the published network in its shape, for 16 hosts and 7 applications only",
       .decides = {.provisioning = "transformer over recent beats, a number a host",
                   .deployment = "the same memory, told which hosts are on",
                   .placement = "the same memory, told hosts and strategy"},
       .needs_training = true,
       .source = "SciNet: Tuli, Casale, Jennings, IEEE TC 72(12), 2023",
       .make = make},
  });
}

}  // namespace scinet
