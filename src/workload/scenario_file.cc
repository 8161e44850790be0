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
#include "model/plan.h"
#include "workload/scenario.h"
#include "workload/trace.h"

namespace scinet {

// Arrivals a second; only files need it as a type.
using PerSecond = Quantity<struct PerSecondUnit>;

template <>
UnitNames unit_names<PerSecond>() {
  static constexpr UnitName kNames[] = {{"/s", 1.0}, {"/min", 1.0 / 60}, {"/h", 1.0 / 3600}};
  return {"2.5 /s", kNames};
}

namespace {

constexpr Range kPositive = Range::above(0);
constexpr int kMostHosts = 100'000;
constexpr double kMostBeats = 1e7;
constexpr double kMostArrivals = 1e7;

constexpr Choice<Cadence> kCadences[] = {{"interval", Cadence::kInterval},
                                         {"arrival", Cadence::kArrival}};

enum class ArrivalKind { kInterval, kPoisson, kSeries, kTrace };
constexpr Choice<ArrivalKind> kArrivalKinds[] = {{"interval", ArrivalKind::kInterval},
                                                 {"poisson", ArrivalKind::kPoisson},
                                                 {"series", ArrivalKind::kSeries},
                                                 {"trace", ArrivalKind::kTrace}};

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
}

void read_poisson(YamlFields& fields, PoissonArrivals& arrivals) {
  PerSecond rate;
  fields.required("rate", rate, kPositive);
  arrivals.rate = rate.value();
  fields.optional("swing", arrivals.swing, Range::between(0, 1));
  fields.optional("swing_period", arrivals.swing_period, kPositive);
  fields.optional("burst_start", arrivals.burst_start);
  fields.optional("burst_length", arrivals.burst_length);
  fields.optional("burst_factor", arrivals.burst_factor, Range::between(0, 1000));
}

void read_series(YamlFields& fields, SeriesArrivals& arrivals) {
  PerSecond rate;
  fields.required("rate", rate, kPositive);
  arrivals.rate = rate.value();
  fields.required("step", arrivals.step, kPositive);
  fields.required("rates", arrivals.rates, Range::between(0, 1e9));
  fields.required("source", arrivals.source);
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
    fields.required("weights", scenario.weights, read_weights);
    const QosWeights& w = scenario.weights;
    const double sum = w.energy + w.cost + w.response + w.violation + w.inaccuracy;
    if (std::abs(sum - 1.0) > 1e-6) {
      fields.fail("weights", fmt::format("found a sum of {:g}, expected 1", sum));
    }
    fields.required("mix", scenario.mix,
                    [&](YamlFields& item, ApplicationMix& mix) { read_mix(item, mix, scenario); });
    fields.required("arrivals", scenario.arrivals, [&](YamlFields& item, Arrivals& arrivals) {
      read_arrivals(item, arrivals, scenario);
    });
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
      available_ = std::move(contents).value().catalogue;
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
    const auto found = available_.find_host_type(name);
    if (!found) {
      fields.fail("type", fmt::format("unknown host type {}; known types: {}", in_quotes(name),
                                      names_of(available_.host_types)));
      return {};
    }
    used.host_types.push_back(available_.at(*found));
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
    mix.application = use_application(fields, name, scenario);
  }

  ApplicationId use_application(YamlFields& fields, const std::string& name,
                                Scenario& scenario) const {
    const auto found = available_.find_application(name);
    if (!found) {
      fields.fail("application", fmt::format("unknown application {}; known applications: {}",
                                             in_quotes(name), names_of(available_.applications)));
      return {};
    }
    if (scenario.catalogue.find_application(name)) {
      fields.fail("application", fmt::format("'{}' is in the mix twice", name));
    }
    refuse_too_large(fields, available_.at(*found), scenario.catalogue.host_types);
    scenario.catalogue.applications.push_back(available_.at(*found));
    return {static_cast<std::uint32_t>(scenario.catalogue.applications.size() - 1)};
  }

  // A fragment that no host could ever hold would wait for ever.
  static void refuse_too_large(YamlFields& fields, const Application& application,
                               const std::vector<HostType>& types) {
    const auto largest =
        std::max_element(types.begin(), types.end(),
                         [](const HostType& a, const HostType& b) { return a.memory < b.memory; });
    if (largest == types.end()) return;
    for (const Strategy& strategy : application.strategies) {
      for (const Fragment& fragment : strategy.fragments) {
        if (can_ever_hold(*largest, fragment)) continue;
        fields.fail("application",
                    fmt::format("fragment '{}' of strategy '{}' needs {:g} MiB with its model, and "
                                "the largest host, {}, has {:g} MiB",
                                fragment.name, strategy.name,
                                (fragment.memory + fragment.model_memory).value(), largest->name,
                                largest->memory.value()));
      }
    }
  }

  void read_arrivals(YamlFields& fields, Arrivals& arrivals, const Scenario& scenario) const {
    ArrivalKind kind = ArrivalKind::kInterval;
    fields.required("kind", kind, kArrivalKinds);
    switch (kind) {
      case ArrivalKind::kInterval: {
        auto& interval = arrivals.emplace<IntervalArrivals>();
        fields.required("mean", interval.mean, Range::between(0, 1e6));
        fields.required("deviation", interval.deviation, Range::between(0, 1e6));
        const double most = std::max(1.0, interval.mean + 4 * interval.deviation);
        refuse_too_many(fields, "mean", most * (scenario.horizon / scenario.beat));
        return;
      }
      case ArrivalKind::kPoisson: {
        auto& poisson = arrivals.emplace<PoissonArrivals>();
        read_poisson(fields, poisson);
        const double highest =
            poisson.rate * (1 + poisson.swing) * std::max(1.0, poisson.burst_factor);
        refuse_too_many(fields, "rate", highest * scenario.horizon.count());
        return;
      }
      case ArrivalKind::kSeries: {
        auto& series = arrivals.emplace<SeriesArrivals>();
        read_series(fields, series);
        refuse_too_many(fields, "rate", series.rate * scenario.horizon.count());
        refuse_too_many(fields, "step", scenario.horizon / series.step);
        const bool is_empty =
            std::all_of(series.rates.begin(), series.rates.end(), [](double r) { return r == 0; });
        if (is_empty) fields.fail("rates", "found no rate above 0, so nothing would arrive");
        return;
      }
      case ArrivalKind::kTrace:
        read_recorded(fields, arrivals.emplace<TraceArrivals>(), scenario);
        return;
    }
  }

  static void refuse_too_many(YamlFields& fields, std::string_view key, double count) {
    if (count <= kMostArrivals) return;
    fields.fail(key, fmt::format("up to {:g} until the horizon, expected at most {:g}", count,
                                 kMostArrivals));
  }

  void read_recorded(YamlFields& fields, TraceArrivals& arrivals, const Scenario& scenario) const {
    std::string name;
    fields.required("file", name);
    fields.required("source", arrivals.source);
    if (name.empty()) return;
    const Result<std::filesystem::path> file = path_below(directory_, name);
    if (!file) return fields.fail("file", file.error().message);
    Result<std::vector<Workload>> workloads = read_trace(file.value(), scenario.catalogue);
    if (!workloads && workloads.error().code == ErrorCode::kInvalidInput) {
      return fields.fail(workloads.error());
    }
    if (!workloads) return fields.fail("file", workloads.error().message);
    arrivals.workloads = std::move(workloads).value();
    if (arrivals.workloads.empty()) fields.fail("file", "found no requests, expected at least one");
  }

  const std::filesystem::path& directory_;
  Catalogue available_;
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
