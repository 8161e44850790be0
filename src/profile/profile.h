// What `scinet profile` found out about an application on this machine, and its forms: a catalogue
// entry, JSON, a table. Only what was measured is called measured.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/units.h"
#include "model/application.h"
#include "profile/batch_profile.h"
#include "report/accuracy.h"
#include "report/statistics.h"

namespace scinet {

struct FragmentProfile {
  std::string name;
  std::vector<std::size_t> inputs;  // earlier fragments
  Distribution cpu_s;               // over inputs, CPU time on one whole core
  double variation = 0.0;           // of it: standard deviation / mean
  std::size_t inputs_measured = 0;
  Seconds load{0};     // CPU time on one whole core
  Bytes model_memory;  // resident while the model is
  Bytes memory;        // the most that a task needed besides
  Bytes output;        // mean
  Bytes model_size;    // of its files
  std::optional<BatchProfile> batch = {};
  std::string no_batch = {};  // why there is none
};

// Response time of a request alone: its slowest path through the fragments, without transfers.
struct LatencyProfile {
  std::string at;      // a host type, or "one core"
  double cores = 1.0;  // of this machine
  Distribution seconds;
  std::size_t samples = 0;
};

struct StrategyProfile {
  std::string name;
  std::optional<Accuracy> accuracy;  // none where the answers have no labels
  std::string labelled_by;           // where the labels come from, for people
  std::vector<FragmentProfile> fragments;
  std::vector<LatencyProfile> latency;  // one core first
};

struct ApplicationProfile {
  std::string name;
  std::vector<StrategyProfile> strategies;
};

// Where and with what it was measured.
struct ProfileProvenance {
  std::string machine;  // "AMD EPYC 7B13, 2 processors, Linux 6.1.0"
  std::string program;  // "scinet 0.1"
  std::string runtime;  // "ONNX Runtime 1.20.1", or that there is none
  std::string date;     // "2026-11-28"
};

// `core` is the speed of one whole core in the unit of the host types. What has no labels gets the
// accuracy 1 and a source that says that this is assumed. Fragments that gain by it run together as
// is wished.
Application catalogue_entry(const ApplicationProfile& profile, const ProfileProvenance& provenance,
                            Mips core, const BatchWish& wish = {});

nlohmann::ordered_json json_of(const ApplicationProfile& profile,
                               const ProfileProvenance& provenance, Mips core);

// One line for each strategy.
std::string profile_table(const std::vector<ApplicationProfile>& profiles);

// One line for each fragment: what runs of several requests cost.
std::string batch_table(const std::vector<ApplicationProfile>& profiles);

}  // namespace scinet
