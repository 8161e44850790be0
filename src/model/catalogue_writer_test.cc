#include "model/catalogue_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "model/catalogue_file.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

class CatalogueWriterTest : public testing::Test {
 protected:
  CatalogueWriterTest()
      : directory_(fs::path(testing::TempDir()) /
                   (std::string("catalogue_writer_") +
                    testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(directory_);
  }
  ~CatalogueWriterTest() override { fs::remove_all(directory_); }

  Result<CatalogueContents> write_and_read(const Catalogue& catalogue, std::string_view comment) {
    std::ofstream(directory_ / "hosts.yaml") << host_types_yaml(catalogue.host_types, comment);
    std::ofstream(directory_ / "applications.yaml")
        << applications_yaml(catalogue.applications, comment);
    const std::vector<fs::path> files{directory_ / "hosts.yaml", directory_ / "applications.yaml"};
    return load_catalogue(files, directory_);
  }

  fs::path directory_;
};

// A file may hold only host types or only applications, but no empty list.
Catalogue with_both(Catalogue catalogue) {
  if (catalogue.applications.empty()) {
    Fragment fragment;
    fragment.name = "all";
    fragment.work.mean = Mi(1);
    fragment.memory = Mebibytes(1);
    catalogue.applications = {{.name = "small",
                               .strategies = {{.name = "only",
                                               .accuracy = 1.0,
                                               .accuracy_source = "test",
                                               .fragments = {fragment},
                                               .work_source = "test"}}}};
  }
  if (catalogue.host_types.empty()) {
    HostType type;
    type.name = "small";
    type.speed = Mips(1);
    type.memory = Mebibytes(1);
    type.power = {.name = "flat", .points = {Watts(1), Watts(1)}, .source = "test"};
    type.source = "test";
    catalogue.host_types = {type};
  }
  return catalogue;
}

TEST_F(CatalogueWriterTest, EveryCatalogueOfTheProjectReadsBackTheSame) {
  const fs::path catalog = fs::path(SCINET_SOURCE_DIR) / "catalog";
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(catalog)) {
    if (entry.path().extension() != ".yaml") continue;
    if (entry.path().filename() == "application.yaml") continue;  // of models
    const std::vector<fs::path> file{entry.path()};
    const Result<CatalogueContents> original = load_catalogue(file, catalog);
    ASSERT_TRUE(original.ok()) << original.error().message;
    const Catalogue catalogue = with_both(original.value().catalogue);
    const Result<CatalogueContents> again = write_and_read(catalogue, "");
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again.value().catalogue, catalogue) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

TEST_F(CatalogueWriterTest, EveryFieldAndOddNumbersAndTextsSurvive) {
  HostType type;
  type.name = "odd.host_type-1";
  type.cores = 3;
  type.speed = Mips(1.0 / 3.0);
  type.memory = Mebibytes(1e9 / 7.0);
  type.background = 0.1 + 0.2;
  type.contention = 1e-17;
  type.bandwidth = BytesPerSecond(123456789.123);
  type.latency = Seconds(1e-7);
  type.price = DollarsPerHour(0.047);
  type.billing_increment = Seconds(3600);
  type.boot_time = Seconds(33.333333333333336);
  type.power = {.name = "curve", .points = {Watts(0.1), Watts(75.2), Watts(1e3)}, .source = "a: b"};
  type.boot_power = Watts(2.0 / 3.0);
  type.burst = BurstCredits{.baseline = 0.4,
                            .credits_per_hour = 24,
                            .initial_credits = 1.5,
                            .maximum_credits = 576,
                            .boost = 2.5,
                            .stall = Seconds(0.004)};
  type.source = "said \"so\" \\ [here]: #1 - 'and'\nthere\ttoo, Gr\u00f6\u00dfe";

  Fragment first;
  first.name = "first";
  first.work = {.shape = WorkShape::kHyperexponential, .mean = Mi(1e-3), .variation = 1.7};
  first.memory = Mebibytes(0.125);
  first.model_memory = Mebibytes(12);
  first.load_time = Seconds(0.7);
  first.load_work = Mi(17.5);
  first.output = Bytes(5);
  Fragment second = first;
  second.name = "second";
  second.cores = 0.57;
  second.work = {.shape = WorkShape::kExponential, .mean = Mi(3), .variation = 1.0};
  second.inputs = {FragmentId{0}};
  second.batch = {.limit = 7, .delay = Seconds(1.0 / 3.0), .further_work = 0.1 + 0.2};
  Fragment third = second;
  third.name = "third";
  third.work = {.shape = WorkShape::kLognormal, .mean = Mi(3), .variation = 1e-9};
  third.inputs = {FragmentId{0}, FragmentId{1}};
  third.batch = {.limit = 2};
  Strategy strategy{.name = "layer",
                    .accuracy = 0.1,
                    .accuracy_source = "null",
                    .fragments = {first, second, third},
                    .work_source = "~"};
  const Catalogue catalogue{.host_types = {type},
                            .applications = {{.name = "app", .strategies = {strategy}}}};

  const Result<CatalogueContents> again = write_and_read(catalogue, "two lines\n\nof comment: {");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again.value().catalogue, catalogue);
}

}  // namespace
}  // namespace scinet
