#include <fmt/format.h>
#include <simgrid/plugins/energy.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <simgrid/s4u.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/ensure.h"
#include "tests/simgrid/comparison.h"

namespace scinet {
namespace {

namespace sg = simgrid::s4u;

// What makes SimGrid's models those of the twin.
const std::vector<std::string> kSettings = {
    // The plain fluid model: no correction factors, no TCP window, no weight by bandwidth, and the
    // acknowledgements of a flow use nothing of the way back.
    "network/model:CM02",
    "network/latency-factor:1",
    "network/bandwidth-factor:1",
    "network/weight-S:0",
    "network/TCP-gamma:1e30",
    "network/crosstraffic:0",
    // What ends within this time of an event ends with it (1e-9 s by default).
    "surf/precision:1e-12",
    // KiB; an actor for each request needs little.
    "contexts/stack-size:64",
};

// One simulation; the links of host i are up[i] and down[i].
class Simulation {
 public:
  explicit Simulation(const ComparedScenario& scenario) : scenario_(scenario) {
    std::vector<std::string> words = {"comparison", "--log=root.thresh:error"};
    for (const std::string& setting : kSettings) words.push_back("--cfg=" + setting);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    engine_.emplace(&count, arguments.data());
    sg_host_energy_plugin_init();
    build();
  }

  ComparedOutcome run() {
    outcome_.finishes.resize(scenario_.requests.size());
    unfinished_ = scenario_.requests.size();
    for (std::size_t i = 0; i < scenario_.requests.size(); ++i) {
      sg::Actor::create("request", client_, [this, i] { serve(i); });
    }
    engine_->run();
    return outcome_;
  }

 private:
  void build() {
    sg::NetZone* const zone = sg::create_full_zone("star");
    client_ = zone->create_host("client", 1e9);
    client_->set_property("wattage_per_state", "0:0:0");
    sg::Link* const wire = zone->create_link("wire", 1e30);
    wire->set_latency(scenario_.latency)->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE);
    std::vector<sg::Link*> up;
    std::vector<sg::Link*> down;
    for (std::size_t i = 0; i < scenario_.hosts.size(); ++i) {
      const ComparedHost& host = scenario_.hosts[i];
      hosts_.push_back(zone->create_host(fmt::format("host{}", i), host.speed));
      hosts_[i]->set_core_count(host.cores);
      hosts_[i]->set_property("wattage_per_state", fmt::format("{}:{}:{}", host.idle_watts,
                                                               host.low_watts, host.full_watts));
      const double bandwidth = host.bandwidth > 0.0 ? host.bandwidth : 1e30;
      up.push_back(zone->create_link(fmt::format("up{}", i), bandwidth));
      down.push_back(zone->create_link(fmt::format("down{}", i), bandwidth));
    }
    const auto connect = [&](sg::Host* from, sg::Host* to,
                             const std::vector<const sg::Link*>& way) {
      std::vector<sg::LinkInRoute> links;
      for (const sg::Link* link : way) links.emplace_back(link);
      zone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr, links, false);
    };
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      connect(client_, hosts_[i], {wire, down[i]});
      connect(hosts_[i], client_, {up[i], wire});
      for (std::size_t j = 0; j < hosts_.size(); ++j) {
        if (i != j) connect(hosts_[i], hosts_[j], {up[i], wire, down[j]});
      }
    }
    zone->seal();
  }

  void serve(std::size_t number) {
    const ComparedRequest& request = scenario_.requests[number];
    sg::this_actor::sleep_until(request.arrival);
    sg::Host* at = client_;
    for (std::size_t i = 0; i < request.steps.size(); ++i) {
      const ComparedStep& step = request.steps[i];
      at = move(at, hosts_[step.host], request.bytes[i]);
      sg::Exec::init()
          ->set_flops_amount(step.operations)
          ->set_bound(step.cores * scenario_.hosts[step.host].speed)
          ->set_host(at)
          ->wait();
    }
    move(at, client_, request.bytes.back());
    outcome_.finishes[number] = sg::Engine::get_clock();
    if (--unfinished_ > 0) return;
    for (sg::Host* host : hosts_) outcome_.joules.push_back(sg_host_get_consumed_energy(host));
  }

  sg::Host* move(sg::Host* from, sg::Host* to, double bytes) const {
    if (from != to && (bytes > 0.0 || scenario_.latency > 0.0)) {
      sg::Comm::sendto(from, to, static_cast<std::uint64_t>(bytes));
    }
    return to;
  }

  const ComparedScenario& scenario_;
  std::optional<sg::Engine> engine_;
  sg::Host* client_ = nullptr;
  std::vector<sg::Host*> hosts_;
  std::size_t unfinished_ = 0;
  ComparedOutcome outcome_;
};

void send(int pipe, const std::vector<double>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = write(pipe, bytes.data() + sent, bytes.size() - sent);
    if (n <= 0) _exit(1);
    sent += static_cast<std::size_t>(n);
  }
}

void receive(int pipe, std::vector<double>& values) {
  const auto bytes = std::as_writable_bytes(std::span(values));
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = read(pipe, bytes.data() + got, bytes.size() - got);
    ensure(n > 0, "the process that runs SimGrid sends its outcome");
    got += static_cast<std::size_t>(n);
  }
}

}  // namespace

ComparedOutcome run_on_simgrid(const ComparedScenario& scenario) {
  int ends[2] = {};
  ensure(pipe(ends) == 0, "a pipe can be made");
  const pid_t child = fork();
  ensure(child >= 0, "a process can be made");
  if (child == 0) {
    close(ends[0]);
    const ComparedOutcome outcome = Simulation(scenario).run();
    send(ends[1], outcome.finishes);
    send(ends[1], outcome.joules);
    _exit(0);
  }
  close(ends[1]);
  ComparedOutcome outcome{.finishes = std::vector<double>(scenario.requests.size()),
                          .joules = std::vector<double>(scenario.hosts.size())};
  receive(ends[0], outcome.finishes);
  receive(ends[0], outcome.joules);
  close(ends[0]);
  int status = 0;
  ensure(waitpid(child, &status, 0) == child && status == 0, "SimGrid runs to its end");
  return outcome;
}

}  // namespace scinet
