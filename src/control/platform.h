// What the control loop needs from a cluster. The twin implements it in memory, the local
// platform with worker processes, an engine by talking to its API.
#pragma once

#include "base/result.h"
#include "model/accounts.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

class Platform {
 public:
  virtual ~Platform() = default;

  // The cluster as it stands; `asked` is copied into the view.
  virtual Result<ClusterView> observe(DecisionsAsked asked) = 0;

  // Puts a sound plan into effect. A platform may refuse part of it (a host failed since it was
  // observed); what was refused is still waiting at the next observe().
  virtual Status apply(const Plan& plan) = 0;

  // What was used and delivered until now. Of the workloads only those without an answer
  // and those answered at `start` or later: the others have no part in what happened since.
  virtual Accounts accounts_since(SimTime start) const = 0;
  Accounts accounts() const { return accounts_since(SimTime::min()); }  // of all
};

}  // namespace scinet
