// scinet profile: measures applications on this machine and writes what policies and the twin then
// reckon with.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/labelled_inputs.h"
#include "apps/scinet/run_options.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "model/catalogue_file.h"
#include "model/catalogue_writer.h"
#include "profile/profile.h"
#include "profile/profiling.h"
#include "report/results.h"
#include "serving/onnx_runtime.h"

namespace scinet {
namespace {

struct ProfileVerbOptions {
  std::vector<std::string> applications;
  std::string inputs;
  std::string hosts = "hosts/local.yaml";
  std::string models;
  std::string out;
  std::string batch;  // LIMIT@DELAY, empty: each request by itself
  std::string data;
  bool quiet = false;
  std::string format = "text";
};

std::string processor_name() {
  std::ifstream stream("/proc/cpuinfo");
  for (std::string line; std::getline(stream, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "an unnamed processor";
}

ProfileProvenance provenance_of(const std::filesystem::path& models) {
  utsname system{};
  uname(&system);
  const Result<OnnxRuntime> runtime = OnnxRuntime::load(models / "onnxruntime/libonnxruntime.so.1");
  return {
      .machine = fmt::format("{}, {} processors, {} {}", processor_name(),
                             std::thread::hardware_concurrency(), system.sysname, system.release),
      .program = "scinet " SCINET_VERSION,
      .runtime = runtime ? "ONNX Runtime " + runtime.value().version() : "no ONNX Runtime",
      .date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)))};
}

// The shares of this machine that the host types of a catalogue file get.
Result<std::vector<HostCap>> caps_of(const ProfileVerbOptions& options,
                                     const std::filesystem::path& data) {
  const std::vector<std::filesystem::path> files = {data / "catalog" / options.hosts};
  const Result<CatalogueContents> hosts = load_catalogue(files, data / "catalog");
  if (!hosts) return hosts.error();
  std::vector<HostCap> caps;
  for (const HostType& type : hosts.value().catalogue.host_types) {
    caps.push_back(
        {type.name, static_cast<double>(type.cores) * type.speed.value() / kLocalCore.value()});
  }
  return caps;
}

// Those that are named, or all that can be served here.
Result<std::vector<ServedApplication>> chosen(const ProfileVerbOptions& options,
                                              const ApplicationSet& applications) {
  std::vector<ServedApplication> found;
  if (options.applications == std::vector<std::string>{"all"}) {
    for (const ServedApplication& application : applications.applications()) {
      if (application.unavailable.empty()) {
        found.push_back(application);
      } else {
        fmt::print(stderr, "{} is left out: {}\n", application.name, application.unavailable);
      }
    }
    return found;
  }
  std::vector<std::string> names;
  for (const ServedApplication& application : applications.applications()) {
    names.push_back(application.name);
  }
  for (const std::string& name : options.applications) {
    const ServedApplication* application = applications.find(name);
    if (!application) {
      return Error{ErrorCode::kNotFound,
                   fmt::format("there is no application '{}'; there are: {}, and 'all'", name,
                               fmt::join(names, ", "))};
    }
    found.push_back(*application);
  }
  return found;
}

Result<std::vector<ApplicationProfile>> measure(const ProfileVerbOptions& options,
                                                const std::filesystem::path& data,
                                                const std::filesystem::path& models) {
  const ApplicationSet applications(models);
  const Result<std::vector<ServedApplication>> served = chosen(options, applications);
  if (!served) return served.error();
  const Result<std::vector<HostCap>> caps = caps_of(options, data);
  if (!caps) return caps.error();
  const ProfilingOptions profiling{.models = models, .caps = caps.value()};
  std::vector<ApplicationProfile> profiles;
  for (const ServedApplication& application : served.value()) {
    const Result<ProfileInputs> inputs =
        labelled_inputs(application.name, options.inputs, data, models);
    if (!inputs) return inputs.error();
    Result<ApplicationProfile> profile = profile_application(
        application, inputs.value(), profiling, [&](const std::string& strategy) {
          if (!options.quiet) fmt::print(stderr, "measuring {}/{}\n", application.name, strategy);
        });
    if (!profile) return profile.error();
    profiles.push_back(std::move(profile).value());
  }
  return profiles;
}

std::string catalogue_text(const std::vector<ApplicationProfile>& profiles,
                           const ProfileProvenance& provenance, const BatchWish& wish) {
  std::vector<Application> entries;
  for (const ApplicationProfile& profile : profiles) {
    entries.push_back(catalogue_entry(profile, provenance, kLocalCore, wish));
  }
  return applications_yaml(
      entries,
      fmt::format(
          "Written by 'scinet profile' on {} by {} with {}, on\n{}.\nOne whole core of that "
          "machine is {} MIPS, so {} MI are one millisecond of it.",
          provenance.date, provenance.program, provenance.runtime, provenance.machine,
          kLocalCore.value(), kLocalCore.value() / 1000.0));
}

int profile(const ProfileVerbOptions& options) {
  const Result<BatchWish> wish =
      options.batch.empty() ? BatchWish{} : parse_batch_wish(options.batch);
  if (!wish) return report_error(wish.error());
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return report_error(data.error());
  const std::filesystem::path models = models_directory(options.models, data.value());
  const Result<std::vector<ApplicationProfile>> profiles = measure(options, data.value(), models);
  if (!profiles) return report_error(profiles.error());
  const ProfileProvenance provenance = provenance_of(models);
  if (!options.out.empty()) {
    const Status written =
        write_whole(options.out, catalogue_text(profiles.value(), provenance, wish.value()));
    if (!written) return report_error(written.error());
  }
  if (options.format == "json") {
    auto list = nlohmann::ordered_json::array();
    for (const ApplicationProfile& found : profiles.value()) {
      list.push_back(json_of(found, provenance, kLocalCore));
    }
    fmt::print("{}\n", list.dump(2));
  } else {
    fmt::print("{}\n{}\nMeasured on {}, {}.\n", profile_table(profiles.value()),
               batch_table(profiles.value()), provenance.machine, provenance.runtime);
    if (!options.out.empty()) fmt::print("The catalogue entry is in {}.\n", options.out);
  }
  return 0;
}

}  // namespace

void add_profile_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ProfileVerbOptions>();
  CLI::App& verb = *app.add_subcommand(
      "profile", "Measure the strategies of applications on this machine, for the catalogue");
  verb.add_option("applications", options->applications, "Names, or 'all'")
      ->required()
      ->type_name("NAME...");
  verb.add_option("--inputs", options->inputs,
                  "Folder of inputs with a labels.csv (file,label), instead of those known")
      ->type_name("DIR");
  verb.add_option("--out", options->out, "Catalogue file to write")->type_name("FILE");
  verb.add_option("--batch", options->batch,
                  "What --out says of fragments that gain by it: requests run together, at most "
                  "LIMIT, and wait at most DELAY for others ('8@5 ms')")
      ->type_name("LIMIT@DELAY")
      ->needs("--out");
  verb.add_option("--hosts", options->hosts,
                  "Catalogue file of the host types in whose shares requests are timed")
      ->type_name("FILE")
      ->capture_default_str();
  verb.add_option("--models", options->models,
                  "Folder with models and ONNX Runtime (default: build/models)")
      ->type_name("DIR");
  verb.add_flag("--quiet", options->quiet, "No progress on standard error");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = profile(*options); });
}

}  // namespace scinet
