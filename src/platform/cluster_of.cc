#include "platform/cluster_of.h"

namespace scinet {

ClusterDescription cluster_of(const Scenario& scenario, Seconds repair_time) {
  return {.scenario = scenario.name,
          .cadence = std::string(to_string(scenario.cadence)),
          .beat = scenario.beat,
          .horizon = scenario.horizon,
          .hosts = scenario.hosts,
          .hosts_on_at_start = scenario.hosts_on_at_start,
          .weights = scenario.weights,
          .repair_time = repair_time,
          .catalogue = scenario.catalogue};
}

HostChange change_of(const Fault& fault) {
  const double speed = fault.kind == FaultKind::kSlow ? fault.speed_factor : 1.0;
  return {.at = fault.at,
          .host = fault.host,
          .state = {},
          .fault = HostFault{.kind = std::string(to_string(fault.kind)),
                             .length = fault.length,
                             .speed_factor = speed}};
}

}  // namespace scinet
