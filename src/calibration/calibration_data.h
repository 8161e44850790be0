// The samples of recorded runs in the order in which the estimators want them.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "calibration/estimates.h"

namespace scinet {

struct RunSamples {
  RunPart source;
  std::vector<TaskSample> tasks;  // of the whole run: those of other parts are company
};

struct CalibrationData {
  const Catalogue* catalogue = nullptr;
  std::vector<AlikeFragments> groups;
  std::map<ModelId, std::size_t> group_of;
  std::vector<RunSamples> runs;

  // Rows and columns of the table in which groups are pooled: applications, and the names of
  // strategy and fragment.
  std::vector<std::size_t> column_of;  // per group
  const ModelId& first(std::size_t group) const { return groups[group].front(); }
};

CalibrationData calibration_data(std::span<const RunPart> parts, const Catalogue& catalogue);

// One value per group, pooled over all groups that have one (see pooling.h) on a logarithmic scale.
struct GroupValue {
  std::size_t group = 0;
  double value = 0.0;      // above 0
  double log_error = 0.0;  // standard error of ln value
};
std::vector<double> pool_groups(const CalibrationData& data, const std::vector<GroupValue>& values);

// Contention, speeds, sizes of inputs, work and its variation. `inflation_of` uses what they say of
// contention.
struct WorkEstimates {
  std::vector<Estimate> all;
  InputSizes sizes;
  double contention = 0.0;
  std::vector<double> seconds;  // per group: mean core-seconds at the catalogue's speed; 0: unknown
  std::vector<std::size_t> work;  // per group: where in `all`, or all.size()
  // Per group, MI: what a load takes beyond what was measured of the tasks that waited for it.
  std::vector<double> unseen_load;
};
WorkEstimates estimate_work(const CalibrationData& data);

// Adds to the estimates of `work`.
void estimate_loads(const CalibrationData& data, WorkEstimates& work);
// Background, and what fragments use: corrects `work`, and adds to its estimates.
void estimate_cpu(const CalibrationData& data, WorkEstimates& work);
std::vector<Estimate> estimate_boots(const CalibrationData& data);
std::vector<Estimate> estimate_boosts(const CalibrationData& data);  // of quotas
// Latencies, and what comes on top while a quota is used up; `boosts` are the estimates above.
std::vector<Estimate> estimate_latencies(const CalibrationData& data,
                                         std::span<const Estimate> boosts);

}  // namespace scinet
