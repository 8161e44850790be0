// What is wrong in catalogue files.
#include <gtest/gtest.h>

#include "tests/malformed.h"

namespace scinet {
namespace {

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
      {apps, "output: 40 kB", "batch: {limit: 0}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch.limit: found '0', "
       "expected at least 1 and at most 1000"},
      {apps, "output: 40 kB", "batch: {limit: 2.5}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch.limit: found '2.5', "
       "expected a whole number"},
      {apps, "output: 40 kB", "batch: {delay: 5 ms}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch: key 'limit' is "
       "missing, expected a whole number"},
      {apps, "output: 40 kB", "batch: {limit: 2, delay: -1 ms}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch.delay: found '-1 "
       "ms', expected at least 0 and at most 1 s"},
      {apps, "output: 40 kB", "batch: {limit: 2, delay: 2 s}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch.delay: found '2 s', "
       "expected at least 0 and at most 1 s"},
      {apps, "output: 40 kB", "batch: {limit: 2, further_work: 0}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch.further_work: found "
       "'0', expected more than 0 and at most 1"},
      {apps, "output: 40 kB", "batch: {limit: 2, further_work: 1.1}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch.further_work: found "
       "'1.1', expected more than 0 and at most 1"},
      {apps, "output: 40 kB", "batch: {limit: 2, size: 3}",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch: unknown key "
       "'size'; known keys: limit, delay, further_work"},
      {apps, "output: 40 kB", "batch: 8",
       "catalog/apps.yaml:12: applications[0].strategies[0].fragments[0].batch: found '8', "
       "expected a map of keys and values"},
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

}  // namespace
}  // namespace scinet
