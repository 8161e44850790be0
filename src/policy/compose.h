// A policy made of three rules, one for each decision, taken in turn: each rule sees what the
// earlier ones decided. Composition answers exactly what the view asks and keeps every plan sound,
// so that a rule need only choose.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "policy/outcomes.h"
#include "policy/policy.h"
#include "policy/route.h"

namespace scinet {

// What all rules have in common: they may keep memory, and learn from what became of requests.
class Rule {
 public:
  virtual ~Rule() = default;

  // Told at the start of every decision if it learns: the view, and the requests answered since
  // the last one.
  virtual bool learns() const { return false; }
  virtual void observe(const ClusterView& /*view*/, std::span<const Outcome> /*outcomes*/,
                       DecisionContext& /*context*/) {}
};

class ProvisioningRule : public Rule {
 public:
  // Hosts to switch, each at most once: on only what is off or draining, off only what is on or
  // booting. Afterwards hosts are kept or woken for work that would otherwise have none.
  virtual std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext& context) = 0;
};

// A strategy that the hosts which accept work could serve now.
struct StrategyOption {
  StrategyId strategy;
  double accuracy = 0.0;
  Seconds finish{0};  // from now, if each fragment goes where it finishes first

  friend bool operator==(const StrategyOption&, const StrategyOption&) = default;
};

// The workload that a strategy is chosen for. Borrowed.
struct DeploymentCase {
  const ClusterLoad& load;
  const WorkloadView& entry;
  bool (*usable)(const HostLoad& host);  // the hosts that count
  Seconds slack{0};  // time left until the SLO is missed; negative when it has been

  // Those that are usable and could hold the fragment if empty, in order of id.
  std::vector<const HostLoad*> hosts_for(const Fragment& fragment) const;
};

class DeploymentRule : public Rule {
 public:
  // Sorts the options, best first. The first one that the placement rule finds hosts for is taken.
  virtual void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
                    DecisionContext& context) = 0;
};

class PlacementRule : public Rule {
 public:
  // A host for one fragment. The candidates accept work and can hold it; there is at least one.
  // Nothing: rather wait, because none of them has memory for it now.
  virtual std::optional<HostId> choose(const Route& route, FragmentId fragment,
                                       std::span<const HostLoad* const> candidates,
                                       DecisionContext& context) = 0;

  // The last word, when the plan is made: may send its tasks to other hosts, all at once. A host
  // must accept work once the plan is applied, have its link and be able to hold the fragment.
  virtual void rearrange(Plan& /*plan*/, const ClusterView& /*view*/,
                         DecisionContext& /*context*/) {}

  // Whether it always takes a host on which the fragment finishes first, the tie break deciding
  // between equals. Then it may be shown a short list of candidates that has that host.
  virtual bool takes_first_to_finish() const { return false; }
};

std::unique_ptr<Policy> compose(std::unique_ptr<ProvisioningRule> provisioning,
                                std::unique_ptr<DeploymentRule> deployment,
                                std::unique_ptr<PlacementRule> placement);

}  // namespace scinet
