// Input files that are wrong in one place each, and the sentence that says so. A case is an edit
// of a small sound catalogue, scenario or trace.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "workload/validate.h"

namespace scinet {
namespace {

constexpr std::string_view kCurves = R"(power_curves:
  - name: flat
    points: [10 W, 20 W]
    source: a test
)";

constexpr std::string_view kHosts = R"(uses: [curves.yaml]
host_types:
  - name: small
    cores: 2
    speed: 1000 MIPS
    memory: 4 GiB
    bandwidth: 1 Gbit/s
    price: 0.1 USD/h
    billing_increment: 1 min
    boot_time: 30 s
    boot_power: 15 W
    power: flat
    burst: {baseline: 0.4, credits_per_hour: 24, initial_credits: 60, maximum_credits: 576}
    source: a test
)";

constexpr std::string_view kApps = R"(applications:
  - name: echo
    strategies:
      - name: split
        accuracy: 0.9
        accuracy_source: a test
        work_source: a test
        fragments:
          - name: one
            work: 12 MI
            memory: 100 MiB
            output: 40 kB
          - name: two
            work: {mean: 12 MI, shape: lognormal, variation: 0.5}
            memory: 100 MiB
            model_memory: 1 GiB
            load_time: 250 ms
            inputs: [one]
)";

constexpr std::string_view kScenario = R"(name: tiny
summary: a test
catalogue: [hosts.yaml, apps.yaml]
hosts:
  - {type: small, count: 2}
hosts_on_at_start: 1
cadence: interval
beat: 5 s
horizon: 100 s
weights: {energy: 0.2, cost: 0.2, response: 0.2, violation: 0.2, inaccuracy: 0.2}
mix:
  - {application: echo, slo: {min: 1 s, max: 2 s}, input: 40 kB}
arrivals: {kind: poisson, rate: 0.5 /s}
)";

constexpr std::string_view kTrace = R"(arrival_s,application,slo_s,input_bytes
0.25,echo,2,40000
0.5,echo,2,40000
)";

std::map<std::string, std::string> sound_files() {
  return {{"catalog/curves.yaml", std::string(kCurves)},
          {"catalog/hosts.yaml", std::string(kHosts)},
          {"catalog/apps.yaml", std::string(kApps)},
          {"scenario.yaml", std::string(kScenario)},
          {"trace.csv", std::string(kTrace)}};
}

struct Malformed {
  std::string file;
  std::string from;  // what is replaced; the whole file where it is empty
  std::string to;
  std::string sentence;
};

// The files in a folder of their own, which is removed in the end.
class Folder {
 public:
  explicit Folder(const std::map<std::string, std::string>& files) {
    static int count = 0;
    root_ = std::filesystem::temp_directory_path() /
            ("scinet-malformed-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(root_ / "catalog");
    for (const auto& [name, text] : files) std::ofstream(root_ / name, std::ios::binary) << text;
  }
  ~Folder() { std::filesystem::remove_all(root_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // The answer of validate_file(), with names relative to the folder.
  std::string answer(const std::string& file) const {
    const Result<std::string> result = validate_file(root_ / file, root_ / "catalog");
    std::string text = result ? result.value() : result.error().message;
    const std::string prefix = root_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::filesystem::path root_;
};

std::string answer_to(const Malformed& malformed) {
  std::map<std::string, std::string> files = sound_files();
  std::string& text = files.at(malformed.file);
  if (malformed.from.empty()) {
    text = malformed.to;
  } else {
    const auto at = text.find(malformed.from);
    if (at == std::string::npos) return "the case does not apply: no '" + malformed.from + "'";
    text.replace(at, malformed.from.size(), malformed.to);
  }
  return Folder(files).answer(malformed.file);
}

void expect_sentences(const std::vector<Malformed>& cases) {
  for (const Malformed& malformed : cases) {
    EXPECT_EQ(answer_to(malformed), malformed.sentence)
        << malformed.file << ": '" << malformed.from << "' replaced by '" << malformed.to << "'";
  }
}

TEST(Malformed, TheFilesAreSoundBeforeTheyAreEdited) {
  const Folder folder(sound_files());
  EXPECT_EQ(folder.answer("catalog/curves.yaml"),
            "catalogue: 1 power curve, 0 host types, 0 applications with 0 strategies");
  EXPECT_EQ(folder.answer("catalog/hosts.yaml"),
            "catalogue: 1 power curve, 1 host type, 0 applications with 0 strategies");
  EXPECT_EQ(folder.answer("catalog/apps.yaml"),
            "catalogue: 0 power curves, 0 host types, 1 application with 1 strategy");
  EXPECT_EQ(folder.answer("scenario.yaml"),
            "scenario tiny: 2 hosts of 1 type, 1 application with 1 strategy, 100 s in beats of "
            "5 s, Poisson arrivals of 0.5/s");
  EXPECT_EQ(folder.answer("trace.csv"), "trace: 2 requests, the last at 0.5 s");
}

TEST(Malformed, Yaml) {
  const std::string hosts = "catalog/hosts.yaml";
  expect_sentences({
      {hosts, "", "",
       "catalog/hosts.yaml: neither a scenario (with hosts, mix, arrivals) nor a catalogue file "
       "(with power_curves, host_types or applications)"},
      {hosts, "", "just words",
       "catalog/hosts.yaml: neither a scenario (with hosts, mix, arrivals) nor a catalogue file "
       "(with power_curves, host_types or applications)"},
      {hosts, "", "colour: red",
       "catalog/hosts.yaml: neither a scenario (with hosts, mix, arrivals) nor a catalogue file "
       "(with power_curves, host_types or applications)"},
      {hosts, "cores: 2", "cores: [2",
       "catalog/hosts.yaml:5: not valid YAML: end of sequence flow not found"},
      {hosts, "cores: 2", "\tcores: 2",
       "catalog/hosts.yaml:4: not valid YAML: illegal tab when looking for indentation"},
      {hosts, "cores: 2", "cores: 2\n    cores: 4",
       "catalog/hosts.yaml:5: key 'cores' is given twice, first in line 4"},
      {hosts, "cores: 2", "cores: &two 2",
       "catalog/hosts.yaml:4: anchors are not supported; write the value out"},
      {hosts, "cores: 2", "cores: *two",
       "catalog/hosts.yaml:4: not valid YAML: the referenced anchor is not defined"},
      {hosts, "cores: 2", "cores: !!int 2",
       "catalog/hosts.yaml:4: tag 'tag:yaml.org,2002:int' is not supported"},
      {hosts, "cores: 2", "[cores]: 2", "catalog/hosts.yaml:4: a key must be a word"},
      {hosts, "host_types:", "---\nhost_types:",
       "catalog/hosts.yaml:2: a second document begins; expected one"},
      {hosts, "cores: 2", "cores: " + std::string(40, '['),
       "catalog/hosts.yaml:4: nested deeper than 32 levels"},
      {hosts, "", std::string(2'000'000, ' '),
       "catalog/hosts.yaml: larger than 1024 KiB, the most that is read of such a file"},
  });
}

TEST(Malformed, HostTypes) {
  const std::string hosts = "catalog/hosts.yaml";
  expect_sentences({
      {hosts, "memory: 4 GiB", "memory: 4",
       "catalog/hosts.yaml:6: host_types[0].memory: found '4', expected a quantity with a unit, "
       "e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory: 4 Gb",
       "catalog/hosts.yaml:6: host_types[0].memory: found '4 Gb', expected a quantity in MiB, KiB, "
       "GiB, TiB, MB, GB, e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory: four GiB",
       "catalog/hosts.yaml:6: host_types[0].memory: found 'four GiB', expected a quantity with a "
       "unit, e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory: 4GiB",
       "catalog/hosts.yaml:6: host_types[0].memory: found '4GiB', expected a quantity with a unit, "
       "e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory: [4 GiB]",
       "catalog/hosts.yaml:6: host_types[0].memory: found a list, expected a quantity with a unit, "
       "e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory:",
       "catalog/hosts.yaml:6: host_types[0].memory: found nothing, expected a quantity with a "
       "unit, e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory: 0 GiB",
       "catalog/hosts.yaml:6: host_types[0].memory: found '0 GiB', expected more than 0 MiB"},
      {hosts, "memory: 4 GiB", "memory: -4 GiB",
       "catalog/hosts.yaml:6: host_types[0].memory: found '-4 GiB', expected more than 0 MiB"},
      {hosts, "memory: 4 GiB", "memory: nan GiB",
       "catalog/hosts.yaml:6: host_types[0].memory: found 'nan GiB', expected a quantity with a "
       "unit, e.g. 4 GiB"},
      {hosts, "memory: 4 GiB", "memory: 1e300 GiB",
       "catalog/hosts.yaml:6: host_types[0].memory: found '1e300 GiB', expected at most 1e+15 MiB"},
      {hosts, "memory: 4 GiB", "memroy: 4 GiB",
       "catalog/hosts.yaml:6: host_types[0]: unknown key 'memroy'; known keys: name, cores, speed, "
       "memory, bandwidth, latency, price, billing_increment, boot_time, boot_power, power, burst, "
       "source"},
      {hosts, "    memory: 4 GiB\n", "",
       "catalog/hosts.yaml:3: host_types[0]: key 'memory' is missing, expected a quantity with a "
       "unit, e.g. 4 GiB"},
      {hosts, "    source: a test\n", "",
       "catalog/hosts.yaml:3: host_types[0]: key 'source' is missing, expected a word"},
      {hosts, "cores: 2", "cores: 0",
       "catalog/hosts.yaml:4: host_types[0].cores: found '0', expected at least 1 and at most "
       "4096"},
      {hosts, "cores: 2", "cores: 1.5",
       "catalog/hosts.yaml:4: host_types[0].cores: found '1.5', expected a whole number"},
      {hosts, "cores: 2", "cores: 2 cores",
       "catalog/hosts.yaml:4: host_types[0].cores: found '2 cores', expected a whole number"},
      {hosts, "speed: 1000 MIPS", "speed: 0 MIPS",
       "catalog/hosts.yaml:5: host_types[0].speed: found '0 MIPS', expected more than 0 MIPS"},
      {hosts, "bandwidth: 1 Gbit/s", "bandwidth: 1 GB",
       "catalog/hosts.yaml:7: host_types[0].bandwidth: found '1 GB', expected a quantity in B/s, "
       "kB/s, MB/s, kbit/s, Mbit/s, Gbit/s, e.g. 1 Gbit/s"},
      {hosts, "price: 0.1 USD/h", "price: -0.1 USD/h",
       "catalog/hosts.yaml:8: host_types[0].price: found '-0.1 USD/h', expected at least 0 USD/h"},
      {hosts, "price: 0.1 USD/h", "price: 0.1 EUR/h",
       "catalog/hosts.yaml:8: host_types[0].price: found '0.1 EUR/h', expected a quantity in "
       "USD/h, e.g. 0.047 USD/h"},
      {hosts, "billing_increment: 1 min", "billing_increment: 5 s",
       "catalog/hosts.yaml:9: host_types[0].billing_increment: found 5 s, expected 1 s, 1 min or 1 "
       "h"},
      {hosts, "boot_time: 30 s", "boot_time: 1e12 s",
       "catalog/hosts.yaml:10: host_types[0].boot_time: found '1e12 s', expected at most 1e+09 s"},
      {hosts, "power: flat", "power: steep",
       "catalog/hosts.yaml:12: host_types[0].power: unknown power curve 'steep'; known curves: "
       "flat"},
      {hosts, "baseline: 0.4", "baseline: 3",
       "catalog/hosts.yaml:13: host_types[0].burst: the baseline of 3 cores is more than the 2 of "
       "the host"},
      {hosts, "initial_credits: 60", "initial_credits: 600",
       "catalog/hosts.yaml:13: host_types[0].burst.initial_credits: found 600, expected at most "
       "the maximum_credits of 576"},
      {hosts, "burst: {baseline: 0.4, ", "burst: {",
       "catalog/hosts.yaml:13: host_types[0].burst: key 'baseline' is missing, expected a number"},
      {hosts, "name: small", "name: ../small",
       "catalog/hosts.yaml:3: host_types[0].name: found '../small', expected at most 64 letters, "
       "digits, '.', '_' or '-'"},
      {hosts, "name: small", "name: ''",
       "catalog/hosts.yaml:3: host_types[0].name: found '', expected a word"},
      {hosts, "uses: [curves.yaml]", "uses: [../secret.yaml]",
       "catalog/hosts.yaml:1: uses: found '../secret.yaml', expected the name of a file below "
       "catalog"},
      {hosts, "uses: [curves.yaml]", "uses: [curve.yaml]",
       "catalog/hosts.yaml:1: uses: catalog/curve.yaml: cannot be read: no such file"},
      {hosts, "host_types:",
       "host_types:\n  - {name: small, cores: 1, speed: 1 MIPS, memory: 1 MiB, price: 0 USD/h, "
       "boot_time: 0 s, boot_power: 0 W, power: flat, source: a test}",
       "catalog/hosts.yaml:4: host_types[1].name: host type 'small' is already defined in "
       "catalog/hosts.yaml:3"},
      {hosts, "host_types:",
       "power_curves:\n  - {name: flat, points: [1 W, 2 W], source: twice}\nhost_types:",
       "catalog/hosts.yaml:3: power_curves[0].name: power curve 'flat' is already defined in "
       "catalog/curves.yaml:2"},
  });
}

TEST(Malformed, PowerCurves) {
  const std::string curves = "catalog/curves.yaml";
  expect_sentences({
      {curves, "[10 W, 20 W]", "[10 W]",
       "catalog/curves.yaml:3: power_curves[0].points: found less than 2 points, expected those of "
       "an idle and of a busy host"},
      {curves, "[10 W, 20 W]", "[20 W, 10 W]",
       "catalog/curves.yaml:3: power_curves[0].points: the peak of 10 W is below the 20 W of an "
       "idle host"},
      {curves, "[10 W, 20 W]", "[-1 W, 10 W]",
       "catalog/curves.yaml:3: power_curves[0].points[0]: found '-1 W', expected at least 0 W"},
      {curves, "[10 W, 20 W]", "[10 W, 20]",
       "catalog/curves.yaml:3: power_curves[0].points[1]: found '20', expected a quantity with a "
       "unit, e.g. 300 W"},
      {curves, "[10 W, 20 W]", "10 W",
       "catalog/curves.yaml:3: power_curves[0].points: found '10 W', expected a list"},
      {curves, "  - name: flat\n    points: [10 W, 20 W]\n    source: a test\n", "  []\n",
       "catalog/curves.yaml:2: power_curves: found an empty list, expected at least one item"},
  });
}

TEST(Malformed, Applications) {
  const std::string apps = "catalog/apps.yaml";
  expect_sentences({
      {apps, "strategies:",
       "strategies:\n      - {name: split, accuracy: 1, accuracy_source: a test, work_source: a "
       "test, fragments: [{name: one, work: 1 MI, memory: 1 MiB}]}",
       "catalog/apps.yaml:5: applications[0].strategies[1].name: strategy 'split' is already "
       "defined for application 'echo'"},
      {apps, "applications:",
       "applications:\n  - {name: echo, strategies: [{name: all, accuracy: 1, accuracy_source: a "
       "test, work_source: a test, fragments: [{name: one, work: 1 MI, memory: 1 MiB}]}]}",
       "catalog/apps.yaml:3: applications[1].name: application 'echo' is already defined in "
       "catalog/apps.yaml:2"},
      {apps, "accuracy: 0.9", "accuracy: 1.5",
       "catalog/apps.yaml:5: applications[0].strategies[0].accuracy: found '1.5', expected at "
       "least 0 and at most 1"},
      {apps, "accuracy: 0.9", "accuracy: 90 %",
       "catalog/apps.yaml:5: applications[0].strategies[0].accuracy: found '90 %', expected a "
       "number"},
      {apps, "        accuracy_source: a test\n", "",
       "catalog/apps.yaml:4: applications[0].strategies[0]: key 'accuracy_source' is missing, "
       "expected a word"},
      {apps, "        work_source: a test\n", "",
       "catalog/apps.yaml:4: applications[0].strategies[0]: key 'work_source' is missing, expected "
       "a word"},
      {apps, "inputs: [one]", "inputs: [three]",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments: fragment 'two' takes the "
       "output of 'three', which is none of: one, two"},
      {apps, "inputs: [one]", "inputs: [one, one]",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments: fragment 'two' takes the "
       "output of 'one' twice"},
      {apps, "inputs: [one]", "inputs: [two]",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments: the inputs of two run in a "
       "circle"},
      {apps, "output: 40 kB", "inputs: [two]",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments: the inputs of one, two run "
       "in a circle"},
      {apps, "inputs: [one]", "inputs: []",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments: the output of one, two goes "
       "nowhere; exactly one fragment answers the client"},
      {apps, "name: two", "name: one",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments: two fragments are named "
       "'one'"},
      {apps, "work: 12 MI", "work: 0 MI",
       "catalog/apps.yaml:10: applications[0].strategies[0].fragments[0].work: found '0 MI', "
       "expected more than 0 MI"},
      {apps, "work: 12 MI", "work: 12",
       "catalog/apps.yaml:10: applications[0].strategies[0].fragments[0].work: found '12', "
       "expected a quantity with a unit, e.g. 12 MI"},
      {apps, "shape: lognormal", "shape: normal",
       "catalog/apps.yaml:14: applications[0].strategies[0].fragments[1].work.shape: found "
       "'normal', expected one of constant, exponential, lognormal, hyperexponential"},
      {apps, "shape: lognormal", "shape: constant",
       "catalog/apps.yaml:14: applications[0].strategies[0].fragments[1].work: unknown key "
       "'variation'; known keys: mean, shape"},
      {apps, "shape: lognormal", "shape: hyperexponential",
       "catalog/apps.yaml:14: applications[0].strategies[0].fragments[1].work.variation: found "
       "'0.5', expected more than 1 and at most 100"},
      {apps, "memory: 100 MiB", "cores: 0",
       "catalog/apps.yaml:11: applications[0].strategies[0].fragments[0].cores: found '0', "
       "expected more than 0 and at most 4096"},
      {apps, "", "applications:\n  - name: echo\n    strategies: []\n",
       "catalog/apps.yaml:3: applications[0].strategies: found an empty list, expected at least "
       "one item"},
      {apps, "", "applications:\n  - name: echo\n",
       "catalog/apps.yaml:2: applications[0]: key 'strategies' is missing, expected a list"},
      {apps, "applications:", "applications:\n  - echo",
       "catalog/apps.yaml:2: applications[0]: found 'echo', expected a map of keys and values"},
  });
}

TEST(Malformed, Scenarios) {
  const std::string scenario = "scenario.yaml";
  const std::string arrivals = "kind: poisson, rate: 0.5 /s";
  expect_sentences({
      {scenario, "type: small", "type: tiny",
       "scenario.yaml:5: hosts[0].type: unknown host type 'tiny'; known types: small"},
      {scenario, "count: 2", "count: 0",
       "scenario.yaml:5: hosts[0].count: found '0', expected at least 1 and at most 100000"},
      {scenario, "count: 2", "count: 1000000",
       "scenario.yaml:5: hosts[0].count: found '1000000', expected at least 1 and at most 100000"},
      {scenario, "hosts_on_at_start: 1", "hosts_on_at_start: 3",
       "scenario.yaml:6: hosts_on_at_start: found '3', expected at least 0 and at most 2"},
      {scenario, "cadence: interval", "cadence: sometimes",
       "scenario.yaml:7: cadence: found 'sometimes', expected one of interval, arrival"},
      {scenario, "beat: 5 s", "beat: 0 s",
       "scenario.yaml:8: beat: found '0 s', expected at least 0.001 s"},
      {scenario, "horizon: 100 s", "horizon: 1e9 s",
       "scenario.yaml:9: horizon: found 2e+08 beats, expected at most 1e+07"},
      {scenario, "energy: 0.2", "energy: 0.3",
       "scenario.yaml:10: weights: found a sum of 1.1, expected 1"},
      {scenario, "energy: 0.2", "energy: -0.2",
       "scenario.yaml:10: weights.energy: found '-0.2', expected at least 0 and at most 1"},
      {scenario, "energy: 0.2, ", "",
       "scenario.yaml:10: weights: key 'energy' is missing, expected a number"},
      {scenario, "application: echo", "application: ohce",
       "scenario.yaml:12: mix[0].application: unknown application 'ohce'; known applications: "
       "echo"},
      {scenario, "mix:", "mix:\n  - {application: echo, slo: 1 s, input: 1 kB}",
       "scenario.yaml:13: mix[1].application: 'echo' is in the mix twice"},
      {scenario, "slo: {min: 1 s, max: 2 s}", "slo: {min: 3 s, max: 2 s}",
       "scenario.yaml:12: mix[0].slo.max: the largest SLO is below the smallest"},
      {scenario, "slo: {min: 1 s, max: 2 s}", "slo: 0 s",
       "scenario.yaml:12: mix[0].slo: found '0 s', expected more than 0 s"},
      {scenario, "slo: {min: 1 s, max: 2 s}", "slo: 2",
       "scenario.yaml:12: mix[0].slo: found '2', expected a quantity with a unit, e.g. 5 s"},
      {scenario, "hosts.yaml, apps.yaml", "hosts.yaml",
       "scenario.yaml:12: mix[0].application: unknown application 'echo'; known applications: "
       "none"},
      {scenario, "hosts.yaml, apps.yaml", "hosts.yaml, apps.yaml, app.yaml",
       "scenario.yaml:3: catalogue: catalog/app.yaml: cannot be read: no such file"},
      {scenario, "hosts.yaml, apps.yaml", "hosts.yaml, /etc/passwd",
       "scenario.yaml:3: catalogue: found '/etc/passwd', expected the name of a file below "
       "catalog"},
      {scenario, arrivals, "kind: often",
       "scenario.yaml:13: arrivals.kind: found 'often', expected one of interval, poisson, series, "
       "trace"},
      {scenario, arrivals, "kind: poisson, rate: 0.5",
       "scenario.yaml:13: arrivals.rate: found '0.5', expected a quantity with a unit, e.g. 2.5 "
       "/s"},
      {scenario, arrivals, "kind: poisson, rate: 1e9 /s",
       "scenario.yaml:13: arrivals.rate: up to 1e+11 until the horizon, expected at most 1e+07"},
      {scenario, arrivals, "kind: poisson, rate: 1 /s, swing: 2",
       "scenario.yaml:13: arrivals.swing: found '2', expected at least 0 and at most 1"},
      {scenario, arrivals, "kind: interval, mean: 0, deviation: -1",
       "scenario.yaml:13: arrivals.deviation: found '-1', expected at least 0 and at most 1e+06"},
      {scenario, arrivals, "kind: interval, mean: 0, deviation: inf",
       "scenario.yaml:13: arrivals.deviation: found 'inf', expected a number"},
      {scenario, arrivals, "kind: series, rate: 1 /s, step: 1 s, rates: [0, 0], source: x",
       "scenario.yaml:13: arrivals.rates: found no rate above 0, so nothing would arrive"},
      {scenario, arrivals, "kind: series, rate: 1 /s, step: 1 ms, rates: [1, two], source: x",
       "scenario.yaml:13: arrivals.rates[1]: found 'two', expected a number"},
      {scenario, arrivals, "kind: series, rate: 1 /s, step: 1 us, rates: [1], source: x",
       "scenario.yaml:13: arrivals.step: up to 1e+08 until the horizon, expected at most 1e+07"},
      {scenario, arrivals, "kind: trace, file: none.csv, source: x",
       "scenario.yaml:13: arrivals.file: catalog/none.csv: cannot be read: no such file"},
      {scenario, arrivals, "kind: trace, file: ../trace.csv, source: x",
       "scenario.yaml:13: arrivals.file: found '../trace.csv', expected the name of a file below "
       "catalog"},
      {scenario, arrivals, "kind: poisson, rate: 1 /s, mean: 3",
       "scenario.yaml:13: arrivals: unknown key 'mean'; known keys: kind, rate, swing, "
       "swing_period, burst_start, burst_length, burst_factor"},
  });
}

TEST(Malformed, AFragmentThatNoHostCouldHold) {
  auto files = sound_files();
  std::string& apps = files.at("catalog/apps.yaml");
  apps.replace(apps.find("1 GiB"), 5, "4 GiB");
  EXPECT_EQ(Folder(files).answer("scenario.yaml"),
            "scenario.yaml:12: mix[0].application: fragment 'two' of strategy 'split' needs 4196 "
            "MiB with its model, and the largest host, small, has 4096 MiB");
}

TEST(Malformed, AnErrorInACatalogueFileOfTheScenarioNamesThatFile) {
  auto files = sound_files();
  std::string& hosts = files.at("catalog/hosts.yaml");
  hosts.replace(hosts.find("4 GiB"), 5, "4");
  EXPECT_EQ(Folder(files).answer("scenario.yaml"),
            "catalog/hosts.yaml:6: host_types[0].memory: found '4', expected a quantity with a "
            "unit, e.g. 4 GiB");
}

TEST(Malformed, Traces) {
  const std::string trace = "trace.csv";
  expect_sentences({
      {trace, "", "",
       "trace.csv:1: found '', expected the header arrival_s,application,slo_s,input_bytes"},
      {trace, "arrival_s,", "arrival,",
       "trace.csv:1: found 'arrival,application,slo_s,input_bytes', expected the header "
       "arrival_s,application,slo_s,input_bytes"},
      {trace, "0.25,echo", "0.75,echo",
       "trace.csv:3: arrival_s: found '0.5', expected no less than the 0.75 s of the line before"},
      {trace, "0.25,echo", "-1,echo",
       "trace.csv:2: arrival_s: found '-1', expected seconds from 0 to 4e6"},
      {trace, "0.25,echo", "soon,echo",
       "trace.csv:2: arrival_s: found 'soon', expected seconds from 0 to 4e6"},
      {trace, "0.25,echo", "nan,echo",
       "trace.csv:2: arrival_s: found 'nan', expected seconds from 0 to 4e6"},
      {trace, "0.25,echo", "1e10,echo",
       "trace.csv:2: arrival_s: found '1e10', expected seconds from 0 to 4e6"},
      {trace, "0.25,echo", "0.25,ohce",
       "trace.csv:2: application: found 'ohce', expected one of echo"},
      {trace, "0.25,echo,2,40000", "0.25,echo,0,40000",
       "trace.csv:2: slo_s: found '0', expected seconds above 0 and at most 4e6"},
      {trace, "0.25,echo,2,40000", "0.25,echo,2,-1",
       "trace.csv:2: input_bytes: found '-1', expected a number of bytes from 0 to 1e15"},
      {trace, "0.25,echo,2,40000", "0.25,echo,2",
       "trace.csv:2: expected the 4 fields arrival_s,application,slo_s,input_bytes, found 3"},
      {trace, "0.25,echo,2,40000", "0.25,echo,2,40000,1",
       "trace.csv:2: expected the 4 fields arrival_s,application,slo_s,input_bytes, found 5"},
      {trace, "0.25,echo,2,40000", "",
       "trace.csv:2: expected the 4 fields arrival_s,application,slo_s,input_bytes, found 1"},
      {trace, "0.25,echo,2,40000", "0.25,\"echo\",2,40000",
       "trace.csv:2: application: found '\"echo\"', expected one of echo"},
      {trace, "0.25,echo,2,40000", std::string("\x01\x02\0\xff,", 5),
       "trace.csv:2: expected the 4 fields arrival_s,application,slo_s,input_bytes, found 2"},
  });
}

TEST(Malformed, FilesThatCannotBeRead) {
  const Folder folder(sound_files());
  EXPECT_EQ(folder.answer("absent.yaml"), "absent.yaml: cannot be read: no such file");
  EXPECT_EQ(folder.answer("absent.csv"), "absent.csv: cannot be read: no such file");
  EXPECT_EQ(folder.answer("catalog"), "catalog: the name ends in '', expected .yaml or .csv");
  EXPECT_EQ(folder.answer("model.onnx"),
            "model.onnx: the name ends in '.onnx', expected .yaml or .csv");
}

// Whatever the bytes, there is an answer. The sanitizers listen.
TEST(Malformed, RandomEditsAreAnsweredToo) {
  constexpr std::string_view kInserted = "[]{}:-,#&*!|>'\"%@`?\n\t 0\x80\xff";
  const auto sound = sound_files();
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    RandomStream random = RandomStreams(seed).stream("edits");
    auto files = sound;
    for (auto& [name, text] : files) {
      for (std::uint64_t edits = random.below(4); edits > 0; --edits) {
        const std::size_t at = random.below(text.size());
        if (random.uniform() < 0.3) {
          text.erase(at, random.below(20));
        } else {
          text.insert(at, 1, kInserted[random.below(kInserted.size())]);
        }
      }
    }
    const Folder folder(files);
    for (const auto& [name, text] : files) {
      EXPECT_NE(folder.answer(name), "") << name << " with seed " << seed;
    }
  }
}

}  // namespace
}  // namespace scinet
