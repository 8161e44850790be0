#include "apps/scinet/own_applications.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "model/catalogue_file.h"
#include "serving/examples.h"

namespace scinet {
namespace {

constexpr double kShareOfHosts = 1.0 / 3.0;
constexpr double kMostRequests = 40.0;  // a second: more would measure the gateway
constexpr Seconds kQuotaPeriod{0.02};   // the least time in which a share of a core is had

Result<std::vector<Application>> read_profiles(const std::vector<std::string>& names,
                                               const std::filesystem::path& models,
                                               const std::filesystem::path& catalog) {
  std::vector<Application> applications;
  for (const std::string& name : names) {
    const std::vector<std::filesystem::path> file = {models / name / "catalogue.yaml"};
    std::error_code ignored;
    if (!std::filesystem::exists(file.front(), ignored)) {
      return Error{ErrorCode::kNotFound,
                   fmt::format("{}: there is no such file; 'scinet profile {} --out {}' writes it",
                               file.front().string(), name, file.front().string())};
    }
    const Result<CatalogueContents> contents = load_catalogue(file, catalog);
    if (!contents) return contents.error();
    const auto& found = contents.value().catalogue.applications;
    const auto application = std::ranges::find(found, name, &Application::name);
    if (application == found.end()) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("{}: has no application '{}'", file.front().string(), name)};
    }
    applications.push_back(*application);
  }
  return applications;
}

Seconds time_alone(const Application& application, Mips speed) {
  Mi work;
  for (const Fragment& fragment : application.strategies.front().fragments) {
    work += fragment.work.mean;
  }
  return work / speed;
}

Bytes mean_size(const std::vector<Example>& examples) {
  Bytes sum;
  for (const Example& example : examples) sum += Bytes(static_cast<double>(example.bytes.size()));
  return examples.empty() ? sum : sum * (1.0 / static_cast<double>(examples.size()));
}

}  // namespace

Result<Scenario> with_own_applications(Scenario scenario, const std::vector<std::string>& names,
                                       const std::filesystem::path& models,
                                       const std::filesystem::path& catalog) {
  Result<std::vector<Application>> applications = read_profiles(names, models, catalog);
  if (!applications) return applications.error();
  scenario.catalogue.applications = std::move(applications).value();

  Mips speeds;  // of all cores
  double cores = 0.0;
  for (const HostTypeId type : scenario.hosts) {
    const HostType& host = scenario.catalogue.at(type);
    speeds += host.speed * static_cast<double>(host.cores);
    cores += static_cast<double>(host.cores);
  }
  const Mips core = speeds * (1.0 / cores);

  scenario.mix.clear();
  Seconds mean_time{0};
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const Result<std::vector<Example>> examples = load_examples(names[i], "", models);
    if (!examples) return examples.error();
    const Seconds alone = time_alone(scenario.catalogue.applications[i], core);
    mean_time += alone / static_cast<double>(names.size());
    scenario.mix.push_back({.application = ApplicationId{i},
                            .weight = 1.0,
                            .slo_min = 8.0 * (alone + kQuotaPeriod),
                            .slo_max = 16.0 * (alone + kQuotaPeriod),
                            .input = mean_size(examples.value())});
  }
  PoissonArrivals arrivals;
  if (const auto* given = std::get_if<PoissonArrivals>(&scenario.arrivals)) arrivals = *given;
  arrivals.rate = std::min(kMostRequests, kShareOfHosts * cores / mean_time.count());
  scenario.arrivals = arrivals;
  scenario.drifts.clear();
  scenario.name += fmt::format("+{}", fmt::join(names, "+"));
  return scenario;
}

}  // namespace scinet
