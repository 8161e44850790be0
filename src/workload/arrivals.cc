// Arrival times come from one stream; what arrives is drawn from a stream of its own per request,
// so that a different mix never shifts the times.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>

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

double rate_at(const PoissonArrivals& arrivals, Seconds now) {
  const double phase = 2.0 * std::numbers::pi * (now / arrivals.swing_period);
  const bool in_burst =
      now >= arrivals.burst_start && now < arrivals.burst_start + arrivals.burst_length;
  return arrivals.rate * (1.0 + arrivals.swing * std::sin(phase)) *
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
    const double rate = arrivals.rates[i % arrivals.rates.size()] * scale;
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

std::vector<Workload> draw_workloads(const Scenario& scenario, const std::vector<SimTime>& times,
                                     const RandomStreams& streams) {
  ensure(!scenario.mix.empty(), "a scenario has a mix");
  const double total_weight =
      std::accumulate(scenario.mix.begin(), scenario.mix.end(), 0.0,
                      [](double sum, const ApplicationMix& entry) { return sum + entry.weight; });
  std::vector<Workload> workloads;
  workloads.reserve(times.size());
  for (const SimTime time : times) {
    const WorkloadId id{workloads.size()};
    RandomStream random = streams.stream("request", id.value);
    const ApplicationMix& entry = choose(scenario.mix, total_weight, random.uniform());
    const Seconds slo = draw_slo(entry, random.uniform());
    workloads.push_back({id, entry.application, time, slo, entry.input});
  }
  return workloads;
}

}  // namespace

double series_mean(const SeriesArrivals& arrivals, Seconds horizon) {
  ensure(!arrivals.rates.empty(), "a series has rates");
  double sum = 0.0;
  for (std::size_t i = 0; arrivals.step * static_cast<double>(i) < horizon; ++i) {
    const Seconds begin = arrivals.step * static_cast<double>(i);
    const Seconds length = std::min(begin + arrivals.step, horizon) - begin;
    sum += arrivals.rates[i % arrivals.rates.size()] * length.count();
  }
  return sum / horizon.count();
}

std::vector<Workload> generate_arrivals(const Scenario& scenario, const RandomStreams& streams) {
  if (const auto* trace = std::get_if<TraceArrivals>(&scenario.arrivals)) {
    std::vector<Workload> workloads = trace->workloads;
    std::erase_if(workloads, [&](const Workload& workload) {
      return workload.arrival >= to_sim_time(scenario.horizon);
    });
    return workloads;
  }
  const auto times = std::visit(
      [&](const auto& arrivals) -> std::vector<SimTime> {
        if constexpr (std::is_same_v<decltype(arrivals), const TraceArrivals&>) {
          return {};
        } else {
          return arrival_times(arrivals, scenario, streams.stream("arrivals"));
        }
      },
      scenario.arrivals);
  return draw_workloads(scenario, times, streams);
}

}  // namespace scinet
