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
       "memory, background, contention, bandwidth, latency, price, billing_increment, boot_time, "
       "boot_power, power, burst, source"},
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
      {hosts, "    burst:", "    background: 0.4\n    burst:",
       "catalog/hosts.yaml:14: host_types[0].burst: the baseline of 0.4 cores leaves nothing "
       "beside "
       "the background of 0.4"},
      {hosts, "    burst:", "    background: 2\n    burst:",
       "catalog/hosts.yaml:13: host_types[0].background: found 2 cores, expected less than the 2 "
       "of "
       "the host"},
      {hosts, "    burst:", "    background: -0.1\n    burst:",
       "catalog/hosts.yaml:13: host_types[0].background: found '-0.1', expected at least 0"},
      {hosts, "    burst:", "    contention: nan\n    burst:",
       "catalog/hosts.yaml:13: host_types[0].contention: found 'nan', expected a number"},
      {hosts, "    burst:", "    contention: 1000\n    burst:",
       "catalog/hosts.yaml:13: host_types[0].contention: found '1000', expected at least 0 and at "
       "most 100"},
      {hosts, "boot_power: 15 W", "boot_power: -15 W",
       "catalog/hosts.yaml:11: host_types[0].boot_power: found '-15 W', expected at least 0 W"},
      {hosts, "bandwidth: 1 Gbit/s", "latency: -1 ms",
       "catalog/hosts.yaml:7: host_types[0].latency: found '-1 ms', expected at least 0 s"},
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
       "catalog/curves.yaml:3: power_curves[0].points[1]: found 10 W, which is below the 20 W of "
       "less load"},
      {curves, "[10 W, 20 W]", "[10 W, 20 W, 19 W, 30 W]",
       "catalog/curves.yaml:3: power_curves[0].points[2]: found 19 W, which is below the 20 W of "
       "less load"},
      {curves, "[10 W, 20 W]", "[10 W, nan W]",
       "catalog/curves.yaml:3: power_curves[0].points[1]: found 'nan W', expected a quantity with "
       "a "
       "unit, e.g. 300 W"},
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
       "catalog/apps.yaml:13: applications[0].strategies[0].fragments[1]: takes the output of "
       "'three', which is none of: one, two"},
      {apps, "inputs: [one]", "inputs: [one, one]",
       "catalog/apps.yaml:13: applications[0].strategies[0].fragments[1]: takes the output of "
       "'one' "
       "twice"},
      {apps, "inputs: [one]", "inputs: [two]",
       "catalog/apps.yaml:13: applications[0].strategies[0].fragments[1]: its inputs run in a "
       "circle: two needs two"},
      {apps, "output: 40 kB", "inputs: [two]",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments[0]: its inputs run in a "
       "circle: one needs two needs one"},
      {apps, "inputs: [one]", "inputs: []",
       "catalog/apps.yaml:9: applications[0].strategies[0].fragments[0]: the output of one, two "
       "goes "
       "nowhere; exactly one fragment answers the client"},
      {apps, "name: two", "name: one",
       "catalog/apps.yaml:13: applications[0].strategies[0].fragments[1]: two fragments are named "
       "'one'"},
      {apps, "work: 12 MI", "work: 0 MI",
       "catalog/apps.yaml:10: applications[0].strategies[0].fragments[0].work: found '0 MI', "
       "expected more than 0 MI"},
      {apps, "work: 12 MI", "work: 12",
       "catalog/apps.yaml:10: applications[0].strategies[0].fragments[0].work: found '12', "
       "expected a quantity with a unit, e.g. 12 MI"},
      {apps, "work: 12 MI", "work: nan MI",
       "catalog/apps.yaml:10: applications[0].strategies[0].fragments[0].work: found 'nan MI', "
       "expected a quantity with a unit, e.g. 12 MI"},
      {apps, "mean: 12 MI", "mean: -12 MI",
       "catalog/apps.yaml:14: applications[0].strategies[0].fragments[1].work.mean: found '-12 "
       "MI', "
       "expected more than 0 MI"},
      {apps, "mean: 12 MI", "mean: 1e20 MI",
       "catalog/apps.yaml:14: applications[0].strategies[0].fragments[1].work.mean: found '1e20 "
       "MI', expected at most 1e+15 MI"},
      {apps, "load_time: 250 ms", "load_time: -1 s",
       "catalog/apps.yaml:17: applications[0].strategies[0].fragments[1].load_time: found '-1 s', "
       "expected at least 0 s"},
      {apps, "load_time: 250 ms", "load_work: -1 MI",
       "catalog/apps.yaml:17: applications[0].strategies[0].fragments[1].load_work: found '-1 MI', "
       "expected at least 0 MI"},
      {apps, "memory: 100 MiB", "memory: 0 MiB",
       "catalog/apps.yaml:11: applications[0].strategies[0].fragments[0].memory: found '0 MiB', "
       "expected more than 0 MiB"},
      {apps, "output: 40 kB", "output: -40 kB",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].output: found '-40 kB', "
       "expected at least 0 B"},
      {apps, "variation: 0.5", "variation: 0",
       "catalog/apps.yaml:14: applications[0].strategies[0].fragments[1].work.variation: found "
       "'0', "
       "expected more than 0 and at most 100"},
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
      {scenario, "beat: 5 s", "beat: 101 s",
       "scenario.yaml:8: beat: found 101 s, expected at most the horizon of 100 s"},
      {scenario, "horizon: 100 s", "horizon: 0 s",
       "scenario.yaml:9: horizon: found '0 s', expected more than 0 s"},
      {scenario, "hosts_on_at_start: 1", "hosts_on_at_start: -1",
       "scenario.yaml:6: hosts_on_at_start: found '-1', expected at least 0 and at most 2"},
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
      {scenario, "max: 2 s", "max: 2 s, step: 3 s",
       "scenario.yaml:12: mix[0].slo.step: it is longer than the way from the smallest SLO to the "
       "largest"},
      {scenario, "application: echo", "application: echo, weight: 0",
       "scenario.yaml:12: mix[0].weight: found '0', expected more than 0 and at most 1e+09"},
      {scenario, "input: 40 kB", "input: 1e15 B",
       "scenario.yaml:12: mix[0].input: takes 8e+06 s to be sent on a small, expected at most "
       "1e+06 "
       "s"},
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
      {scenario, arrivals, "kind: poisson, rate: 1 /s, burst_start: 100 s, burst_length: 1 s",
       "scenario.yaml:13: arrivals.burst_start: found 100 s, expected less than the horizon of 100 "
       "s"},
      {scenario, arrivals, "kind: poisson, rate: 0 /s",
       "scenario.yaml:13: arrivals.rate: found '0 /s', expected more than 0 /s"},
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
       "scenario.yaml:13: arrivals.file: catalog/none.csv cannot be read; name a CSV file with the "
       "columns arrival_s, application"},
      {scenario, arrivals, "kind: trace, file: ../trace.csv, source: x",
       "scenario.yaml:13: arrivals.file: found '../trace.csv', expected the name of a file below "
       "catalog"},
      {scenario, arrivals, "kind: poisson, rate: 1 /s, mean: 3",
       "scenario.yaml:13: arrivals: unknown key 'mean'; known keys: kind, rate, swing, "
       "swing_period, burst_start, burst_length, burst_factor"},
  });
}

TEST(Malformed, Faults) {
  const std::string scenario = "scenario.yaml";
  const auto with = [&](const std::string& faults, const std::string& sentence) {
    return Malformed{scenario, "arrivals:", faults + "\narrivals:", "scenario.yaml:" + sentence};
  };
  expect_sentences({
      with("faults: [{kind: crash, host: 2, at: 5 s, length: 5 s}]",
           "13: faults[0].host: found 2, and the scenario has the hosts 0 to 1"),
      with("faults: [{kind: crash, host: -1, at: 5 s, length: 5 s}]",
           "13: faults[0].host: found '-1', expected a whole number"),
      with("faults: [{kind: crash, host: 0, at: 100 s, length: 5 s}]",
           "13: faults[0].at: found 100 s, expected less than the horizon of 100 s"),
      with("faults: [{kind: crash, host: 0, at: -1 s, length: 5 s}]",
           "13: faults[0].at: found '-1 s', expected at least 0 s"),
      with("faults: [{kind: crash, host: 0, at: 5 s, length: 0 s}]",
           "13: faults[0].length: found '0 s', expected more than 0 s"),
      with("faults: [{kind: crash, host: 0, at: 5 s}]",
           "13: faults[0]: key 'length' is missing, expected a quantity with a unit, e.g. 5 s"),
      with("faults: [{kind: fire, host: 0, at: 5 s, length: 5 s}]",
           "13: faults[0].kind: found 'fire', expected one of crash, slow, unlinked"),
      with("faults: [{kind: slow, host: 0, at: 5 s, length: 5 s}]",
           "13: faults[0]: key 'speed' is missing, expected a number"),
      with("faults: [{kind: slow, host: 0, at: 5 s, length: 5 s, speed: 0}]",
           "13: faults[0].speed: found '0', expected more than 0 and at most 1"),
      with("faults: [{kind: slow, host: 0, at: 5 s, length: 5 s, speed: 1.1}]",
           "13: faults[0].speed: found '1.1', expected more than 0 and at most 1"),
      with("faults: [{kind: crash, host: 0, at: 5 s, length: 5 s, speed: 0.5}]",
           "13: faults[0]: unknown key 'speed'; known keys: kind, host, at, length"),
      with("faults: []", "13: faults: found an empty list, expected at least one item"),
      with("random_faults: [{kind: crash, mean_between: 0 s, mean_length: 5 s}]",
           "13: random_faults[0].mean_between: found '0 s', expected at least 0.001 s"),
      with("random_faults: [{kind: crash, mean_between: 1 h, mean_length: 0 s}]",
           "13: random_faults[0].mean_length: found '0 s', expected at least 0.001 s"),
      with("random_faults: [{kind: unlinked, mean_between: 1 h, mean_length: 1 s, host: 1}]",
           "13: random_faults[0]: unknown key 'host'; known keys: kind, mean_between, mean_length"),
      {scenario, "horizon: 100 s",
       "horizon: 1e6 s\nrandom_faults: [{kind: crash, mean_between: 1 "
       "ms, mean_length: 1 ms}]",
       "scenario.yaml:10: random_faults[0].mean_between: about 1e+09 faults until the horizon, "
       "expected at most 1e+06"},
  });
}

// The scenario is where it shows, the line in the catalogue is where it can be mended.
TEST(Malformed, FragmentsThatTheHostsCannotServe) {
  const auto answer = [](std::string_view file, std::string_view from, std::string_view to) {
    auto files = sound_files();
    std::string& text = files.at(std::string(file));
    text.replace(text.find(from), from.size(), to);
    return Folder(files).answer("scenario.yaml");
  };
  EXPECT_EQ(answer("catalog/apps.yaml", "1 GiB", "4 GiB"),
            "catalog/apps.yaml:13: fragment 'two' of strategy 'split' of application 'echo' needs "
            "4196 MiB with its model, and the largest host, small, has 4096 MiB");
  EXPECT_EQ(answer("catalog/apps.yaml", "work: 12 MI", "work: 2e9 MI"),
            "catalog/apps.yaml:9: fragment 'one' of strategy 'split' of application 'echo' takes "
            "2e+06 s alone on a small, expected at most 1e+06 s");
  EXPECT_EQ(answer("catalog/hosts.yaml", "speed: 1000 MIPS", "speed: 1e-9 MIPS"),
            "catalog/apps.yaml:9: fragment 'one' of strategy 'split' of application 'echo' takes "
            "1.2e+10 s alone on a small, expected at most 1e+06 s");
  EXPECT_EQ(answer("catalog/hosts.yaml",
                   "    burst: {baseline: 0.4, credits_per_hour: 24, "
                   "initial_credits: 60, maximum_credits: 576}",
                   "    background: 1.9999999999"),
            "catalog/apps.yaml:9: fragment 'one' of strategy 'split' of application 'echo' takes "
            "1.2e+08 s alone on a small, expected at most 1e+06 s");
  EXPECT_EQ(answer("catalog/apps.yaml", "load_time: 250 ms", "load_work: 2e9 MI"),
            "catalog/apps.yaml:13: fragment 'two' of strategy 'split' of application 'echo' takes "
            "2e+06 s to load on a small, expected at most 1e+06 s");
  EXPECT_EQ(answer("catalog/hosts.yaml", "bandwidth: 1 Gbit/s", "bandwidth: 1e-9 B/s"),
            "scenario.yaml:12: mix[0].input: takes 4e+13 s to be sent on a small, expected at most "
            "1e+06 s");
}

TEST(Malformed, TracesOfAScenario) {
  const auto answer = [](const std::string& trace, const std::string& arrivals) {
    auto files = sound_files();
    files["catalog/trace.csv"] = trace;
    std::string& text = files.at("scenario.yaml");
    const std::string from = "kind: poisson, rate: 0.5 /s";
    text.replace(text.find(from), from.size(),
                 "kind: trace, file: trace.csv, source: x" + arrivals);
    return Folder(files).answer("scenario.yaml");
  };
  const std::string own = "arrival_s,application\n10,echo\n20,echo\n";
  const std::string end = " recorded requests";
  const std::string sound =
      "scenario tiny: 2 hosts of 1 type, 1 application with 1 strategy, 100 s in beats of 5 s, ";
  EXPECT_EQ(answer(own, ""), sound + "2" + end);
  EXPECT_EQ(answer(own, ", format: csv, start: 20 s, speed_up: 2, limit: 1"), sound + "1" + end);
  EXPECT_EQ(answer(own, ", start: 21 s"),
            "scenario.yaml:13: arrivals.file: found no request between start and horizon, expected "
            "at least one");
  EXPECT_EQ(answer(own, ", speed_up: 0.1"),
            "scenario.yaml:13: arrivals.file: found no request between start and horizon, expected "
            "at least one");
  EXPECT_EQ(answer(own, ", speed_up: 0"),
            "scenario.yaml:13: arrivals.speed_up: found '0', expected at least 0.001 and at "
            "most 1e+06");
  EXPECT_EQ(answer(own, ", limit: 0"),
            "scenario.yaml:13: arrivals.limit: found '0', expected at least 1 and at most 1e+07");
  EXPECT_EQ(answer(own, ", format: parquet"),
            "scenario.yaml:13: arrivals.format: found 'parquet', expected one of csv, "
            "azure-functions-2019, azure-functions-2021, azure-llm-2023");
  EXPECT_EQ(answer(own, ", generated_weight: 2"),
            "scenario.yaml:13: arrivals: unknown key 'generated_weight'; known keys: kind, file, "
            "source, format, start, speed_up, limit");
  EXPECT_EQ(answer("arrival_s,application\n10,ohce\n", ""),
            "catalog/trace.csv:2: application: found 'ohce', expected one of echo");
  EXPECT_EQ(answer("arrival_s,application,size\n10,echo,0\n", ""),
            "catalog/trace.csv:2: size: found '0', expected a factor above 0, at most 1000");
  EXPECT_EQ(
      answer("arrival_s,application,duration_s\n10,echo,-1\n", ""),
      "catalog/trace.csv:2: duration_s: found '-1', expected seconds above 0 and at most 4e6");
  EXPECT_EQ(answer("arrival_s,application,size,duration_s\n10,echo,1,1\n", ""),
            "catalog/trace.csv:1: found both size and duration_s, expected one of them");

  const std::string per_minute = "HashOwner,HashApp,HashFunction,Trigger,1,2\n";
  EXPECT_EQ(answer(per_minute + "o,a,f,http,2,1\n", ", format: azure-functions-2019"),
            sound + "3" + end);
  EXPECT_EQ(answer(per_minute + "o,a,f,http,2,x\n", ", format: azure-functions-2019"),
            "catalog/trace.csv:2: 2: found 'x', expected a number of invocations up to 1e9");
  EXPECT_EQ(answer(per_minute + "o,a,f,http,20000000,0\n", ", format: azure-functions-2019"),
            "scenario.yaml:13: arrivals.file: found more than 1e+07 requests before the horizon; "
            "give a limit, or a shorter horizon");
  EXPECT_EQ(answer("app,func,end_timestamp,duration\na,f,1,x\n", ", format: azure-functions-2021"),
            "catalog/trace.csv:2: duration: found 'x', expected a number from 0 to 4000000");
  EXPECT_EQ(answer("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,1,2\n",
                   ", format: azure-llm-2023, generated_weight: 2"),
            sound + "1" + end);
  EXPECT_EQ(answer("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,-1,2\n",
                   ", format: azure-llm-2023"),
            "catalog/trace.csv:2: ContextTokens: found '-1', expected a whole number from 0 to "
            "1000000000");
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
      {trace, "", "", "trace.csv:1: found no line, expected the columns arrival_s,application"},
      {trace, "arrival_s,", "arrival,",
       "trace.csv:1: found 'arrival,application,slo_s,input_bytes', which has no column "
       "'arrival_s'; "
       "expected arrival_s,application"},
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
       "trace.csv:2: slo_s: found '0', expected seconds above 0 and at most 4e6, or nothing"},
      {trace, "0.25,echo,2,40000", "0.25,echo,2,-1",
       "trace.csv:2: input_bytes: found '-1', expected a number of bytes from 0 to 1e15, or "
       "nothing"},
      {trace, "0.25,echo,2,40000", "0.25,echo,2",
       "trace.csv:2: found 3 fields, expected 4 as in the first line"},
      {trace, "0.25,echo,2,40000", "0.25,echo,2,40000,1",
       "trace.csv:2: found 5 fields, expected 4 as in the first line"},
      {trace, "0.25,echo,2,40000", "0.25,\"echo,2,40000",
       "trace.csv:2: found a quote that is never closed, expected another '\"'"},
      {trace, "0.25,echo,2,40000", std::string("\x01\x02\0\xff,", 5),
       "trace.csv:2: found 2 fields, expected 4 as in the first line"},
  });
}

TEST(Malformed, FilesThatCannotBeRead) {
  const Folder folder(sound_files());
  EXPECT_EQ(folder.answer("absent.yaml"), "absent.yaml: cannot be read: no such file");
  EXPECT_EQ(folder.answer("absent.csv"),
            "absent.csv cannot be read; name a CSV file with the columns arrival_s, application");
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
