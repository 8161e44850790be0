#include "platform/local/local_hosts.h"

#include <algorithm>
#include <cctype>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "report/results.h"

namespace scinet {
namespace {

std::string host_name(const HostType& type, std::size_t index) {
  std::string name = fmt::format("{}-{}", type.name, index);
  for (char& c : name) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
    if (!is_plain) c = '-';
  }
  return name;
}

std::vector<std::string> worker_arguments(const std::string& name, const HostType& type,
                                          double cores, const LocalSettings& settings) {
  std::vector<std::string> watts;
  for (Watts point : type.power.points) watts.push_back(fmt::to_string(point.value()));
  return {"worker",
          "--name",
          name,
          "--port",
          "0",
          "--models",
          settings.models.string(),
          "--concurrency",
          fmt::to_string(settings.concurrency),
          "--queue",
          fmt::to_string(4 * settings.in_flight),
          "--cores",
          fmt::to_string(cores),
          "--memory",
          fmt::format("{} MiB", type.memory.value()),
          "--power",
          fmt::format("{}", fmt::join(watts, ",")),
          "--exit-with-parent"};
}

}  // namespace

Result<std::vector<LocalHost>> make_local_hosts(const Scenario& scenario,
                                                const LocalSettings& settings, CgroupTree& cgroups,
                                                std::vector<std::string>& notices) {
  if (!settings.log_directory.empty()) {
    if (const Status made = make_directory(settings.log_directory); !made) return made.error();
  }
  std::vector<LocalHost> hosts;
  const double machine = std::max(1u, std::thread::hardware_concurrency());
  double promised = 0.0;
  for (std::size_t i = 0; i < scenario.hosts.size(); ++i) {
    const HostType& type = scenario.catalogue.at(scenario.hosts[i]);
    const double wanted = i < settings.cores_per_host.size()
                              ? settings.cores_per_host[i]
                              : type.total_speed().value() / settings.core_speed.value();
    const double cores = std::min(wanted, machine);
    if (wanted > machine) {
      notices.push_back(fmt::format(
          "host {}: would need {:.2f} cores and this machine has {:.0f}; its utilisation is that "
          "of the whole machine",
          i, wanted, machine));
    }
    promised += cores;
    const std::string name = host_name(type, i);
    ProcessCommand command;
    command.program = settings.program;
    command.arguments = worker_arguments(name, type, cores, settings);
    if (!settings.log_directory.empty()) {
      command.error_file = settings.log_directory / fmt::format("worker-{}.log", name);
    }
    Result<Cgroup> group = cgroups.create(fmt::format("host-{}", i), {cores, type.memory});
    if (!group) return group.error();
    command.group = std::move(group).value();
    const HostId id{static_cast<std::uint32_t>(i)};
    hosts.emplace_back(id, scenario.hosts[i], type, name, std::move(command), settings.timing,
                       HostMeter(type, cores, scenario.beat, settings.history));
  }
  if (promised > machine) {
    notices.push_back(fmt::format(
        "cpu: the hosts are promised {:.2f} cores in sum and this machine has {:.0f}; with all of "
        "them busy each is slower than its type says",
        promised, machine));
  }
  return hosts;
}

}  // namespace scinet
