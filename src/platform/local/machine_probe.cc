#include "platform/local/machine_probe.h"

#include <utility>

#include <fmt/format.h>

#include "serving/cpu_time.h"

namespace scinet {

MachineProbe::MachineProbe(const Catalogue& catalogue, ApplicationSet& applications,
                           const std::vector<std::vector<LoadInput>>& inputs, Seconds least)
    : applications_(applications) {
  for (std::size_t a = 0; a < inputs.size(); ++a) {
    if (inputs[a].empty()) continue;
    const Application& application = catalogue.applications[a];
    const std::string& strategy = application.strategies.front().name;
    const LoadInput& input = inputs[a].front();
    Request request{application.name, strategy,
                    fmt::format("{}/{}/{}", application.name, strategy, input.name), input.bytes};
    if (answer(request) >= least) requests_.push_back(std::move(request));
  }
}

std::optional<ProbeTime> MachineProbe::measure(SimTime now) {
  if (requests_.empty()) return std::nullopt;
  const Request& request = requests_[next_++ % requests_.size()];
  return ProbeTime{.at = now, .probe = request.name, .cpu = answer(request)};
}

// What a strategy cannot answer takes no time that counts.
Seconds MachineProbe::answer(const Request& request) {
  const std::chrono::nanoseconds start = thread_cpu_time();
  const Result<std::string> answer =
      applications_.run_all(request.application, request.strategy, request.bytes);
  return answer ? to_seconds(thread_cpu_time() - start) : Seconds(0);
}

}  // namespace scinet
