// A cluster and policies that do as they are told, for the tests of the loop. The views are real
// and so is find_violations; only the moving parts around the loop are scripted.
#pragma once

#include <stdexcept>
#include <vector>

#include "control/control_loop.h"

namespace scinet {

// Two hosts, the first on, and one workload that waits; a beat passes with each look.
class ScriptedPlatform final : public Platform {
 public:
  ScriptedPlatform() {
    HostType type;
    type.name = "small";
    type.speed = Mips(1000);
    type.memory = Mebibytes(1024);
    type.power.points = {Watts(50), Watts(100)};
    Fragment fragment;
    fragment.name = "all";
    Strategy whole;
    whole.name = "whole";
    whole.fragments = {fragment};
    catalogue_ = {.host_types = {type}, .applications = {{"blur", {whole}}}};
    view_.catalogue = &catalogue_;
    view_.arrival_rates = {0.0};
    view_.recent_requests.resize(1);
    view_.now = std::chrono::milliseconds(2500);
    view_.hosts.resize(2);
    view_.hosts[0].state = HostState::kOn;
    view_.hosts[0].utilisation = 0.123456;
    view_.hosts[1].id = HostId{1};
    WorkloadView waiting;
    waiting.workload.id = WorkloadId{7};
    view_.workloads = {waiting};
  }

  Result<ClusterView> observe(DecisionsAsked asked) override {
    view_.asked = asked;
    if (looks_++ > 0 && !is_stale) view_.now += to_sim_time(view_.beat);
    return view_;
  }
  Status apply(const Plan& plan) override {
    if (refuses) return Error{ErrorCode::kUnavailable, "host 0 does not answer"};
    applied.push_back(plan);
    return ok_status();
  }
  Accounts accounts_since(SimTime) const override {
    return {.now = view_.now, .hosts = {used}, .workloads = {}};
  }

  bool refuses = false;
  bool is_stale = false;  // shows the same moment again
  std::vector<Plan> applied;
  HostAccount used;  // by the first host; nobody asks about the second

 private:
  Catalogue catalogue_;
  ClusterView view_;
  int looks_ = 0;
};

class ScriptedPolicy final : public Policy {
 public:
  explicit ScriptedPolicy(Plan plan) : plan_(std::move(plan)) {}
  Plan decide(const ClusterView&, DecisionContext&) override { return plan_; }

 private:
  Plan plan_;
};

class ThrowingPolicy final : public Policy {
 public:
  Plan decide(const ClusterView&, DecisionContext&) override {
    throw std::runtime_error("no model loaded");
  }
};

inline Plan place_on(std::uint32_t host) {
  Plan plan;
  plan.deployments = {{WorkloadId{7}, StrategyId{0}}};
  plan.placements = {{WorkloadId{7}, FragmentId{0}, HostId{host}}};
  return plan;
}

inline Plan defer() {
  Plan plan;
  plan.deferrals = {{WorkloadId{7}, "no host has enough memory"}};
  return plan;
}

inline DecisionMakers scripted(Plan plan, Plan fallback) {
  return {.policy = {"scripted", std::make_unique<ScriptedPolicy>(std::move(plan))},
          .fallback = {"least-loaded", std::make_unique<ScriptedPolicy>(std::move(fallback))}};
}

}  // namespace scinet
