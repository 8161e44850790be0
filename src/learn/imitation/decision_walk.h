// A joint decision as a walk through questions: which host to switch next, until none; then for
// each workload that waits, the one with the least time left first, which strategy; and for each of
// its fragments which host. Each question shows what the earlier answers lead to.
//
//   DecisionWalk walk(view);
//   while (const Question* question = walk.question()) walk.answer(best_of(*question));
//   const Plan plan = walk.space().plan_of(walk.decision());
//
// Who answers is all that tells the learner, its teacher and an ablation apart.
//
// In a cluster of very many hosts questions are about groups of hosts that look alike: each row of
// rows().hosts is a group, an answer that switches a host switches as many of its group as make up
// one host of a cluster of kHostsShown, and of hosts that look alike one is offered to a fragment.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "learn/imitation/features.h"
#include "learn/imitation/host_groups.h"
#include "learn/imitation/power_rows.h"
#include "learn/imitation/waiting_service.h"

namespace scinet {

struct Question {
  Head head = Head::kPower;
  std::size_t waiting = 0;  // position of its workload, of strategy and host questions
  FragmentId fragment;      // of host questions
  FloatRows answers;        // [answers, kAnswerColumns[head]]
  std::vector<std::optional<HostId>> hosts;  // that each answer is about; none: stop, or a strategy
  std::vector<StrategyId> strategies;        // of strategy questions, as the answers

  std::size_t size() const { return static_cast<std::size_t>(answers.rows()); }
};

// A cluster in groups looks as if it had at least so many hosts.
inline constexpr std::size_t kHostsShown = 128;

struct WalkSettings {
  bool heads_see_earlier = true;  // false: strategies and hosts as if nothing had been decided
  bool predictions = true;        // false: without the closed forms of what follows
  std::size_t most_apart = kHostsShown;  // more hosts than this are taken in groups
  std::size_t most_groups = 256;
};

class DecisionWalk {
 public:
  explicit DecisionWalk(const ClusterView& view, const WalkSettings& settings = {});  // borrowed
  DecisionWalk(const DecisionWalk&) = delete;
  DecisionWalk& operator=(const DecisionWalk&) = delete;

  const DecisionSpace& space() const { return space_; }
  const ViewRows& rows() const { return rows_; }
  // Positions in space().waiting(), in the order in which they are asked about.
  const std::vector<std::size_t>& order() const { return order_; }

  // The next one that has more than one answer; nullptr at the end.
  const Question* question() const { return is_done_ ? nullptr : &question_; }
  void answer(std::size_t which);

  const JointDecision& decision() const { return decision_; }  // so far
  // With hosts as they are after the answers so far.
  const ClusterLoad& load() const { return load_; }

 private:
  void ask();
  bool ask_power();
  bool ask_strategy();
  bool ask_host();
  void switch_hosts_like(HostId id);
  int count_of_switch(std::size_t group) const;
  void end_power();
  std::vector<bool> hosts_to_offer() const;
  void begin_workload();
  void choose(StrategyId strategy);
  void send_to(HostId host);
  void next_fragment();
  const WorkloadView& workload() const { return *space_.waiting()[order_[next_]]; }
  FloatRows& answers_for(Head head, std::size_t count);
  HostOffers* offers() { return offers_ ? &*offers_ : nullptr; }
  void hide_predictions();

  const ClusterView* view_;
  WalkSettings settings_;
  DecisionSpace space_;
  ClusterLoad load_;
  bool is_grouped_;
  ClusterFigures figures_;
  ViewRows rows_;
  HostGroups groups_;
  std::vector<std::size_t> order_;
  JointDecision decision_;
  Question question_;
  bool is_done_ = false;

  enum class Stage { kPower, kStrategy, kHost };
  Stage stage_ = Stage::kPower;
  OpenCapacity open_;
  OpenCapacity open_in_view_;  // before any answer
  std::optional<PowerRows> power_rows_;
  WaitingService service_;                   // after the switches so far
  std::vector<std::size_t> switched_;        // of each group: so many of its first members
  std::vector<std::uint32_t> twins_;         // of each group: the first one with the same row
  std::vector<std::uint32_t> last_offered_;  // of each such first one: the last answer about a twin
  std::vector<std::uint32_t> offered_before_;  // of each answer: the one before about a twin
  std::optional<HostOffers> offers_;           // where hosts are grouped
  std::size_t next_ = 0;                       // position in order_
  std::uint32_t fragment_ = 0;                 // of the workload that is asked about
  std::optional<Route> route_;
  std::vector<StrategyOutlook> outlooks_;  // of its strategies
};

}  // namespace scinet
