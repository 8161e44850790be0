// scinet calibrate: fits a catalogue to what recorded runs measured.
#include "calibration/calibrate.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/every_policy.h"
#include "apps/scinet/replay.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"

namespace scinet {
namespace {

struct CalibrateOptions {
  std::vector<std::string> runs;
  std::vector<std::string> held_out;
  std::string scenario;
  bool deciding = false;
  CalibrationOptions calibration;
  std::string out;
  std::string data;
  std::string format = "text";
};

Result<std::vector<RecordedRun>> load_runs(const std::vector<std::string>& directories,
                                           const CalibrateOptions& options) {
  std::vector<RecordedRun> runs;
  for (const std::string& directory : directories) {
    Result<RecordedRun> run = load_recorded_run(directory, options.scenario, options.data);
    if (!run) return run.error();
    runs.push_back(std::move(run).value());
  }
  return runs;
}

Result<DecisionMakers> makers_of(const RecordedRun& run) {
  if (run.policy.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: its summary.json does not say which policy decided; leave "
                             "--deciding out",
                             run.source)};
  }
  static const PolicyCatalog policies = every_policy();
  Result<DecisionMakers> makers = make_decision_makers(policies, run.policy);
  if (makers) return makers;
  return Error{makers.error().code,
               fmt::format("{}: {}; leave --deciding out", run.source, makers.error().message)};
}

Result<Calibration> calibrate_verb(const CalibrateOptions& options) {
  Result<std::vector<RecordedRun>> runs = load_runs(options.runs, options);
  if (!runs) return runs.error();
  Result<std::vector<RecordedRun>> held_out = load_runs(options.held_out, options);
  if (!held_out) return held_out.error();
  CalibrationOptions calibration = options.calibration;
  if (options.deciding) {
    calibration.makers = makers_of;
    // Before the fit, which takes a while.
    for (const RecordedRun& run : held_out.value().empty() ? runs.value() : held_out.value()) {
      if (const Result<DecisionMakers> makers = makers_of(run); !makers) return makers.error();
    }
  }
  Result<Calibration> result =
      calibrate(std::move(runs).value(), std::move(held_out).value(), calibration);
  if (!result || options.out.empty()) return result;
  const Status written = write_calibration(options.out, result.value());
  if (!written) return written.error();
  return result;
}

void print(const Calibration& calibration, const CalibrateOptions& options) {
  if (options.format == "json") {
    fmt::print("{}\n", json_of(calibration).dump(2));
    return;
  }
  fmt::print("{}", quantity_table(calibration));
  for (const RunComparison& comparison : calibration.held_out) {
    fmt::print("\nHeld out, predicted by the fitted catalogue:\n{}",
               comparison_table(comparison, calibration.catalogue));
  }
  if (!options.out.empty()) {
    fmt::print("\nhosts.yaml, applications.yaml and calibration.json are in {}\n", options.out);
  }
}

}  // namespace

void add_calibrate_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App& verb =
      *app.add_subcommand("calibrate", "Fit a catalogue to what recorded runs measured");
  verb.add_option("runs", options->runs, "Directories of runs, all of one scenario")
      ->required()
      ->type_name("RUN");
  verb.add_option("--held-out", options->held_out,
                  "Runs to test on (default: the second half in time of each)")
      ->type_name("RUN");
  verb.add_flag("--deciding", options->deciding,
                "The policies of those runs decide again, about what the twin makes of them");
  verb.add_option("--scenario", options->scenario, "What a record of the testbed ran on")
      ->type_name("NAME|FILE");
  verb.add_option("--replays", options->calibration.replays, "Replays behind each prediction")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--out", options->out, "Directory for the catalogue files (default: none)")
      ->type_name("DIR");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    const Result<Calibration> result = calibrate_verb(*options);
    if (!result) {
      exit_code = report_error(result.error());
      return;
    }
    print(result.value(), *options);
  });
}

}  // namespace scinet
