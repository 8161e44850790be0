// The one interface that every policy implements, hand-written or learned.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "base/random.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

// What a policy may use besides the view. There is no clock here on purpose:
// the time is view.now, and effort is counted in steps so that runs repeat.
struct DecisionContext {
  RandomStream random;
  std::int64_t search_steps = 100'000;

  // Set by a policy that asks another process: wall time until that answered, which counts as part
  // of the decision's time beside the CPU time used here.
  std::chrono::nanoseconds waited{0};
};

// Why a policy has no plan. The control loop takes it as a refusal with this reason, and asks the
// fallback.
class Declined : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Policy {
 public:
  virtual ~Policy() = default;

  // Answers what view.asked asks, so that find_violations is empty, or throws Declined. A policy
  // may keep memory between decisions: the same view, context and history give the same plan.
  virtual Plan decide(const ClusterView& view, DecisionContext& context) = 0;

  // Of the view that was decided last, once a plan is in effect (its own, or that of the fallback)
  // and no time is counted: where a policy checks itself. What it says goes into the journal.
  virtual std::string review(const ClusterView& /*view*/, DecisionContext& /*context*/) {
    return {};
  }

  // At the last review, if that was at a beat: the utilisation of each host that it expects over
  // the beat that begins. Empty where it expects nothing.
  virtual std::span<const float> next_utilisation() const { return {}; }
};

}  // namespace scinet
