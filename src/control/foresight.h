// What a decision is expected to lead to, said before it takes effect. The loop asks for every
// decision and keeps the answer beside what then happened; it never influences the decision.
#pragma once

#include "model/cluster_view.h"
#include "model/plan.h"
#include "report/predictions.h"

namespace scinet {

class Foresight {
 public:
  virtual ~Foresight() = default;

  // `plan` is sound and answers `view`. A prediction of the next beat is wanted exactly when the
  // view asks for provisioning, which happens at beats.
  virtual Prediction predict(const ClusterView& view, const Plan& plan) = 0;
};

}  // namespace scinet
