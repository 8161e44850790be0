#include "platform/local/machine_probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <vector>

#include "serving/examples.h"

namespace scinet {
namespace {

using std::chrono::seconds;

Catalogue catalogue_of(std::initializer_list<const char*> names) {
  Strategy whole;
  whole.name = "whole";
  whole.fragments.resize(1);
  Catalogue catalogue;
  for (const char* name : names) {
    catalogue.applications.push_back({.name = name, .strategies = {whole}});
  }
  return catalogue;
}

TEST(MachineProbe, AnswersTheSameRequestsInTurn) {
  const auto pictures =
      load_examples("blur", std::filesystem::path(SCINET_SOURCE_DIR) / "data/inputs");
  ASSERT_TRUE(pictures) << pictures.error().message;
  const auto cloud = std::ranges::find(pictures.value(), "cloud.jpg", &Example::name);
  ASSERT_NE(cloud, pictures.value().end());
  LoadInput input;
  input.name = cloud->name;
  input.bytes = cloud->bytes;
  ApplicationSet applications("no models");
  MachineProbe probe(catalogue_of({"blur", "unused", "emboss"}), applications,
                     {{input}, {}, {input}}, Seconds(1e-9));
  for (int round = 0; round < 2; ++round) {
    for (const char* name : {"blur/whole/cloud.jpg", "emboss/whole/cloud.jpg"}) {
      const std::optional<ProbeTime> time = probe.measure(seconds(round));
      ASSERT_TRUE(time.has_value());
      EXPECT_EQ(time->probe, name);
      EXPECT_EQ(time->at, seconds(round));
      EXPECT_GT(time->cpu, Seconds(0));
    }
  }
}

TEST(MachineProbe, HasNothingToAskWhereNothingIsAnswered) {
  LoadInput broken;
  broken.bytes = "no picture";
  ApplicationSet applications("no models");
  MachineProbe probe(catalogue_of({"blur"}), applications, {{broken}});
  EXPECT_EQ(probe.measure(seconds(1)), std::nullopt);
}

}  // namespace
}  // namespace scinet
