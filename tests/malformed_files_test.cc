// What is wrong in files of any kind, before anything is known of their subject; and in traces.
#include <gtest/gtest.h>

#include <cstdint>

#include "base/random.h"
#include "tests/malformed.h"

namespace scinet {
namespace {

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
