#include "model/catalogue_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/yaml.h"
#include "model/fragment_order.h"

namespace scinet {
namespace {

constexpr Range kPositive = Range::above(0);
constexpr double kMostCores = 4096;
constexpr std::size_t kMostFragments = 256;
constexpr double kLargestBatch = 1000;

constexpr Choice<WorkShape> kWorkShapes[] = {{"constant", WorkShape::kConstant},
                                             {"exponential", WorkShape::kExponential},
                                             {"lognormal", WorkShape::kLognormal},
                                             {"hyperexponential", WorkShape::kHyperexponential}};

void read_power_curve(YamlFields& fields, PowerCurve& curve) {
  read_name(fields, "name", curve.name);
  fields.required("points", curve.points);
  fields.required("source", curve.source);
  if (curve.points.size() < 2) {
    fields.fail("points", "found less than 2 points, expected those of an idle and of a busy host");
  }
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    if (curve.points[i] >= curve.points[i - 1]) continue;
    fields.fail("points", i,
                fmt::format("found {:g} W, which is below the {:g} W of less load",
                            curve.points[i].value(), curve.points[i - 1].value()));
  }
}

void read_burst(YamlFields& fields, BurstCredits& burst) {
  fields.required("baseline", burst.baseline, kPositive);
  fields.required("credits_per_hour", burst.credits_per_hour, Range::at_least(0));
  fields.required("initial_credits", burst.initial_credits, Range::at_least(0));
  fields.required("maximum_credits", burst.maximum_credits, Range::at_least(0));
  fields.optional("boost", burst.boost, Range::between(1, 1000));
  fields.optional("stall", burst.stall, Range::at_least(0));
  if (burst.initial_credits > burst.maximum_credits) {
    fields.fail("initial_credits",
                fmt::format("found {:g}, expected at most the maximum_credits of {:g}",
                            burst.initial_credits, burst.maximum_credits));
  }
}

// "20000 MI" for constant work, or a map with the distribution.
void read_work_map(YamlFields& fields, WorkDistribution& work) {
  fields.required("mean", work.mean, kPositive);
  fields.required("shape", work.shape, kWorkShapes);
  std::optional<double> variation;
  switch (work.shape) {
    case WorkShape::kConstant:
    case WorkShape::kExponential:
      work.variation = work.shape == WorkShape::kExponential ? 1.0 : 0.0;
      return;
    case WorkShape::kLognormal:
      fields.required("variation", work.variation, Range{.min = 0, .max = 100, .above_min = true});
      return;
    case WorkShape::kHyperexponential:
      fields.required("variation", work.variation, Range{.min = 1, .max = 100, .above_min = true});
      return;
  }
}

void read_batch(YamlFields& fields, Batching& batch) {
  fields.required("limit", batch.limit, Range::between(1, kLargestBatch));
  fields.optional("delay", batch.delay, Range::between(0, Seconds(kLongestBatchDelay).count()));
  fields.optional("further_work", batch.further_work, Range{.min = 0, .max = 1, .above_min = true});
  if (batch.limit == 1) batch = {};  // the rest means nothing then
}

using Places = std::map<std::string, std::string>;

void read_fragment(YamlFields& fields, NamedFragment& named) {
  Fragment& fragment = named.fragment;
  read_name(fields, "name", fragment.name);
  if (fields.is_map("work")) {
    fields.required("work", fragment.work, read_work_map);
  } else {
    fields.required("work", fragment.work.mean, kPositive);
  }
  fields.optional("cores", fragment.cores, Range{.min = 0, .max = kMostCores, .above_min = true});
  fields.required("memory", fragment.memory, kPositive);
  fields.optional("model_memory", fragment.model_memory);
  fields.optional("load_time", fragment.load_time);
  fields.optional("load_work", fragment.load_work);
  fields.optional("output", fragment.output);
  fields.optional("inputs", named.inputs);
  fields.optional("batch", fragment.batch, read_batch);
}

void read_strategy(YamlFields& fields, Strategy& strategy, const std::string& application,
                   Places& places) {
  std::vector<NamedFragment> fragments;
  read_name(fields, "name", strategy.name);
  fields.required("accuracy", strategy.accuracy, Range::between(0, 1));
  fields.required("accuracy_source", strategy.accuracy_source);
  fields.required("work_source", strategy.work_source);
  fields.required("fragments", fragments, [&](YamlFields& item, NamedFragment& named) {
    read_fragment(item, named);
    const std::string& fragment = named.fragment.name;
    places[fmt::format("{}/{}/{}", application, strategy.name, fragment)] = item.where("name");
  });
  if (fragments.size() > kMostFragments) {
    fields.fail("fragments", fmt::format("found {} fragments, expected at most {}",
                                         fragments.size(), kMostFragments));
    return;
  }
  if (fragments.empty()) return;
  if (const std::optional<GraphProblem> problem = find_graph_problem(fragments)) {
    fields.fail("fragments", problem->fragment, problem->sentence);
    return;
  }
  strategy.fragments = in_topological_order(std::move(fragments));
}

void read_application(YamlFields& fields, Application& application, Places& places) {
  read_name(fields, "name", application.name);
  std::set<std::string> names;
  fields.required("strategies", application.strategies, [&](YamlFields& item, Strategy& strategy) {
    read_strategy(item, strategy, application.name, places);
    if (!names.insert(strategy.name).second) {
      item.fail("name", fmt::format("strategy '{}' is already defined for "
                                    "application '{}'",
                                    strategy.name, application.name));
    }
  });
}

// Reads files into one catalogue, each once.
class CatalogueReader {
 public:
  explicit CatalogueReader(const std::filesystem::path& directory) : directory_(directory) {}

  Status read(const std::filesystem::path& file) {
    if (!read_files_.insert(file.lexically_normal()).second) {
      return ok_status();
    }
    const Result<YamlDocument> document = load_yaml(file);
    if (!document) return document.error();
    const auto read_file = [this](YamlFields& fields, CatalogueContents& contents) {
      read_contents(fields, contents);
    };
    Result<CatalogueContents> contents = read_yaml<CatalogueContents>(document.value(), read_file);
    if (!contents) return contents.error();
    append(contents_.catalogue.host_types, contents.value().catalogue.host_types);
    append(contents_.catalogue.applications, contents.value().catalogue.applications);
    return ok_status();
  }

  CatalogueContents take() { return std::move(contents_); }

 private:
  void read_contents(YamlFields& fields, CatalogueContents& contents) {
    read_used_files(fields);
    fields.optional("power_curves", contents.power_curves,
                    [this](YamlFields& item, PowerCurve& curve) {
                      read_power_curve(item, curve);
                      refuse_twin(item, "power curve", curve.name);
                      contents_.power_curves.push_back(curve);
                    });
    fields.optional("host_types", contents.catalogue.host_types,
                    [this](YamlFields& item, HostType& type) { read_host_type(item, type); });
    fields.optional("applications", contents.catalogue.applications,
                    [this](YamlFields& item, Application& application) {
                      read_application(item, application, contents_.fragment_places);
                      refuse_twin(item, "application", application.name);
                    });
  }

  void read_used_files(YamlFields& fields) {
    std::vector<std::string> uses;
    fields.optional("uses", uses);
    for (const std::string& name : uses) {
      const Result<std::filesystem::path> file = path_below(directory_, name);
      const Status status = file ? read(file.value()) : Status(file.error());
      if (status) continue;
      if (file && status.error().code == ErrorCode::kInvalidInput) {
        fields.fail(status.error());
      } else {
        fields.fail("uses", status.error().message);
      }
    }
  }

  void read_host_type(YamlFields& fields, HostType& type) {
    read_name(fields, "name", type.name);
    fields.required("cores", type.cores, Range::between(1, kMostCores));
    fields.required("speed", type.speed, kPositive);
    fields.required("memory", type.memory, kPositive);
    fields.optional("background", type.background, Range::at_least(0));
    fields.optional("contention", type.contention, Range::between(0, 100));
    fields.optional("bandwidth", type.bandwidth);
    fields.optional("latency", type.latency);
    fields.required("price", type.price);
    fields.optional("billing_increment", type.billing_increment);
    fields.required("boot_time", type.boot_time);
    fields.required("boot_power", type.boot_power);
    read_power(fields, type.power);
    fields.optional("burst", type.burst, read_burst);
    fields.required("source", type.source);

    const double increment = type.billing_increment.count();
    if (increment != 1 && increment != 60 && increment != 3600) {
      fields.fail("billing_increment",
                  fmt::format("found {:g} s, expected 1 s, 1 min or 1 h", increment));
    }
    if (type.background >= type.cores) {
      fields.fail("background",
                  fmt::format("found {:g} cores, expected less than the {} of the host",
                              type.background, type.cores));
    }
    if (type.burst && type.burst->baseline > type.cores) {
      fields.fail("burst", fmt::format("the baseline of {:g} cores is more than the {} of the host",
                                       type.burst->baseline, type.cores));
    }
    if (type.burst && type.burst->baseline <= type.background) {
      fields.fail("burst", fmt::format("the baseline of {:g} cores leaves nothing beside the "
                                       "background of {:g}",
                                       type.burst->baseline, type.background));
    }
    refuse_twin(fields, "host type", type.name);
  }

  void read_power(YamlFields& fields, PowerCurve& power) {
    std::string name;
    fields.required("power", name);
    std::vector<std::string> known;
    for (const PowerCurve& curve : contents_.power_curves) {
      if (curve.name == name) power = curve;
      known.push_back(curve.name);
    }
    if (power.points.empty()) {
      fields.fail("power", fmt::format("unknown power curve {}; known curves: {}", in_quotes(name),
                                       joined(known)));
    }
  }

  void refuse_twin(YamlFields& fields, std::string_view what, const std::string& name) {
    const auto [first, is_new] =
        defined_.insert({fmt::format("{} '{}'", what, name), fields.where("name")});
    if (!is_new) {
      fields.fail("name", fmt::format("{} is already defined in {}", first->first, first->second));
    }
  }

  template <class Entry>
  static void append(std::vector<Entry>& to, const std::vector<Entry>& entries) {
    to.insert(to.end(), entries.begin(), entries.end());
  }

  const std::filesystem::path& directory_;
  std::set<std::filesystem::path> read_files_;
  std::map<std::string, std::string> defined_;  // "host type 'B2s'" to where it is
  CatalogueContents contents_;
};

}  // namespace

Result<CatalogueContents> load_catalogue(std::span<const std::filesystem::path> files,
                                         const std::filesystem::path& directory) {
  CatalogueReader reader(directory);
  for (const std::filesystem::path& file : files) {
    if (Status status = reader.read(file); !status) return status.error();
  }
  return reader.take();
}

Result<std::filesystem::path> path_below(const std::filesystem::path& directory,
                                         std::string_view name) {
  const std::filesystem::path below = std::filesystem::path(name).lexically_normal();
  if (below.empty() || below.is_absolute() || *below.begin() == "..") {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("found {}, expected the name of a file below {}", in_quotes(name),
                             directory.string())};
  }
  return directory / below;
}

void read_name(YamlFields& fields, std::string_view key, std::string& name) {
  constexpr std::size_t kLongest = 64;
  fields.required(key, name);
  const bool is_plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (!is_plain || name.size() > kLongest) {
    fields.fail(key, fmt::format("found {}, expected at most {} letters, digits, '.', '_' or '-'",
                                 in_quotes(name), kLongest));
  }
}

}  // namespace scinet
