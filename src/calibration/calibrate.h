// Fits a catalogue to recorded runs, and tells how much better it predicts, also on a part of the
// data that it was not fitted to. docs/calibration.md has the method and defines the errors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calibration/comparison.h"
#include "calibration/estimates.h"
#include "model/json.h"

namespace scinet {

struct CalibrationOptions {
  int replays = 100;  // of each run, with different draws of work, whose mean is the prediction
  // Who decides in the replays of what is held out, by the catalogue of the run; without, the
  // record does.
  std::function<Result<DecisionMakers>(const RecordedRun&)> makers = {};
};

// Errors are relative: sum over the subjects of n |predicted - observed| / sum of n |observed|,
// with n the samples of a subject. NaN where there is nothing to compare with.
struct QuantityError {
  std::string quantity;  // with its unit
  std::int64_t samples = 0;
  double error_before = 0.0;  // of the catalogue of the runs, on the part that was fitted to
  double error_after = 0.0;   // of the fitted catalogue, there
  double held_out_before = 0.0;
  double held_out_error = 0.0;  // of the fitted catalogue, on the held-out part
};

struct Calibration {
  Catalogue catalogue;  // fitted, with its provenance
  std::vector<Estimate> estimates;
  std::vector<QuantityError> quantities;  // parameters first, then what replays predict
  // Of each held-out part, under the fitted catalogue.
  std::vector<RunComparison> held_out;
};

// Fits to `runs`, which are not empty. `held_out` are other runs; without any, the second half in
// time of each run is held out instead. kInvalidInput when the catalogues of the runs differ in
// shape (other host types, applications or fragments), or when nothing was measured in them.
Result<Calibration> calibrate(std::vector<RecordedRun> runs, std::vector<RecordedRun> held_out,
                              const CalibrationOptions& options);

Json json_of(const Calibration& calibration);
std::string quantity_table(const Calibration& calibration);

// hosts.yaml, applications.yaml and calibration.json, which hold the catalogue and what json_of()
// says.
Status write_calibration(const std::filesystem::path& directory, const Calibration& calibration);

}  // namespace scinet
