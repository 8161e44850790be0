// What is wrong in scenario files and in the traces that they replay.
#include <gtest/gtest.h>

#include "tests/malformed.h"

namespace scinet {
namespace {

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

}  // namespace
}  // namespace scinet
