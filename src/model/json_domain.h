// The fields of the domain's structs, one list each, for json_fields.h.
#pragma once

#include <array>
#include <optional>
#include <type_traits>

#include "model/cluster_view.h"
#include "model/json_fields.h"
#include "model/plan.h"

namespace scinet {

inline std::string_view to_string(WorkShape shape) {
  switch (shape) {
    case WorkShape::kConstant:
      return "constant";
    case WorkShape::kExponential:
      return "exponential";
    case WorkShape::kLognormal:
      return "lognormal";
    case WorkShape::kHyperexponential:
      return "hyperexponential";
  }
  return "unknown";
}

constexpr auto enum_values(WorkShape) {
  using enum WorkShape;
  return std::array{kConstant, kExponential, kLognormal, kHyperexponential};
}

constexpr auto enum_values(Cadence) {
  using enum Cadence;
  return std::array{kInterval, kArrival};
}

constexpr auto enum_values(HostState) {
  using enum HostState;
  return std::array{kOff, kBooting, kOn, kDraining, kFailed};
}

constexpr auto enum_values(TaskState) {
  using enum TaskState;
  return std::array{kUnplaced, kBlocked, kQueued, kRunning, kDone};
}

void describe(auto& field, Of<PowerCurve> auto& curve) {
  field("name", curve.name);
  field("points_w", curve.points);
  field("source", curve.source);
}

// A value that is told only where it says something, so that documents from before it was there
// stay as they are. What is read without it is the value that a new one has.
template <class T>
void describe_where(bool is_told, auto& field, const char* key, T& value) {
  using Value = std::remove_const_t<T>;
  std::optional<Value> told;
  if (is_told) told = value;
  field(key, told);
  if constexpr (!std::is_const_v<T>) value = told.value_or(Value{});
}

void describe(auto& field, Of<BurstCredits> auto& burst) {
  field("baseline_cores", burst.baseline);
  field("credits_per_hour", burst.credits_per_hour);
  field("initial_credits", burst.initial_credits);
  field("maximum_credits", burst.maximum_credits);
  field("boost", burst.boost);
  describe_where(burst.stall > Seconds(0), field, "stall_s", burst.stall);
}

void describe(auto& field, Of<HostType> auto& type) {
  field("name", type.name);
  field("cores", type.cores);
  field("speed_mips", type.speed);
  field("memory_mib", type.memory);
  field("background_cores", type.background);
  field("contention", type.contention);
  field("bandwidth_bytes_per_s", type.bandwidth);
  field("latency_s", type.latency);
  field("price_usd_per_hour", type.price);
  field("billing_increment_s", type.billing_increment);
  field("boot_time_s", type.boot_time);
  field("power", type.power);
  field("boot_power_w", type.boot_power);
  field("burst", type.burst);
  field("source", type.source);
}

void describe(auto& field, Of<WorkDistribution> auto& work) {
  field("shape", work.shape);
  field("mean_mi", work.mean);
  field("variation", work.variation);
}

void describe(auto& field, Of<Batching> auto& batch) {
  field("limit", batch.limit);
  field("delay_s", batch.delay);
  field("further_work", batch.further_work);
}

void describe(auto& field, Of<Fragment> auto& fragment) {
  field("name", fragment.name);
  field("work", fragment.work);
  field("cores", fragment.cores);
  field("memory_mib", fragment.memory);
  field("model_memory_mib", fragment.model_memory);
  field("load_time_s", fragment.load_time);
  field("load_work_mi", fragment.load_work);
  field("output_bytes", fragment.output);
  field("inputs", fragment.inputs);
  describe_where(fragment.batch.is_on(), field, "batch", fragment.batch);
}

void describe(auto& field, Of<Strategy> auto& strategy) {
  field("name", strategy.name);
  field("accuracy", strategy.accuracy);
  field("accuracy_source", strategy.accuracy_source);
  field("fragments", strategy.fragments);
  field("work_source", strategy.work_source);
}

void describe(auto& field, Of<Application> auto& application) {
  field("name", application.name);
  field("strategies", application.strategies);
}

void describe(auto& field, Of<Catalogue> auto& catalogue) {
  field("host_types", catalogue.host_types);
  field("applications", catalogue.applications);
}

void describe(auto& field, Of<ModelId> auto& model) {
  field("application", model.application);
  field("strategy", model.strategy);
  field("fragment", model.fragment);
}

void describe(auto& field, Of<ModelLoad> auto& load) {
  field("model", load.model);
  field("ready_at_s", load.ready_at);
}

void describe(auto& field, Of<DecisionsAsked> auto& asked) {
  field("provisioning", asked.provisioning);
  field("deployment", asked.deployment);
  field("placement", asked.placement);
}

void describe(auto& field, Of<QosWeights> auto& weights) {
  field("energy", weights.energy);
  field("cost", weights.cost);
  field("response", weights.response);
  field("violation", weights.violation);
  field("inaccuracy", weights.inaccuracy);
}

void describe(auto& field, Of<QosTerms> auto& terms) {
  field("energy", terms.energy);
  field("cost", terms.cost);
  field("response", terms.response);
  field("violation", terms.violation);
  field("inaccuracy", terms.inaccuracy);
}

void describe(auto& field, Of<HostView> auto& host) {
  field("id", host.id);
  field("type", host.type);
  field("state", host.state);
  field("powered_since_s", host.powered_since);
  field("ready_at_s", host.ready_at);
  field("memory_used_mib", host.memory_used);
  field("resident", host.resident);
  field("loading", host.loading);
  field("credits", host.credits);
  field("throttled", host.throttled);
  field("speed_factor", host.speed_factor);
  field("linked", host.linked);
  field("utilisation", host.utilisation);
  field("recent_utilisation", host.recent_utilisation);
}

void describe(auto& field, Of<Workload> auto& workload) {
  field("id", workload.id);
  field("application", workload.application);
  field("arrival_s", workload.arrival);
  field("slo_s", workload.slo);
  field("input_bytes", workload.input);
}

void describe(auto& field, Of<TaskView> auto& task) {
  field("fragment", task.fragment);
  field("state", task.state);
  field("host", task.host);
  field("since_s", task.since);
  field("progress", task.progress);
}

void describe(auto& field, Of<WorkloadView> auto& entry) {
  field("workload", entry.workload);
  field("strategy", entry.strategy);
  field("deployed_at_s", entry.deployed_at);
  field("tasks", entry.tasks);
}

void describe(auto& field, Of<RequestTerms> auto& terms) {
  field("slo_s", terms.slo);
  field("input_bytes", terms.input);
}

// Without the catalogue, which a document holds beside it.
void describe(auto& field, Of<ClusterView> auto& view) {
  field("now_s", view.now);
  field("asked", view.asked);
  field("cadence", view.cadence);
  field("beat_s", view.beat);
  field("weights", view.weights);
  field("hosts", view.hosts);
  field("workloads", view.workloads);
  field("arrival_rates_per_s", view.arrival_rates);
  field("recent_requests", view.recent_requests);
}

void describe(auto& field, Of<PowerChange> auto& change) {
  field("host", change.host);
  field("on", change.on);
}

void describe(auto& field, Of<Deployment> auto& deployment) {
  field("workload", deployment.workload);
  field("strategy", deployment.strategy);
}

void describe(auto& field, Of<Placement> auto& placement) {
  field("workload", placement.workload);
  field("fragment", placement.fragment);
  field("host", placement.host);
}

void describe(auto& field, Of<Deferral> auto& deferral) {
  field("workload", deferral.workload);
  field("reason", deferral.reason);
}

void describe(auto& field, Of<Plan> auto& plan) {
  field("power", plan.power);
  field("deployments", plan.deployments);
  field("placements", plan.placements);
  field("deferrals", plan.deferrals);
}

}  // namespace scinet
