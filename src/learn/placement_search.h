// A plan whose tasks are spread over hosts in shares instead of sitting on one, so that a surrogate
// of the twin can be followed downhill: what GOBI and GOSH have in common.
//
// The shares of a task are the softmax of its logits, one for each host that it may go to. Any
// logits can be rounded to a plan: each task goes where its share is largest.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "learn/plan_network.h"
#include "model/plan.h"
#include "policy/rules.h"

namespace scinet {

class RelaxedPlacement {
 public:
  // What is to be made small, 1 x 1, of the terms that the network predicts.
  using Objective =
      std::function<Tape::Variable(Tape& tape, const PredictedTerms& terms, const QosWeights&)>;

  // `plan` is sound and places something; all is borrowed. A task may go to the hosts that accept
  // work after the plan, have their link and can hold it; where there are many, to those on which
  // it is expected to finish first.
  RelaxedPlacement(const ClusterView& view, const Plan& plan, const Weights& weights,
                   Objective objective);

  struct Slope {
    double value = 0.0;
    Matrix gradient;  // [pairs, 1], by the logits
  };
  Slope slope(const Matrix& logits);
  // With each task as a whole on one host.
  double value(const std::vector<HostId>& hosts);

  Matrix start() const;  // logits that favour the hosts of the plan: 1 there, 0 elsewhere
  std::vector<HostId> rounded(const Matrix& logits) const;  // one per placement of the plan
  std::vector<HostId> hosts_of_plan() const;
  // Rows on the tape for each evaluation, which is about what it costs.
  std::int64_t rows() const;

 private:
  double evaluate(Tape::Variable share);

  const ClusterView& view_;
  const Plan& plan_;
  Objective objective_;
  std::vector<PlacedTask> tasks_;
  PlanPictures pictures_;
  Tape tape_;
  WeightsOnTape network_;
  std::size_t start_of_recording_;
};

// A rule that first places by expected finish, task by task, and then moves all tasks of the
// decision by a surrogate.
class SurrogatePlacement : public PlacementRule {
 public:
  explicit SurrogatePlacement(Weights weights) : weights_(std::move(weights)) {}

  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext& context) final {
    return first_->choose(route, fragment, candidates, context);
  }
  bool takes_first_to_finish() const final { return true; }

 protected:
  const Weights& weights() const { return weights_; }

 private:
  Weights weights_;
  std::unique_ptr<PlacementRule> first_ = earliest_finish();
};

// One step of a descent: changes the logits, given the slope there.
using DescentStep = std::function<void(Matrix& logits, const Matrix& gradient)>;

// At most 200 steps from the hosts of the plan, fewer where `search_steps` does not pay for that
// many rows, and no more once the rounded plan has stood for a while. The plan gets the best hosts
// by the objective that were met on the way, or keeps its own.
void descend(RelaxedPlacement& placement, Plan& plan, std::int64_t search_steps,
             const DescentStep& step);

}  // namespace scinet
