// Small situations that can be searched exhaustively: up to four hosts, up to three workloads that
// wait, up to four strategies of up to three fragments. They are not made up but lived through: a
// twin runs for some beats under random decisions, so hosts boot and drain, models are resident,
// tasks are half done.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "policy/baselines.h"
#include "tests/cluster_builder.h"
#include "twin/twin.h"

namespace scinet {

class SmallCase {
 public:
  explicit SmallCase(RandomStreams streams)
      : streams_(streams), random_(streams.stream("small-case")) {}

  // The same streams give the same case.
  TestCluster make() {
    auto catalogue = std::make_unique<Catalogue>();
    for (auto n = 1 + random_.below(2); n > 0; --n) catalogue->host_types.push_back(host_type());
    for (auto n = 1 + random_.below(2); n > 0; --n) {
      catalogue->applications.push_back(application());
    }
    catalogue_ = catalogue.get();
    ClusterView view = live_through(some_hosts());
    return {std::move(catalogue), std::move(view)};
  }

 private:
  static constexpr std::size_t kMostWaiting = 3;

  double between(double low, double high) { return low + (high - low) * random_.uniform(); }
  bool chance(double probability) { return random_.uniform() < probability; }

  HostType host_type() {
    const double idle = between(1, 80);
    HostType type = make_type({.name = "type" + std::to_string(names_++),
                               .cores = static_cast<int>(1 + random_.below(4)),
                               .speed = Mips(between(1000, 4000)),
                               .memory = Mebibytes(between(700, 3000)),
                               .price = DollarsPerHour(between(0.02, 0.4)),
                               .boot_time = Seconds(between(0, 12)),
                               .idle = Watts(idle),
                               .peak = Watts(idle + between(1, 80)),
                               .bandwidth = BytesPerSecond(chance(0.5) ? 0.0 : between(1e6, 1e8)),
                               .latency = Seconds(chance(0.5) ? 0.0 : between(0, 0.01))});
    if (chance(0.2)) type.billing_increment = Seconds(60);
    if (chance(0.2)) type.contention = between(0, 0.2);
    return type;
  }

  Fragment random_fragment(double share) {
    Fragment made = fragment(Mi(share * between(1000, 20'000)));
    made.work.shape = std::array{WorkShape::kConstant, WorkShape::kExponential,
                                 WorkShape::kLognormal}[random_.below(3)];
    made.work.variation = made.work.shape == WorkShape::kConstant ? 0.0 : 1.0;
    made.cores = between(0.5, 3.0);
    made.memory = Mebibytes(between(50, 500));
    made.model_memory = Mebibytes(between(0, 200));
    made.load_time = Seconds(chance(0.3) ? 0.0 : between(0, 2));
    made.output = Bytes(between(0, 1e6));
    return made;
  }

  // Cut into parts, a strategy is about as much work as whole.
  std::vector<Fragment> fragments(std::uint64_t count, double work) {
    std::vector<Fragment> made;
    for (auto n = count; n > 0; --n) {
      made.push_back(random_fragment(work / static_cast<double>(count)));
    }
    return made;
  }

  Application application() {
    Application app{"app" + std::to_string(names_++), {}};
    app.strategies.push_back(layer(fragments(2 + random_.below(2), 1.0), between(0.8, 1.0)));
    if (chance(0.8)) app.strategies.push_back(semantic(fragments(3, 0.9), between(0.6, 0.95)));
    if (chance(0.8))
      app.strategies.push_back(strategy("compression", between(0.5, 0.9), fragments(1, 0.3)));
    if (chance(0.3))
      app.strategies.push_back(strategy("whole", between(0.8, 1.0), fragments(1, 1.0)));
    return app;
  }

  std::vector<HostTypeId> some_hosts() {
    std::vector<HostTypeId> hosts(1 + random_.below(4));
    for (HostTypeId& host : hosts) {
      host = {static_cast<std::uint32_t>(random_.below(catalogue_->host_types.size()))};
    }
    return hosts;
  }

  QosWeights weights() {
    if (chance(0.5)) return {};
    std::array<double, 5> w{};
    for (double& weight : w) weight = between(0.05, 1);
    const double sum = std::accumulate(w.begin(), w.end(), 0.0);
    return {w[0] / sum, w[1] / sum, w[2] / sum, w[3] / sum, w[4] / sum};
  }

  // The view after some beats of random decisions.
  ClusterView live_through(const std::vector<HostTypeId>& hosts) {
    const TwinSettings settings{.cadence = Cadence::kInterval, .history = 4};
    const int on = static_cast<int>(random_.below(hosts.size() + 1));
    Twin twin(*catalogue_, hosts, on, weights(), settings, streams_);
    const auto policy = make_random();
    DecisionContext context{.random = streams_.stream("decisions")};
    const SimTime beat = to_sim_time(settings.beat);
    for (auto n = random_.below(6); n > 0; --n) {
      request(twin, random_.below(3), beat);
      twin.apply(policy->decide(twin.view(DecisionsAsked::all()), context));
    }
    if (chance(0.15)) twin.fail(HostId{static_cast<std::uint32_t>(random_.below(hosts.size()))});
    if (chance(0.15)) {
      twin.set_speed_factor(HostId{static_cast<std::uint32_t>(random_.below(hosts.size()))},
                            between(0.2, 1.0));
    }
    request(twin, 1 + random_.below(kMostWaiting), beat);
    ClusterView view = twin.view(asked());
    leave_three_waiting(view);
    if (chance(0.5)) std::ranges::fill(view.arrival_rates, 0.0);  // else as they were
    return view;
  }

  DecisionsAsked asked() {
    const double which = random_.uniform();
    if (which < 0.1) return {.provisioning = true};
    if (which < 0.25) return {.deployment = true, .placement = true};
    if (which < 0.3) return {.placement = true};
    return DecisionsAsked::all();
  }

  // So many arrive in the course of a beat.
  void request(Twin& twin, std::uint64_t count, SimTime beat) {
    std::vector<SimTime> times(count);
    for (SimTime& time : times)
      time = twin.now() + to_sim_time(to_seconds(beat) * random_.uniform());
    std::ranges::sort(times);
    const SimTime end = twin.now() + beat;
    for (const SimTime time : times) {
      twin.run_until(time);
      const auto application = random_.below(catalogue_->applications.size());
      twin.arrive({.id = WorkloadId{next_id_++},
                   .application = {static_cast<std::uint32_t>(application)},
                   .arrival = time,
                   .slo = Seconds(between(2, 30)),
                   .input = Bytes(chance(0.5) ? 0.0 : between(0, 1e6))});
    }
    twin.run_until(end);
  }

  // The latest; the others that wait are as if they had never come.
  static void leave_three_waiting(ClusterView& view) {
    const auto waits = [](const WorkloadView& entry) {
      return !entry.strategy || std::ranges::any_of(entry.tasks, [](const TaskView& task) {
        return task.state == TaskState::kUnplaced;
      });
    };
    auto too_many =
        std::ranges::count_if(view.workloads, waits) - static_cast<std::ptrdiff_t>(kMostWaiting);
    std::erase_if(view.workloads, [&](const WorkloadView& entry) {
      return waits(entry) && too_many > 0 && too_many-- > 0;
    });
  }

  RandomStreams streams_;
  RandomStream random_;
  const Catalogue* catalogue_ = nullptr;
  std::uint64_t next_id_ = 0;
  int names_ = 0;
};

inline TestCluster small_case(std::uint64_t seed) { return SmallCase(RandomStreams(seed)).make(); }

}  // namespace scinet
