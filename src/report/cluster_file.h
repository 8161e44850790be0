// cluster.json: the cluster of a run, as the run used it. With the other result files it is all
// that a twin needs to be calibrated by the run or to replay its decisions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/catalogue.h"
#include "model/qos.h"

namespace scinet {

struct ClusterDescription {
  std::string scenario;
  std::string cadence = "interval";  // or "arrival"
  Seconds beat{5};
  Seconds horizon{0};             // of the run, which may differ from that of the scenario
  std::vector<HostTypeId> hosts;  // one per host, in order of HostId
  int hosts_on_at_start = 0;      // the first of them
  QosWeights weights;
  Seconds repair_time{0};  // a host that has failed is off, and can be powered on, after this long
  Catalogue catalogue;

  friend bool operator==(const ClusterDescription&, const ClusterDescription&) = default;
};

std::string text_of(const ClusterDescription& cluster);  // what the file holds
Status write_cluster(const std::filesystem::path& file, const ClusterDescription& cluster);

// What is returned is consistent: every id is in range. kNotFound where there is no such file; else
// kInvalidInput, which names the file, the field, what was found and what would have worked.
Result<ClusterDescription> read_cluster(const std::filesystem::path& file);

}  // namespace scinet
