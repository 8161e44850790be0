// Arrival times come from one stream; what arrives is drawn from a stream of its own per request,
// so that a different mix never shifts the times.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <optional>

#include "base/ensure.h"
#include "workload/scenario.h"

namespace scinet {
namespace {

std::vector<SimTime> arrival_times(const IntervalArrivals& arrivals, const Scenario& scenario,
                                   RandomStream random) {
  std::vector<SimTime> times;
  const SimTime beat = to_sim_time(scenario.beat);
  for (SimTime now{0}; now < to_sim_time(scenario.horizon); now += beat) {
    const double drawn = arrivals.mean + arrivals.deviation * random.normal();
    times.insert(times.end(), static_cast<std::size_t>(std::max(1.0, std::trunc(drawn))), now);
  }
  return times;
}

// From -1 to 1.
double swing_at(Seconds now, Seconds period) {
  return std::sin(2.0 * std::numbers::pi * (now / period));
}

double rate_at(const PoissonArrivals& arrivals, Seconds now) {
  const bool in_burst =
      now >= arrivals.burst_start && now < arrivals.burst_start + arrivals.burst_length;
  return arrivals.rate * (1.0 + arrivals.swing * swing_at(now, arrivals.swing_period)) *
         (in_burst ? arrivals.burst_factor : 1.0);
}

// Thinning (Lewis and Shedler, 1979): candidates at the highest rate, each kept with the share
// that the rate of its moment is of the highest.
std::vector<SimTime> arrival_times(const PoissonArrivals& arrivals, const Scenario& scenario,
                                   RandomStream random) {
  std::vector<SimTime> times;
  const double highest =
      arrivals.rate * (1.0 + arrivals.swing) * std::max(1.0, arrivals.burst_factor);
  for (Seconds now(random.exponential(1.0 / highest)); now < scenario.horizon;
       now += Seconds(random.exponential(1.0 / highest))) {
    if (random.uniform() * highest < rate_at(arrivals, now)) times.push_back(to_sim_time(now));
  }
  return times;
}

// During the i-th step, before scaling.
double rate_of_step(const SeriesArrivals& arrivals, std::size_t i) {
  const Seconds middle = arrivals.step * (static_cast<double>(i) + 0.5);
  return arrivals.rates[i % arrivals.rates.size()] *
         (1.0 + arrivals.swing * swing_at(middle, arrivals.swing_period));
}

// Arrivals of a process of rate 1 mapped through the integral of the rate, which is linear
// within a step.
std::vector<SimTime> arrival_times(const SeriesArrivals& arrivals, const Scenario& scenario,
                                   RandomStream random) {
  std::vector<SimTime> times;
  const double mean = series_mean(arrivals, scenario.horizon);
  if (mean <= 0.0) return times;
  const double scale = arrivals.rate / mean;
  double until_next = random.exponential(1.0);
  for (std::size_t i = 0; arrivals.step * static_cast<double>(i) < scenario.horizon; ++i) {
    const double rate = rate_of_step(arrivals, i) * scale;
    const Seconds begin = arrivals.step * static_cast<double>(i);
    const Seconds end = std::min(begin + arrivals.step, scenario.horizon);
    double passed = 0.0;  // of the integral, within this step
    const double whole = rate * (end - begin).count();
    while (passed + until_next < whole) {
      passed += until_next;
      times.push_back(to_sim_time(begin + Seconds(passed / rate)));
      until_next = random.exponential(1.0);
    }
    until_next -= whole - passed;
  }
  return times;
}

const ApplicationMix& choose(const std::vector<ApplicationMix>& mix, double total_weight,
                             double uniform) {
  double rest = uniform * total_weight;
  for (const ApplicationMix& entry : mix) {
    rest -= entry.weight;
    if (rest < 0.0) return entry;
  }
  return mix.back();
}

Seconds draw_slo(const ApplicationMix& entry, double uniform) {
  const Seconds width = entry.slo_max - entry.slo_min;
  if (entry.slo_step.count() == 0.0) return entry.slo_min + width * uniform;
  // Both ends count. The excess forgives rounding where the width is a whole number of steps.
  const double steps = std::floor(width / entry.slo_step + 1e-9);
  return entry.slo_min + entry.slo_step * std::floor(uniform * (steps + 1.0));
}

// The moments of a trace; within the spread of a count each is drawn by itself.
std::vector<SimTime> arrival_times(const TraceArrivals& arrivals, const Scenario&,
                                   RandomStream random) {
  const RecordedTrace& trace = arrivals.trace;
  std::vector<SimTime> times;
  times.reserve(trace.requests.size());
  for (const RecordedRequest& request : trace.requests) {
    const bool is_spread = trace.spread > Seconds(0);
    times.push_back(request.at +
                    to_sim_time(is_spread ? trace.spread * random.uniform() : Seconds(0)));
  }
  return times;
}

// What arrives, as it changes over the run.
class DriftingMix {
 public:
  explicit DriftingMix(const Scenario& scenario)
      : mix_(scenario.mix),
        work_(scenario.catalogue.applications.size(), 1.0),
        drifts_(scenario.drifts) {
    std::ranges::stable_sort(drifts_, {}, &Drift::at);
    sum_weights();
  }

  void advance_to(SimTime now) {
    for (; next_ < drifts_.size() && drifts_[next_].at <= now; ++next_) {
      const auto& [at, application, weight, work] = drifts_[next_];
      const auto entry = std::ranges::find(mix_, application, &ApplicationMix::application);
      if (entry == mix_.end()) continue;  // not served in this run
      if (weight) entry->weight = *weight;
      if (work) work_[application.value] = *work;
      sum_weights();
    }
  }

  const std::vector<ApplicationMix>& mix() const { return mix_; }
  double total_weight() const { return total_weight_; }
  double work_of(ApplicationId application) const { return work_[application.value]; }

 private:
  void sum_weights() {
    total_weight_ = 0.0;
    for (const ApplicationMix& entry : mix_) total_weight_ += entry.weight;
  }

  std::vector<ApplicationMix> mix_;
  std::vector<double> work_;  // per ApplicationId
  std::vector<Drift> drifts_;
  std::size_t next_ = 0;
  double total_weight_ = 0.0;
};

// Fills in what is not recorded; nothing if the mix does not have the recorded application. The
// draws of a request do not depend on what is recorded.
std::optional<Request> draw_request(const DriftingMix& now, WorkloadId id, SimTime arrival,
                                    const RecordedRequest& recorded, RandomStream random) {
  const ApplicationMix& chosen = choose(now.mix(), now.total_weight(), random.uniform());
  const ApplicationId application = recorded.application.value_or(chosen.application);
  const auto entry = std::ranges::find(now.mix(), application, &ApplicationMix::application);
  if (entry == now.mix().end()) return std::nullopt;
  const Seconds slo = draw_slo(*entry, random.uniform());
  const Workload workload{id, application, arrival, recorded.slo.value_or(slo),
                          recorded.input.value_or(entry->input)};
  return Request{workload, recorded.size * now.work_of(application)};
}

}  // namespace

double series_mean(const SeriesArrivals& arrivals, Seconds horizon) {
  ensure(!arrivals.rates.empty(), "a series has rates");
  double sum = 0.0;
  for (std::size_t i = 0; arrivals.step * static_cast<double>(i) < horizon; ++i) {
    const Seconds begin = arrivals.step * static_cast<double>(i);
    const Seconds length = std::min(begin + arrivals.step, horizon) - begin;
    sum += rate_of_step(arrivals, i) * length.count();
  }
  return sum / horizon.count();
}

std::vector<Request> generate_requests(const Scenario& scenario, const RandomStreams& streams) {
  ensure(!scenario.mix.empty(), "a scenario has a mix");
  const std::vector<SimTime> times = std::visit(
      [&](const auto& arrivals) {
        return arrival_times(arrivals, scenario, streams.stream("arrivals"));
      },
      scenario.arrivals);
  const auto* trace = std::get_if<TraceArrivals>(&scenario.arrivals);
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return times[i]; });

  DriftingMix mix(scenario);
  const RecordedRequest nothing_recorded;
  std::vector<Request> requests;
  requests.reserve(times.size());
  for (const std::size_t i : order) {
    if (times[i] >= to_sim_time(scenario.horizon)) break;
    mix.advance_to(times[i]);
    const WorkloadId id{requests.size()};
    const std::optional<Request> request =
        draw_request(mix, id, times[i], trace ? trace->trace.requests[i] : nothing_recorded,
                     streams.stream("request", id.value));
    if (request) requests.push_back(*request);
  }
  return requests;
}

std::vector<Workload> generate_arrivals(const Scenario& scenario, const RandomStreams& streams) {
  std::vector<Workload> workloads;
  for (const Request& request : generate_requests(scenario, streams)) {
    workloads.push_back(request.workload);
  }
  return workloads;
}

}  // namespace scinet
