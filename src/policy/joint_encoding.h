// A joint decision as a choice among options, for the searches of search/options.h: whether each
// host that can be switched accepts work, and for each workload that waits its strategy and the
// host of each fragment. Any choice makes a sound plan (policy/joint_decision.h), and no choice
// lets a workload wait that could be served.
#pragma once

#include <span>
#include <vector>

#include "policy/joint_decision.h"
#include "search/options.h"

namespace scinet {

class JointEncoding {
 public:
  // `space` is borrowed. Power is as `power` says where it is not searched for.
  JointEncoding(const DecisionSpace& space, std::vector<bool> power, bool searches_power);

  const DecisionSpace& space() const { return *space_; }
  const std::vector<int>& options() const { return options_; }
  JointDecision decision_of(const Choice& choice) const;
  Plan plan_of(const Choice& choice) const { return space_->plan_of(decision_of(choice)); }

  // Power as given, the first strategy for every workload, and fragments where they finish first.
  Choice start() const;

  // Variables: first one per switched host, with the options off and on.
  const std::vector<HostId>& switched() const { return switched_; }

  // Then for each workload of space().waiting() its strategy, an option for each of
  // space().strategies(i), and behind it the hosts of its fragments.
  struct Variables {
    std::size_t strategy = 0;   // position of that variable
    std::size_t fragments = 0;  // as many as its longest strategy has; 0 if it cannot be served
    // Option 0 is where the fragment finishes first, option k is hosts[k - 1]. A host that cannot
    // hold the fragment counts as option 0.
    std::span<const HostId> hosts = {};
  };
  const std::vector<Variables>& workloads() const { return workloads_; }

 private:
  const DecisionSpace* space_;
  std::vector<bool> power_;
  std::vector<HostId> switched_;
  std::vector<Variables> workloads_;
  std::vector<int> options_;
};

}  // namespace scinet
