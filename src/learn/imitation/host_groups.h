// Hosts that look alike, taken together: so a decision costs as much as there are kinds of hosts,
// however many hosts there are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learn/imitation/features.h"

namespace scinet {

// Every host is in one group. Groups are in order of their member with the lowest id; members in
// the order in which they get work (policy/estimate.h, tie_break). Order and names of hosts mean
// nothing to which hosts are in one group.
class HostGroups {
 public:
  // Every host by itself.
  explicit HostGroups(std::size_t hosts = 0);

  // Hosts of one state whose rows (features.h) are the same up to a step. It is made larger until
  // there are at most `most` groups: first hosts of one type and with the same models (of those
  // that wait) go together, in the end all of one state whose types have equal memory; these are
  // never put together.
  static HostGroups of_alike(const ClusterLoad& load, const DecisionSpace& space,
                             const FloatRows& hosts, std::size_t most);

  std::size_t size() const { return first_.size() - 1; }
  std::size_t hosts() const { return members_.size(); }
  std::uint32_t group_of(HostId host) const { return group_of_[host.value]; }
  std::span<const HostId> members(std::size_t group) const {
    return std::span(members_).subspan(first_[group], first_[group + 1] - first_[group]);
  }

 private:
  HostGroups(const ClusterLoad& load, std::vector<std::uint32_t> group_of, std::size_t groups);

  std::vector<HostId> members_;     // group by group
  std::vector<std::size_t> first_;  // of each group, in members_; and the end
  std::vector<std::uint32_t> group_of_;
};

// The rows with one for each group: the mean of its members', which is theirs where they are equal.
ViewRows rows_of_groups(ViewRows rows, const HostGroups& groups);

// Which hosts are offered to fragments, so that no two look alike: of each group the next one that
// got no work in this decision, and those that did, the last kMostUsed of them.
class HostOffers {
 public:
  static constexpr std::size_t kMostUsed = 256;

  HostOffers() = default;
  // Of the hosts that fragments can be sent to.
  HostOffers(const HostGroups& groups, const std::vector<bool>& can_be_sent_to);

  // To a fragment, while the hosts `taken` are taken for others that the load does not know of. In
  // order of id. Valid until the next call.
  std::span<const HostId> hosts_for(const ClusterView& view, const Fragment& fragment,
                                    std::span<const HostId> taken);
  void send_to(HostId host);

 private:
  struct Queue {
    std::vector<HostId> hosts;
    std::size_t next = 0;  // those before it got work
  };
  std::vector<Queue> queues_;            // one a group
  std::vector<std::uint32_t> queue_of_;  // of each host
  std::vector<HostId> used_;             // the last last
  std::vector<HostId> offered_;
};

}  // namespace scinet
