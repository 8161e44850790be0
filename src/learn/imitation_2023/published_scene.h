// What the network of the published shape sees of a view: matrices of fixed size. Its inputs have
// one place for each of 16 hosts, 7 applications, 3 strategies and 5 fragments, so it can say
// nothing of a cluster that has more, or fewer hosts.
//
// Which host is which slot is decided anew in each view: kinds of hosts from the cheapest work on,
// of a kind those that are open first, of these the one with the most work. So hosts that do the
// same have the same slot, whatever their number, and those that look the same are told apart by
// nothing but their order.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "learn/tape.h"
#include "policy/estimate.h"
#include "policy/joint_decision.h"

namespace scinet {

inline constexpr std::size_t kSlots = 16;            // hosts
inline constexpr std::size_t kSlotApplications = 7;  // by position in the catalogue
inline constexpr std::size_t kSlotStrategies = 3;    // the same, of an application
inline constexpr std::size_t kSlotFragments = 5;     // of a strategy
inline constexpr Eigen::Index kBeatsSeen = 12;

inline constexpr Eigen::Index kSlotColumns = 6;      // of one host
inline constexpr Eigen::Index kSceneColumns = 18;    // of the whole cluster
inline constexpr Eigen::Index kRequestFeatures = 9;  // of a request

// Why the inputs of the network cannot say this view; empty if they can.
std::string beyond_published_shape(const ClusterView& view);

// What all decisions about a view are made from. Rows of one, but for the beats.
struct PublishedInput {
  Matrix beats;    // [kBeatsSeen, kSlots], utilisation of each slot, oldest first
  Matrix hosts;    // [1, kSlots kSlotColumns]
  Matrix cluster;  // [1, kSceneColumns]
  Matrix load;     // [1, 2 kSlots]: tasks of each slot, then work, as place() adds to them
};

// A fragment that has to be sent somewhere.
struct PublishedFragment {
  std::size_t fragment = 0;
  double work = 0.0;  // beats of an average host
  std::array<bool, kSlots> can_hold{};
  std::vector<std::size_t> inputs = {};  // what it waits for, by position among those to be sent
};

class PublishedScene {
 public:
  explicit PublishedScene(const ClusterView& view);  // borrowed; its inputs can say it

  const DecisionSpace& space() const { return space_; }
  HostId host_at(std::size_t slot) const { return host_at_[slot]; }
  std::size_t slot_of(HostId host) const { return slot_of_[host.value]; }
  const PublishedInput& input() const { return input_; }

  bool is_open(std::size_t slot) const;        // work can be sent to it as it is
  bool is_switchable(std::size_t slot) const;  // on or off is part of the decision
  // Whether nothing tells them apart but what they did in the past: to send a task to one or to the
  // other is the same decision.
  bool look_alike(std::size_t slot, std::size_t other) const;

  // What waits, the least time left first: positions in space().waiting().
  const std::vector<std::size_t>& order() const { return order_; }
  Matrix request(std::size_t waiting) const;  // [1, kRequestFeatures]
  std::vector<PublishedFragment> fragments(std::size_t waiting, StrategyId strategy) const;

 private:
  void sort_slots();
  Matrix beats() const;
  Matrix hosts() const;
  Matrix cluster() const;
  Matrix load() const;
  const HostLoad& at(std::size_t slot) const { return load_.at(host_at_[slot]); }

  const ClusterView* view_;
  DecisionSpace space_;
  ClusterLoad load_;
  Mips mean_speed_;
  std::array<HostId, kSlots> host_at_{};
  std::array<std::size_t, kSlots> slot_of_{};
  std::array<bool, kSlots> switchable_{};
  std::vector<std::size_t> order_;
  PublishedInput input_;
};

// What one more task in that slot adds to the load.
inline constexpr double kLoadOfTask = 0.25;

}  // namespace scinet
