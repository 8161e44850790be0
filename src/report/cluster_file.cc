#include "report/cluster_file.h"

#include <algorithm>

#include "base/text.h"
#include "model/json.h"
#include "model/json_domain.h"
#include "report/results.h"

namespace scinet {

void describe(auto& field, Of<ClusterDescription> auto& cluster) {
  field("scenario", cluster.scenario);
  field("cadence", cluster.cadence);
  field("beat_s", cluster.beat);
  field("horizon_s", cluster.horizon);
  field("hosts", cluster.hosts);
  field("hosts_on_at_start", cluster.hosts_on_at_start);
  field("weights", cluster.weights);
  field("repair_time_s", cluster.repair_time);
  field("catalogue", cluster.catalogue);
}

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 28;

// What the types cannot say; empty where all is well.
std::string problem_with(const ClusterDescription& cluster) {
  if (cluster.cadence != "interval" && cluster.cadence != "arrival") {
    return fmt::format("cadence is {}, expected interval or arrival", in_quotes(cluster.cadence));
  }
  if (!(cluster.beat > Seconds(0))) {
    return fmt::format("beat_s is {}, expected more than 0", cluster.beat.count());
  }
  if (!(cluster.horizon >= Seconds(0))) {
    return fmt::format("horizon_s is {}, expected at least 0", cluster.horizon.count());
  }
  if (!(cluster.repair_time >= Seconds(0))) {
    return fmt::format("repair_time_s is {}, expected at least 0", cluster.repair_time.count());
  }
  const auto hosts = static_cast<std::int64_t>(cluster.hosts.size());
  if (cluster.hosts_on_at_start < 0 || cluster.hosts_on_at_start > hosts) {
    return fmt::format("hosts_on_at_start is {}, expected 0 to the number of hosts, {}",
                       cluster.hosts_on_at_start, hosts);
  }
  const std::size_t types = cluster.catalogue.host_types.size();
  for (std::size_t i = 0; i < cluster.hosts.size(); ++i) {
    if (cluster.hosts[i].value < types) continue;
    return fmt::format("hosts[{}] is {}, but the catalogue has {} host types", i,
                       cluster.hosts[i].value, types);
  }
  return {};
}

}  // namespace

std::string text_of(const ClusterDescription& cluster) {
  return to_json_value(cluster).dump(2) + "\n";
}

Status write_cluster(const std::filesystem::path& file, const ClusterDescription& cluster) {
  return write_whole(file, text_of(cluster));
}

Result<ClusterDescription> read_cluster(const std::filesystem::path& file) {
  const std::string source = file.string();
  const Result<std::string> text = read_text_file(file, kLargestFile);
  if (!text) return text.error();
  const Result<Json> json = parse_json(text.value(), source);
  if (!json) return json.error();
  Result<ClusterDescription> cluster = from_json<ClusterDescription>(json.value(), source);
  if (!cluster) return cluster.error();
  if (const std::string problem = problem_with(cluster.value()); !problem.empty()) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: {}", source, problem)};
  }
  const Status checked = check_catalogue(cluster.value().catalogue, source);
  if (!checked) return checked.error();
  return cluster;
}

}  // namespace scinet
