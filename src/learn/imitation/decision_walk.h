// A joint decision as a walk through questions: which host to switch next, until none; then for
// each workload that waits, the one with the least time left first, which strategy; and for each of
// its fragments which host. Each question shows what the earlier answers lead to.
//
//   DecisionWalk walk(view);
//   while (const Question* question = walk.question()) walk.answer(best_of(*question));
//   const Plan plan = walk.space().plan_of(walk.decision());
//
// Who answers is all that tells the learner, its teacher and an ablation apart.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "learn/imitation/features.h"
#include "learn/imitation/service_alone.h"

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

struct WalkSettings {
  bool heads_see_earlier = true;  // false: strategies and hosts as if nothing had been decided
  bool predictions = true;        // false: without the closed forms of what follows
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
  void switch_host(HostId id);
  void end_power();
  void begin_workload();
  void choose(StrategyId strategy);
  void send_to(HostId host);
  void next_fragment();
  const WorkloadView& workload() const { return *space_.waiting()[order_[next_]]; }
  FloatRows& answers_for(Head head, std::size_t count);
  void hide_predictions();

  const ClusterView* view_;
  WalkSettings settings_;
  DecisionSpace space_;
  ClusterLoad load_;
  ClusterFigures figures_;
  ViewRows rows_;
  std::vector<std::size_t> order_;
  JointDecision decision_;
  Question question_;
  bool is_done_ = false;

  enum class Stage { kPower, kStrategy, kHost };
  Stage stage_ = Stage::kPower;
  OpenCapacity open_;
  ServiceAlone service_;
  std::vector<bool> can_get_work_;  // after the switches so far
  OpenCapacity open_in_view_;       // before any answer
  std::vector<bool> switched_;
  std::size_t next_ = 0;        // position in order_
  std::uint32_t fragment_ = 0;  // of the workload that is asked about
  std::optional<Route> route_;
  std::vector<StrategyOutlook> outlooks_;  // of its strategies
};

}  // namespace scinet
