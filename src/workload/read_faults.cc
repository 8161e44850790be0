#include "workload/read_faults.h"

#include <fmt/format.h>

namespace scinet {
namespace {

constexpr Choice<FaultKind> kKinds[] = {
    {"crash", FaultKind::kCrash}, {"slow", FaultKind::kSlow}, {"unlinked", FaultKind::kUnlinked}};

void read_speed(YamlFields& fields, FaultKind kind, double& speed_factor) {
  if (kind != FaultKind::kSlow) return;
  fields.required("speed", speed_factor, Range{.min = 0, .max = 1, .above_min = true});
}

void read_fault(YamlFields& fields, Fault& fault, const Scenario& scenario) {
  Seconds at{0};
  fields.required("kind", fault.kind, kKinds);
  fields.required("host", fault.host.value);
  fields.required("at", at);
  fields.required("length", fault.length, Range::above(0));
  read_speed(fields, fault.kind, fault.speed_factor);
  fault.at = to_sim_time(at);
  if (fault.host.value >= scenario.hosts.size()) {
    fields.fail("host", fmt::format("found {}, and the scenario has the hosts 0 to {}",
                                    fault.host.value, scenario.hosts.size() - 1));
  }
  if (at >= scenario.horizon) {
    fields.fail("at", fmt::format("found {:g} s, expected less than the horizon of {:g} s",
                                  at.count(), scenario.horizon.count()));
  }
}

void read_random_faults(YamlFields& fields, RandomFaults& faults, const Scenario& scenario) {
  constexpr double kMost = 1e6;
  constexpr Range kLongEnough = Range::at_least(1e-3);
  fields.required("kind", faults.kind, kKinds);
  fields.required("mean_between", faults.mean_between, kLongEnough);
  fields.required("mean_length", faults.mean_length, kLongEnough);
  read_speed(fields, faults.kind, faults.speed_factor);
  const double expected = static_cast<double>(scenario.hosts.size()) *
                          (scenario.horizon / (faults.mean_between + faults.mean_length));
  if (expected > kMost) {
    fields.fail(
        "mean_between",
        fmt::format("about {:g} faults until the horizon, expected at most {:g}", expected, kMost));
  }
}

}  // namespace

void read_faults(YamlFields& fields, Scenario& scenario) {
  fields.optional("faults", scenario.faults,
                  [&](YamlFields& item, Fault& fault) { read_fault(item, fault, scenario); });
  fields.optional(
      "random_faults", scenario.random_faults,
      [&](YamlFields& item, RandomFaults& faults) { read_random_faults(item, faults, scenario); });
}

}  // namespace scinet
