// Input files that are wrong in one place each, and the sentence that says so. A case is an edit
// of a small sound catalogue, scenario or trace.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "workload/validate.h"

namespace scinet {

inline constexpr std::string_view kCurves = R"(power_curves:
  - name: flat
    points: [10 W, 20 W]
    source: a test
)";

inline constexpr std::string_view kHosts = R"(uses: [curves.yaml]
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

inline constexpr std::string_view kApps = R"(applications:
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

inline constexpr std::string_view kScenario = R"(name: tiny
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

inline constexpr std::string_view kTrace = R"(arrival_s,application,slo_s,input_bytes
0.25,echo,2,40000
0.5,echo,2,40000
)";

inline std::map<std::string, std::string> sound_files() {
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

inline std::string answer_to(const Malformed& malformed) {
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

inline void expect_sentences(const std::vector<Malformed>& cases) {
  for (const Malformed& malformed : cases) {
    EXPECT_EQ(answer_to(malformed), malformed.sentence)
        << malformed.file << ": '" << malformed.from << "' replaced by '" << malformed.to << "'";
  }
}

}  // namespace scinet
