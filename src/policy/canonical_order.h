// Lets a policy decide on a view in which hosts, host types, applications and strategies stand in
// an order that depends on what they look like, never on their ids or names. So even a search that
// draws random numbers host by host gives the same plan when hosts are permuted or the catalogue
// is listed backwards; ties remain only between things that look the same.
//
// The order is that of the first view and stays as long as hosts and catalogue do, so that a
// policy may keep memory by HostId or ApplicationId.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "policy/policy.h"

namespace scinet {

class CanonicalOrder {
 public:
  explicit CanonicalOrder(const ClusterView& view);

  // Whether the view has the hosts and the catalogue that the order was made for.
  bool fits(const ClusterView& view) const;

  // The view in this order. Borrows the catalogue of this, which must not move meanwhile.
  ClusterView ordered(const ClusterView& view) const;

  // A plan for the ordered view as one for `view`, power changes by id.
  Plan as_given(Plan plan, const ClusterView& view) const;
  // Numbers of the ordered hosts as of the given ones.
  std::vector<float> as_given(std::span<const float> of_hosts) const;

 private:
  ModelId ordered(const ModelId& model) const;

  Catalogue given_;                  // as the views have it
  std::vector<HostTypeId> types_;    // of the given hosts
  Catalogue catalogue_;              // in order
  std::vector<HostTypeId> type_at_;  // new position of each given host type
  std::vector<ApplicationId> application_at_;
  std::vector<std::vector<StrategyId>> strategy_at_;     // by given application
  std::vector<std::vector<StrategyId>> given_strategy_;  // the inverse, by given application
  std::vector<HostId> host_at_;
  std::vector<HostId> given_host_;  // the inverse
};

// The policy, deciding in that order. What it keeps in memory is about ordered ids.
std::unique_ptr<Policy> in_canonical_order(std::unique_ptr<Policy> policy);

}  // namespace scinet
