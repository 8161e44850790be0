// A named situation: a cluster, its applications and what arrives. The same scenario runs on the
// twin and on real workers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "model/catalogue.h"
#include "model/cluster_view.h"
#include "model/qos.h"
#include "model/workload.h"
#include "workload/faults.h"
#include "workload/trace.h"

namespace scinet {

// The published system's arrivals: max(1, int(N(mean, deviation))) workloads at every beat.
struct IntervalArrivals {
  double mean = 0.0;
  double deviation = 1.5;
};

// A Poisson process whose rate swings over a day and rises in one burst:
// rate(t) = rate * (1 + swing * sin(2 pi t / swing_period)) * (burst_factor inside the burst).
struct PoissonArrivals {
  double rate = 1.0;   // mean arrivals a second
  double swing = 0.0;  // in [0, 1]
  Seconds swing_period{86'400};
  Seconds burst_start{0};
  Seconds burst_length{0};
  double burst_factor = 1.0;
};

// A Poisson process whose rate follows a recorded series: rates[i] arrivals a second during the
// i-th step, times 1 + swing * sin(2 pi t / swing_period) at the middle t of the step, scaled so
// that the mean over the horizon is `rate`. The series repeats if it is short.
struct SeriesArrivals {
  double rate = 1.0;
  Seconds step{1};
  std::vector<double> rates;
  std::string source;
  double swing = 0.0;  // in [0, 1]
  Seconds swing_period{86'400};
};

// The mean of the rates over the horizon, with their swing, before scaling; 0 when nothing ever
// arrives.
double series_mean(const SeriesArrivals& arrivals, Seconds horizon);

// Arrivals as recorded, one by one. What was not recorded of a request is drawn from the mix.
struct TraceArrivals {
  RecordedTrace trace;
  std::string source;
};

using Arrivals = std::variant<IntervalArrivals, PoissonArrivals, SeriesArrivals, TraceArrivals>;

struct ApplicationMix {
  ApplicationId application;
  double weight = 1.0;  // relative share of arrivals
  Seconds slo_min{1};   // the SLO of a workload is uniform between the two, in steps of
  Seconds slo_max{1};   // slo_step where that is not 0
  Seconds slo_step{0};
  Bytes input;  // sent by the client
};

// From a moment on, requests to an application come more or less often, or are more or less work
// than the catalogue says. No policy is told. Of several that hold, the latest counts.
struct Drift {
  SimTime at{0};
  ApplicationId application;
  std::optional<double> weight;  // instead of that of the mix
  std::optional<double> work;    // a factor of its work, in all fragments of all strategies
};

struct Scenario {
  std::string name;
  std::string summary;
  Catalogue catalogue;            // only what the scenario uses
  std::vector<HostTypeId> hosts;  // one per host, in order of HostId
  int hosts_on_at_start = 0;      // the first of them; the others start off
  Cadence cadence = Cadence::kInterval;
  Seconds beat{5};
  Seconds horizon{1000};
  QosWeights weights;
  std::vector<ApplicationMix> mix;
  Arrivals arrivals;
  std::vector<Fault> faults = {};  // at given moments, in any order
  std::vector<RandomFaults> random_faults = {};
  std::vector<Drift> drifts = {};  // in any order
};

// Reads a scenario and the catalogue files that it names, relative to `catalog_directory`.
// Errors name file, line, field, what was found and what would have worked.
Result<Scenario> load_scenario(const std::filesystem::path& file,
                               const std::filesystem::path& catalog_directory);

// A request and what its client knows and no policy does: by which factor it is more work than
// others of its application. Only the twin can honour it; real work takes what it takes.
struct Request {
  Workload workload;
  double size = 1.0;

  friend bool operator==(const Request&, const Request&) = default;
};

// The requests of one run, in order of time, all before the horizon. The same streams give the
// same requests, whatever the policy does. Recorded requests to an application that the mix does
// not have are left out.
std::vector<Request> generate_requests(const Scenario& scenario, const RandomStreams& streams);

// The same without their sizes.
std::vector<Workload> generate_arrivals(const Scenario& scenario, const RandomStreams& streams);

// The faults of one run that begin before the horizon, in order of time (of equal times in order of
// host, then kind): those of the schedule and the random ones, which have a stream of their own for
// each host and entry.
std::vector<Fault> generate_faults(const Scenario& scenario, const RandomStreams& streams);

}  // namespace scinet
