#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/yaml.h"
#include "base/yaml_fields.h"
#include "model/catalogue_file.h"
#include "workload/fit.h"
#include "workload/read_arrivals.h"
#include "workload/read_faults.h"
#include "workload/scenario.h"

namespace scinet {

namespace {

constexpr Range kPositive = Range::above(0);
constexpr int kMostHosts = 100'000;
constexpr double kMostBeats = 1e7;

constexpr Choice<Cadence> kCadences[] = {{"interval", Cadence::kInterval},
                                         {"arrival", Cadence::kArrival}};

template <class Entry>
std::string names_of(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return joined(names);
}

void read_weights(YamlFields& fields, QosWeights& weights) {
  fields.required("energy", weights.energy, Range::between(0, 1));
  fields.required("cost", weights.cost, Range::between(0, 1));
  fields.required("response", weights.response, Range::between(0, 1));
  fields.required("violation", weights.violation, Range::between(0, 1));
  fields.required("inaccuracy", weights.inaccuracy, Range::between(0, 1));
}

// "2 s", or a map with the range that it is drawn from.
void read_slo_map(YamlFields& fields, ApplicationMix& mix) {
  fields.required("min", mix.slo_min, kPositive);
  fields.required("max", mix.slo_max, kPositive);
  fields.optional("step", mix.slo_step, kPositive);
  if (mix.slo_max < mix.slo_min) fields.fail("max", "the largest SLO is below the smallest");
  if (mix.slo_step > mix.slo_max - mix.slo_min) {
    fields.fail("step", "it is longer than the way from the smallest SLO to the largest");
  }
}

// Reads one scenario file. Names are looked up in everything that its catalogue files define;
// what is used moves into the catalogue of the scenario.
class ScenarioReader {
 public:
  explicit ScenarioReader(const std::filesystem::path& catalog_directory)
      : directory_(catalog_directory) {}

  void read(YamlFields& fields, Scenario& scenario) {
    read_name(fields, "name", scenario.name);
    fields.required("summary", scenario.summary);
    read_catalogue(fields);
    read_hosts(fields, scenario);
    fields.required("cadence", scenario.cadence, kCadences);
    fields.required("beat", scenario.beat, Range::at_least(1e-3));
    fields.required("horizon", scenario.horizon, kPositive);
    if (scenario.horizon / scenario.beat > kMostBeats) {
      fields.fail("horizon", fmt::format("found {:g} beats, expected at most {:g}",
                                         scenario.horizon / scenario.beat, kMostBeats));
    }
    if (scenario.beat > scenario.horizon) {
      fields.fail("beat", fmt::format("found {:g} s, expected at most the horizon of {:g} s",
                                      scenario.beat.count(), scenario.horizon.count()));
    }
    fields.required("weights", scenario.weights, read_weights);
    const QosWeights& w = scenario.weights;
    const double sum = w.energy + w.cost + w.response + w.violation + w.inaccuracy;
    if (std::abs(sum - 1.0) > 1e-6) {
      fields.fail("weights", fmt::format("found a sum of {:g}, expected 1", sum));
    }
    fields.required("mix", scenario.mix,
                    [&](YamlFields& item, ApplicationMix& mix) { read_mix(item, mix, scenario); });
    fields.required("arrivals", scenario.arrivals, [&](YamlFields& item, Arrivals& arrivals) {
      read_arrivals(item, arrivals, scenario, directory_);
    });
    read_faults(fields, scenario);
    fields.optional("drift", scenario.drifts,
                    [&](YamlFields& item, Drift& drift) { read_drift(item, drift, scenario); });
  }

 private:
  void read_catalogue(YamlFields& fields) {
    std::vector<std::string> names;
    fields.required("catalogue", names);
    std::vector<std::filesystem::path> files;
    for (const std::string& name : names) {
      const Result<std::filesystem::path> file = path_below(directory_, name);
      if (!file) return fields.fail("catalogue", file.error().message);
      files.push_back(file.value());
    }
    Result<CatalogueContents> contents = load_catalogue(files, directory_);
    if (contents) {
      available_ = std::move(contents).value();
    } else if (contents.error().code == ErrorCode::kInvalidInput) {
      fields.fail(contents.error());
    } else {
      fields.fail("catalogue", contents.error().message);
    }
  }

  void read_hosts(YamlFields& fields, Scenario& scenario) {
    struct Group {
      HostTypeId type;
      int count = 0;
    };
    std::vector<Group> groups;
    fields.required("hosts", groups, [&](YamlFields& item, Group& group) {
      std::string name;
      item.required("type", name);
      item.required("count", group.count, Range::between(1, kMostHosts));
      group.type = use_host_type(item, name, scenario.catalogue);
    });
    for (const Group& group : groups) {
      scenario.hosts.insert(scenario.hosts.end(), static_cast<std::size_t>(group.count),
                            group.type);
      if (scenario.hosts.size() > std::size_t{kMostHosts}) {
        return fields.fail("hosts", fmt::format("found more than {} hosts", kMostHosts));
      }
    }
    fields.required("hosts_on_at_start", scenario.hosts_on_at_start,
                    Range::between(0, static_cast<double>(scenario.hosts.size())));
  }

  HostTypeId use_host_type(YamlFields& fields, const std::string& name, Catalogue& used) const {
    if (const auto known = used.find_host_type(name)) return *known;
    const auto found = available_.catalogue.find_host_type(name);
    if (!found) {
      fields.fail("type", fmt::format("unknown host type {}; known types: {}", in_quotes(name),
                                      names_of(available_.catalogue.host_types)));
      return {};
    }
    used.host_types.push_back(available_.catalogue.at(*found));
    return {static_cast<std::uint32_t>(used.host_types.size() - 1)};
  }

  void read_mix(YamlFields& fields, ApplicationMix& mix, Scenario& scenario) const {
    std::string name;
    fields.required("application", name);
    fields.optional("weight", mix.weight, Range{.min = 0, .max = 1e9, .above_min = true});
    if (fields.is_map("slo")) {
      fields.required("slo", mix, read_slo_map);
    } else {
      fields.required("slo", mix.slo_min, kPositive);
      mix.slo_max = mix.slo_min;
    }
    fields.required("input", mix.input);
    if (const auto misfit = find_misfit(mix.input, scenario.catalogue.host_types)) {
      fields.fail("input", *misfit);
    }
    mix.application = use_application(fields, name, scenario);
  }

  static void read_drift(YamlFields& fields, Drift& drift, const Scenario& scenario) {
    constexpr Range kFactor{.min = 0, .max = 1e9, .above_min = true};
    Seconds at{0};
    std::string name;
    fields.required("at", at);
    fields.required("application", name);
    fields.optional("weight", drift.weight, kFactor);
    fields.optional("work", drift.work, Range{.min = 0, .max = 1000, .above_min = true});
    drift.at = to_sim_time(at);
    if (at >= scenario.horizon) {
      fields.fail("at", fmt::format("found {:g} s, expected less than the horizon of {:g} s",
                                    at.count(), scenario.horizon.count()));
    }
    if (!drift.weight && !drift.work) {
      fields.fail("application", "nothing of it changes; give a weight, a work or both");
    }
    const auto application = scenario.catalogue.find_application(name);
    if (!application) {
      return fields.fail("application",
                         fmt::format("{} is not in the mix, which has {}", in_quotes(name),
                                     names_of(scenario.catalogue.applications)));
    }
    drift.application = *application;
  }

  ApplicationId use_application(YamlFields& fields, const std::string& name,
                                Scenario& scenario) const {
    const auto found = available_.catalogue.find_application(name);
    if (!found) {
      fields.fail("application",
                  fmt::format("unknown application {}; known applications: {}", in_quotes(name),
                              names_of(available_.catalogue.applications)));
      return {};
    }
    if (scenario.catalogue.find_application(name)) {
      fields.fail("application", fmt::format("'{}' is in the mix twice", name));
    }
    refuse_misfits(fields, available_.catalogue.at(*found), scenario.catalogue.host_types);
    scenario.catalogue.applications.push_back(available_.catalogue.at(*found));
    return {static_cast<std::uint32_t>(scenario.catalogue.applications.size() - 1)};
  }

  void refuse_misfits(YamlFields& fields, const Application& application,
                      const std::vector<HostType>& types) const {
    for (const Strategy& strategy : application.strategies) {
      for (const Fragment& fragment : strategy.fragments) {
        const auto misfit = find_misfit(fragment, types);
        if (!misfit) continue;
        const auto place = available_.fragment_places.find(
            fmt::format("{}/{}/{}", application.name, strategy.name, fragment.name));
        fields.fail(Error{
            ErrorCode::kInvalidInput,
            fmt::format("{}: fragment '{}' of strategy '{}' of application '{}' {}", place->second,
                        fragment.name, strategy.name, application.name, *misfit)});
      }
    }
  }

  const std::filesystem::path& directory_;
  CatalogueContents available_;
};

}  // namespace

Result<Scenario> load_scenario(const std::filesystem::path& file,
                               const std::filesystem::path& catalog_directory) {
  const Result<YamlDocument> document = load_yaml(file);
  if (!document) return document.error();
  ScenarioReader reader(catalog_directory);
  return read_yaml<Scenario>(document.value(), [&](YamlFields& fields, Scenario& scenario) {
    reader.read(fields, scenario);
  });
}

}  // namespace scinet
