#include "workload/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/yaml.h"
#include "model/catalogue_file.h"
#include "workload/scenario.h"
#include "workload/trace.h"

namespace scinet {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", count, count == 1 ? one : more);
}

std::size_t count_strategies(const Catalogue& catalogue) {
  std::size_t count = 0;
  for (const Application& application : catalogue.applications) {
    count += application.strategies.size();
  }
  return count;
}

std::string applications_of(const Catalogue& catalogue) {
  return fmt::format("{} with {}",
                     counted(catalogue.applications.size(), "application", "applications"),
                     counted(count_strategies(catalogue), "strategy", "strategies"));
}

std::string describe(const Arrivals& arrivals) {
  struct Visitor {
    std::string operator()(const IntervalArrivals& of) {
      return fmt::format("max(1, int(N({:g}, {:g}))) requests a beat", of.mean, of.deviation);
    }
    std::string operator()(const PoissonArrivals& of) {
      return fmt::format("Poisson arrivals of {:g}/s", of.rate);
    }
    std::string operator()(const SeriesArrivals& of) {
      return fmt::format("arrivals of {:g}/s after a series of {} rates", of.rate, of.rates.size());
    }
    std::string operator()(const TraceArrivals& of) {
      return fmt::format("{} recorded requests", of.trace.requests.size());
    }
  };
  return std::visit(Visitor{}, arrivals);
}

// ", 2 faults, 1 kind of random faults", or nothing.
std::string describe_faults(const Scenario& scenario) {
  std::string text;
  if (!scenario.faults.empty()) {
    text += ", " + counted(scenario.faults.size(), "fault", "faults");
  }
  if (!scenario.random_faults.empty()) {
    text += fmt::format(", {} of random faults",
                        counted(scenario.random_faults.size(), "kind", "kinds"));
  }
  return text;
}

Result<std::string> validate_scenario(const std::filesystem::path& file,
                                      const std::filesystem::path& catalog_directory) {
  const Result<Scenario> loaded = load_scenario(file, catalog_directory);
  if (!loaded) return loaded.error();
  const Scenario& scenario = loaded.value();
  return fmt::format("scenario {}: {} of {}, {}, {:g} s in beats of {:g} s, {}{}", scenario.name,
                     counted(scenario.hosts.size(), "host", "hosts"),
                     counted(scenario.catalogue.host_types.size(), "type", "types"),
                     applications_of(scenario.catalogue), scenario.horizon.count(),
                     scenario.beat.count(), describe(scenario.arrivals), describe_faults(scenario));
}

Result<std::string> validate_catalogue(const std::filesystem::path& file,
                                       const std::filesystem::path& catalog_directory) {
  const std::vector<std::filesystem::path> files{file};
  const Result<CatalogueContents> contents = load_catalogue(files, catalog_directory);
  if (!contents) return contents.error();
  const std::vector<PowerCurve>& curves = contents.value().power_curves;
  const Catalogue& catalogue = contents.value().catalogue;
  return fmt::format("catalogue: {}, {}, {}", counted(curves.size(), "power curve", "power curves"),
                     counted(catalogue.host_types.size(), "host type", "host types"),
                     applications_of(catalogue));
}

// Every application of every file below the directory; of those with the same name, the first.
Result<Catalogue> all_applications(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".yaml") files.push_back(entry->path());
  }
  if (error) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: cannot be read: {}", directory.string(), error.message())};
  }
  std::sort(files.begin(), files.end());
  Catalogue all;
  for (const std::filesystem::path& file : files) {
    const std::vector<std::filesystem::path> one{file};
    const Result<CatalogueContents> contents = load_catalogue(one, directory);
    if (!contents) return contents.error();
    for (const Application& application : contents.value().catalogue.applications) {
      if (!all.find_application(application.name)) all.applications.push_back(application);
    }
  }
  return all;
}

Result<std::string> validate_trace(const std::filesystem::path& file,
                                   const std::filesystem::path& catalog_directory) {
  const Result<Catalogue> catalogue = all_applications(catalog_directory);
  if (!catalogue) return catalogue.error();
  const Result<RecordedTrace> trace = read_trace(file, catalogue.value());
  if (!trace) return trace.error();
  const std::vector<RecordedRequest>& requests = trace.value().requests;
  const double last = requests.empty() ? 0.0 : to_seconds(requests.back().at).count();
  return fmt::format("trace: {}, the last at {:g} s",
                     counted(requests.size(), "request", "requests"), last);
}

}  // namespace

Result<std::string> validate_file(const std::filesystem::path& file,
                                  const std::filesystem::path& catalog_directory) {
  const std::string extension = file.extension().string();
  if (extension == ".csv") return validate_trace(file, catalog_directory);
  if (extension != ".yaml" && extension != ".yml") {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: the name ends in {}, expected .yaml or .csv", file.string(),
                             in_quotes(extension))};
  }
  const Result<YamlDocument> document = load_yaml(file);
  if (!document) return document.error();
  const auto has_any = [&](std::initializer_list<std::string_view> names) {
    const std::vector<YamlNode::Key>& keys = document.value().root.keys;
    return std::any_of(keys.begin(), keys.end(), [&](const YamlNode::Key& key) {
      return std::find(names.begin(), names.end(), key.name) != names.end();
    });
  };
  if (has_any({"hosts", "mix", "arrivals"})) return validate_scenario(file, catalog_directory);
  if (has_any({"uses", "power_curves", "host_types", "applications"})) {
    return validate_catalogue(file, catalog_directory);
  }
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("{}: neither a scenario (with hosts, mix, arrivals) nor a catalogue file "
                  "(with power_curves, host_types or applications)",
                  file.string())};
}

}  // namespace scinet
