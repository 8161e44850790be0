#include "oracle/plan_moves.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "oracle/host_classes.h"

namespace scinet {
namespace {

constexpr std::size_t kMostHosts = 6;  // that a fragment is tried on in one pass

struct FragmentPosition {
  std::size_t workload;
  std::size_t fragment;
};

std::optional<FragmentPosition> some_other_fragment(const JointDecision& decision, std::size_t i,
                                                    RandomStream& random) {
  const auto& choices = decision.choices;
  if (choices.size() < 2) return std::nullopt;
  const std::size_t other = (i + 1 + random.below(choices.size() - 1)) % choices.size();
  if (!choices[other] || choices[other]->hosts.empty()) return std::nullopt;
  return FragmentPosition{other, random.below(choices[other]->hosts.size())};
}

bool send(const Move& move, JointDecision& decision) {
  auto& choice = decision.choices[move.workload];
  if (!choice || move.fragment >= choice->hosts.size()) return false;
  return std::exchange(choice->hosts[move.fragment], move.host) != move.host;
}

bool swap(const Move& move, JointDecision& decision) {
  auto& one = decision.choices[move.workload];
  auto& two = decision.choices[move.other_workload];
  if (!one || !two || move.fragment >= one->hosts.size()) return false;
  if (move.other_fragment >= two->hosts.size()) return false;
  HostId& here = one->hosts[move.fragment];
  HostId& there = two->hosts[move.other_fragment];
  if (here == there) return false;
  std::swap(here, there);
  return true;
}

}  // namespace

PlanMoves::PlanMoves(const ClusterView& view, const DecisionSpace& space,
                     const MarginalChoice& marginal)
    : view_(view), space_(space), marginal_(marginal), classes_(host_classes(view)) {}

std::vector<Move> PlanMoves::around(const JointDecision& decision, RandomStream& random) const {
  std::vector<Move> moves;
  const std::vector<bool> used = used_hosts(decision);
  add_switches(moves, decision, used);
  const std::vector<HostId> hosts = distinct_hosts(decision, used);
  for (std::size_t i = 0; i < space_.waiting().size(); ++i) {
    for (const StrategyId strategy : space_.strategies(i)) {
      moves.push_back({.kind = MoveKind::kAnswer, .workload = i, .strategy = strategy});
    }
    if (!view_.asked.placement) continue;
    if (can_wait(decision, i)) moves.push_back({.kind = MoveKind::kWait, .workload = i});
    add_sends(moves, decision, i, hosts, random);
  }
  return moves;
}

bool PlanMoves::apply(const Move& move, JointDecision& decision) const {
  switch (move.kind) {
    case MoveKind::kSwitch:
      decision.on[move.host.value] = !decision.on[move.host.value];
      return true;
    case MoveKind::kAnswer:
      marginal_.answer_one(decision, move.workload, move.strategy);
      return true;
    case MoveKind::kWait:
      decision.choices[move.workload].reset();
      return true;
    case MoveKind::kSend:
      return send(move, decision);
    case MoveKind::kSwap:
      return swap(move, decision);
  }
  return false;
}

// One of those that look the same and have no part in the decision.
void PlanMoves::add_switches(std::vector<Move>& moves, const JointDecision& decision,
                             const std::vector<bool>& used) const {
  if (space_.switchable().empty()) return;
  for (const auto& same : classes_) {
    bool tried_on = false;
    bool tried_off = false;
    for (const HostId id : same) {
      if (view_.host(id).state == HostState::kFailed) continue;
      bool& tried = decision.on[id.value] ? tried_off : tried_on;
      if (!used[id.value] && std::exchange(tried, true)) continue;
      moves.push_back({.kind = MoveKind::kSwitch, .host = id});
    }
  }
}

void PlanMoves::add_sends(std::vector<Move>& moves, const JointDecision& decision, std::size_t i,
                          const std::vector<HostId>& hosts, RandomStream& random) const {
  const auto& choice = decision.choices[i];
  if (!choice) return;
  const WorkloadView& entry = *space_.waiting()[i];
  for (std::size_t f = 0; f < choice->hosts.size(); ++f) {
    if (entry.strategy && entry.tasks[f].state != TaskState::kUnplaced) continue;
    for (std::size_t n = 0; n < std::min(hosts.size(), kMostHosts); ++n) {
      const bool all = hosts.size() <= kMostHosts;
      const HostId host = hosts[all ? n : random.below(hosts.size())];
      if (host == choice->hosts[f]) continue;
      moves.push_back({.kind = MoveKind::kSend, .workload = i, .fragment = f, .host = host});
    }
    if (const auto other = some_other_fragment(decision, i, random)) {
      moves.push_back({.kind = MoveKind::kSwap,
                       .workload = i,
                       .fragment = f,
                       .other_workload = other->workload,
                       .other_fragment = other->fragment});
    }
  }
}

// Where decisions are taken on arrival, what waits is asked about only at the next beat.
bool PlanMoves::can_wait(const JointDecision& decision, std::size_t i) const {
  return view_.cadence == Cadence::kInterval && decision.choices[i];
}

std::vector<bool> PlanMoves::used_hosts(const JointDecision& decision) const {
  std::vector<bool> used(view_.hosts.size(), false);
  for (const auto& choice : decision.choices) {
    if (!choice) continue;
    for (const HostId host : choice->hosts) used[host.value] = true;
  }
  return used;
}

// Hosts that are on: all that have a part in the decision, one of each kind of the others.
std::vector<HostId> PlanMoves::distinct_hosts(const JointDecision& decision,
                                              const std::vector<bool>& used) const {
  std::vector<HostId> hosts;
  for (const auto& same : classes_) {
    bool has_unused = false;
    for (const HostId id : same) {
      if (!decision.on[id.value] || !view_.host(id).linked) continue;
      if (!used[id.value] && std::exchange(has_unused, true)) continue;
      hosts.push_back(id);
    }
  }
  return hosts;
}

}  // namespace scinet
