// A busy cluster for the twin's tests, where much happens at once.
#pragma once

#include <cstdint>

#include "twin/twin_testing.h"

namespace scinet {

// Two applications, one a chain, cold starts, memory that is short, transfers, random work,
// batches, hosts with services of their own and contention. Placements by the workload's number.
inline SmallWorld busy_world() {
  SmallWorld world{.host = plain_host(2), .hosts = 4, .hosts_on = 3};
  world.host.boot_time = Seconds(7);
  world.host.bandwidth = BytesPerSecond(1e6);
  world.host.latency = Seconds(0.02);
  world.host.price = DollarsPerHour(2);
  world.host.background = 0.1;
  world.host.contention = 0.05;
  world.fragments = {plain_fragment(), plain_fragment()};
  world.fragments[0].work = {WorkShape::kExponential, Mi(900), 1.0};
  world.fragments[0].output = Bytes(2e5);
  world.fragments[0].model_memory = Mebibytes(300);
  world.fragments[0].memory = Mebibytes(150);
  world.fragments[0].load_time = Seconds(0.5);
  world.fragments[0].load_work = Mi(200);
  world.fragments[1].work = {WorkShape::kLognormal, Mi(500), 0.8};
  world.fragments[1].inputs = {FragmentId{0}};
  world.fragments[1].output = Bytes(1e5);
  world.fragments[1].memory = Mebibytes(80);
  world.fragments[1].batch = {.limit = 3, .delay = Seconds(0.6), .further_work = 0.7};
  Fragment wide = plain_fragment(Mi(1500));
  wide.cores = 2.0;
  wide.model_memory = Mebibytes(500);
  wide.memory = Mebibytes(100);
  wide.load_time = Seconds(1.1);
  wide.batch = {.limit = 4, .further_work = 0.5};
  world.more_applications = {plain_application({wide}, 0.8)};
  return world;
}

inline void arrive_and_place(Twin& twin, std::uint64_t id) {
  const auto host = [&](std::uint64_t i) { return static_cast<std::uint32_t>(i % 3); };
  twin.arrive(request(id, twin.now(), id % 3 == 0 ? 1 : 0, Bytes(3e5)));
  twin.apply(id % 3 == 0 ? serve(id, {host(id / 3)}) : serve(id, {host(id), host(id / 2)}));
}

// Forty steps with arrivals; in between a host is switched on, one is slow, one cut off for a while
// and one fails.
inline void run_busy(Twin& twin, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t id = first; id < last; ++id) {
    twin.run_until(id * std::chrono::milliseconds(377));
    if (id == 10) twin.apply(switch_host(3, true));
    if (id == 5) twin.set_speed_factor(HostId{0}, 0.6);
    if (id == 12) twin.set_link(HostId{2}, false);
    if (id == 16) twin.set_link(HostId{2}, true);
    if (id == 20) twin.fail(HostId{1});
    if (id >= 20 && id % 3 != 0) {
      twin.arrive(request(id, twin.now(), 0, Bytes(3e5)));
      twin.apply(serve(id, {0, 2}));
    } else if (id < 20) {
      arrive_and_place(twin, id);
    }
  }
}

}  // namespace scinet
