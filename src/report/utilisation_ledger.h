// What a policy that foresees how busy hosts will be said at each beat, beside what then happened
// and beside two guesses that need no network: that nothing changes, and the mean of 3 beats.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <span>
#include <utility>
#include <vector>

#include "model/cluster_view.h"

namespace scinet {

// Utilisation of one host over the beat that begins with a decision.
struct UtilisationRecord {
  std::uint32_t step = 0;  // of the decision
  HostId host;
  SimTime time{0};  // of the decision
  float predicted = 0.0f;
  float last_value = 0.0f;
  float mean_of_3 = 0.0f;  // of the last beats, fewer where there are fewer
  float observed = std::numeric_limits<float>::quiet_NaN();  // NaN: it was never seen

  bool is_observed() const { return !std::isnan(observed); }
};

class UtilisationLedger {
 public:
  // A beat ends and the next begins, before its decision.
  void begin_beat(const ClusterView& view);
  // `predicted` is of all hosts, or of none.
  void add(std::uint64_t step, const ClusterView& view, std::span<const float> predicted);

  std::vector<UtilisationRecord> take() && { return std::move(records_); }

 private:
  std::vector<UtilisationRecord> records_;
  std::size_t first_open_ = 0;  // the first without an observation
};

// Whether `view` is of the beat after `then`. A real cluster comes some milliseconds late, and may
// leave out a beat.
bool is_next_beat(SimTime then, const ClusterView& view);
// The mean of the last 3 values of the host.
double mean_of_3(const HostView& host);

// Root mean squares over the records that were observed; NaN without any.
struct UtilisationErrors {
  std::int64_t count = 0;
  double policy = std::numeric_limits<double>::quiet_NaN();
  double last_value = std::numeric_limits<double>::quiet_NaN();
  double mean_of_3 = std::numeric_limits<double>::quiet_NaN();
};
UtilisationErrors utilisation_errors(std::span<const UtilisationRecord> records);

// predicted_utilisation.csv
void write_utilisation_csv(std::ostream& out, std::span<const UtilisationRecord> records);

}  // namespace scinet
