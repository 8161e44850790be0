#include "profile/profile.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/yaml.h"
#include "model/catalogue_file.h"
#include "model/catalogue_writer.h"

namespace scinet {
namespace {

constexpr Mips kCore{10'000};

FragmentProfile fragment(std::string name, std::vector<std::size_t> inputs, double cpu_s) {
  return {.name = std::move(name),
          .inputs = std::move(inputs),
          .cpu_s = {cpu_s, cpu_s, 2 * cpu_s, 2 * cpu_s},
          .variation = 0.5,
          .inputs_measured = 40,
          .load = Seconds(0.02),
          .model_memory = Bytes(3 << 20),
          .memory = Bytes(1 << 20),
          .output = Bytes(100),
          .model_size = Bytes(5000),
          .batch = {},
          .no_batch = "it was not tried"};
}

ApplicationProfile two_branches() {
  StrategyProfile semantic{.name = "semantic",
                           .accuracy = Accuracy{.correct = 90, .samples = 100},
                           .labelled_by = "a hundred pictures",
                           .fragments = {fragment("left", {}, 0.001), fragment("right", {}, 0.002),
                                         fragment("merge", {0, 1}, 0.0001)},
                           .latency = {{"one core", 1.0, {0.0021, 0.0021, 0.003, 0.003}, 40}}};
  return {"fruit", {semantic}};
}

const ProfileProvenance kProvenance{"a machine", "scinet 1", "ONNX Runtime 1", "2026-01-02"};

TEST(Profile, BecomesACatalogueEntryThatReadsBack) {
  const Application entry = catalogue_entry(two_branches(), kProvenance, kCore);
  const Strategy& semantic = entry.strategies.at(0);
  EXPECT_EQ(semantic.accuracy, 0.9);
  EXPECT_EQ(semantic.accuracy_source,
            "measured: 90 of 100 right, 95 % interval 0.8256 to 0.9448, a hundred pictures");
  EXPECT_EQ(semantic.work_source,
            "measured: 40 inputs, one core of a machine, scinet 1, ONNX Runtime 1, 2026-01-02");
  const Fragment& left = semantic.fragments.at(0);
  EXPECT_DOUBLE_EQ(left.work.mean.value(), 10.0);  // a millisecond of 10000 MIPS
  EXPECT_EQ(left.work.shape, WorkShape::kLognormal);
  EXPECT_EQ(left.work.variation, 0.5);
  EXPECT_EQ(left.memory, Mebibytes(1));
  EXPECT_EQ(left.model_memory, Mebibytes(3));
  EXPECT_DOUBLE_EQ(left.load_work.value(), 200.0);
  EXPECT_EQ(semantic.fragments.at(2).inputs, (std::vector{FragmentId{0}, FragmentId{1}}));

  const std::string text = applications_yaml(std::vector{entry}, "made by a test");
  EXPECT_NE(text.find("inputs: [\"left\", \"right\"]"), std::string::npos) << text;
}

TEST(Profile, RoundsForTheCatalogueToWhatTheMeasurementHas) {
  ApplicationProfile profile = two_branches();
  FragmentProfile& left = profile.strategies[0].fragments[0];
  left.cpu_s.mean = 0.000123456;
  left.output = Bytes(1234567);
  const Application entry = catalogue_entry(profile, kProvenance, kCore);
  EXPECT_EQ(entry.strategies[0].fragments[0].work.mean, Mi(1.235));
  EXPECT_EQ(entry.strategies[0].fragments[0].output, Bytes(1235000));
}

TEST(Profile, LetsRequestsRunTogetherOnlyAsWishedAndMeasured) {
  ApplicationProfile profile = two_branches();
  std::vector<FragmentProfile>& fragments = profile.strategies[0].fragments;
  fragments[0].batch = batch_profile_of({{2, 1.3}, {4, 1.9}, {8, 3.12345}});
  fragments[1].batch = batch_profile_of({{2, 2.1}, {4, 4.2}, {8, 8.4}});
  const Application unwished = catalogue_entry(profile, kProvenance, kCore);
  for (const Fragment& fragment : unwished.strategies[0].fragments) {
    EXPECT_EQ(fragment.batch, Batching{}) << "nobody wished it";
  }
  const Application wished = catalogue_entry(profile, kProvenance, kCore, {8, Seconds(0.005)});
  // (0.3 + 3 * 0.9 + 7 * 2.12345) / 59 = 0.30278...
  EXPECT_EQ(wished.strategies[0].fragments[0].batch, (Batching{8, Seconds(0.005), 0.3028}));
  EXPECT_EQ(wished.strategies[0].fragments[1].batch, Batching{}) << "it gains nothing";
  EXPECT_EQ(wished.strategies[0].fragments[2].batch, Batching{}) << "it was not measured";

  const auto json = json_of(profile, kProvenance, kCore)["strategies"][0]["fragments"];
  EXPECT_EQ(json[0]["batch"]["sizes"][1]["size"], 4);
  EXPECT_EQ(json[0]["batch"]["sizes"][1]["work"], 1.9);
  EXPECT_NEAR(json[0]["batch"]["further_work"], 0.30278, 1e-5);
  EXPECT_TRUE(json[2]["batch"].is_null());
  EXPECT_EQ(json[2]["no_batch"], "it was not tried");
  const std::string table = batch_table({profile});
  EXPECT_NE(table.find("fruit/semantic/left                1.30   1.90   3.12         0.303\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find(" no gain\n"), std::string::npos) << table;
  EXPECT_NE(table.find("fruit/semantic/merge             not measured: it was not tried\n"),
            std::string::npos)
      << table;
}

TEST(Profile, DoesNotCallMeasuredWhatWasNot) {
  ApplicationProfile profile = two_branches();
  profile.strategies[0].accuracy.reset();
  const Application entry = catalogue_entry(profile, kProvenance, kCore);
  EXPECT_EQ(entry.strategies[0].accuracy, 1.0);
  EXPECT_TRUE(entry.strategies[0].accuracy_source.starts_with("not measured"));
  EXPECT_TRUE(json_of(profile, kProvenance, kCore)["strategies"][0]["accuracy"].is_null());
  EXPECT_NE(profile_table({profile}).find("not measured"), std::string::npos);
}

TEST(Profile, IsJsonWithUnitsInItsKeys) {
  const nlohmann::ordered_json json = json_of(two_branches(), kProvenance, kCore);
  EXPECT_EQ(json["application"], "fruit");
  EXPECT_EQ(json["provenance"]["date"], "2026-01-02");
  const auto& strategy = json["strategies"][0];
  EXPECT_EQ(strategy["accuracy"]["samples"], 100);
  EXPECT_EQ(strategy["bytes_between_hosts"], 200.0);  // what both branches send to the merge
  EXPECT_EQ(strategy["latency_alone"][0]["at"], "one core");
  const auto& right = strategy["fragments"][1];
  EXPECT_DOUBLE_EQ(right["work_mi"]["mean"], 20.0);
  EXPECT_DOUBLE_EQ(right["work_mi"]["p95"], 40.0);
  EXPECT_EQ(right["memory_mib"], 1.0);
  EXPECT_EQ(right["bytes_out"], 100.0);
  EXPECT_EQ(right["load_s"], 0.02);
  EXPECT_EQ(strategy["fragments"][2]["inputs"], (std::vector<std::string>{"left", "right"}));
}

}  // namespace
}  // namespace scinet
