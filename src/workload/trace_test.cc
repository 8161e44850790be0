#include "workload/trace.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/random.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

Catalogue two_applications() {
  Catalogue catalogue;
  catalogue.applications.resize(2);
  catalogue.applications[0].name = "echo";
  catalogue.applications[1].name = "blur";
  return catalogue;
}

class Trace : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) const {
    std::ofstream(file_, std::ios::binary) << text;
    return file_;
  }
  void TearDown() override { std::filesystem::remove(file_); }

  const Catalogue catalogue_ = two_applications();
  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("scinet_trace_") +
       testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
};

TEST_F(Trace, ReadsOneRequestALine) {
  const auto workloads = read_trace(write("arrival_s,application,slo_s,input_bytes\n"
                                          "0.25,blur,2,40000\n"
                                          "0.25,echo,0.5,0\n"),
                                    catalogue_);
  ASSERT_TRUE(workloads) << workloads.error().message;
  EXPECT_EQ(workloads.value(),
            (std::vector<Workload>{
                {WorkloadId{0}, ApplicationId{1}, 250ms, Seconds(2), Bytes(40'000)},
                {WorkloadId{1}, ApplicationId{0}, 250ms, Seconds(0.5), Bytes(0)},
            }));
}

TEST_F(Trace, TakesLinesOfEitherKindAndNoLastNewline) {
  const auto workloads = read_trace(
      write("arrival_s,application,slo_s,input_bytes\r\n1,echo,2,3\r\n2,echo,2,3"), catalogue_);
  ASSERT_TRUE(workloads) << workloads.error().message;
  EXPECT_EQ(workloads.value().size(), 2u);
}

TEST_F(Trace, ComesBackAsItWasWritten) {
  RandomStream random = RandomStreams(7).stream("trace");
  std::vector<Workload> workloads;
  SimTime now{0};
  for (std::uint64_t i = 0; i < 2000; ++i) {
    now += SimTime(static_cast<std::int64_t>(random.exponential(4e11)));
    workloads.push_back({WorkloadId{i}, ApplicationId{static_cast<std::uint32_t>(random.below(2))},
                         now, Seconds(random.exponential(3.0) + 1e-9),
                         Bytes(random.exponential(1e6))});
  }
  ASSERT_TRUE(write_trace(file_, workloads, catalogue_));
  const auto read = read_trace(file_, catalogue_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read.value(), workloads);
}

TEST_F(Trace, SaysWhereItCannotWrite) {
  const Status status = write_trace("/nowhere/trace.csv", {}, catalogue_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "/nowhere/trace.csv: cannot be written");
}

TEST_F(Trace, ReadsTheArrivalsOfAzureLlmTraces) {
  const auto arrivals =
      read_azure_llm_arrivals(write("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                    "2023-11-16 23:59:59.5000000,4808,10\n"
                                    "2023-11-17 00:00:01.2500000,3180,8\n"));
  ASSERT_TRUE(arrivals) << arrivals.error().message;
  EXPECT_EQ(arrivals.value(), (std::vector<SimTime>{23h + 59min + 59s + 500ms, 24h + 1250ms}));
}

TEST_F(Trace, RefusesAzureTimestampsThatAreNone) {
  for (const char* timestamp : {"", "2023-11-16", "2023-11-16T23:59:59", "2023-11-16 25:00:00",
                                "2023-11-32 10:00:00", "2023-11-16 10:00:xx"}) {
    const auto arrivals = read_azure_llm_arrivals(
        write(std::string("TIMESTAMP,ContextTokens,GeneratedTokens\n") + timestamp + ",1,2\n"));
    ASSERT_FALSE(arrivals) << timestamp;
    EXPECT_EQ(arrivals.error().message,
              file_.string() + ":2: TIMESTAMP: found '" + timestamp +
                  "', expected a date and time such as 2023-11-16 18:17:03.9799600");
  }
  const auto backwards =
      read_azure_llm_arrivals(write("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                    "2023-11-16 10:00:01.0,1,2\n2023-11-16 10:00:00.9,1,2\n"));
  ASSERT_FALSE(backwards);
  EXPECT_EQ(backwards.error().message,
            file_.string() +
                ":3: TIMESTAMP: found '2023-11-16 10:00:00.9', expected no earlier than the line "
                "before");
}

TEST_F(Trace, CountsArrivalsPerStepFromTheFirstOn) {
  const std::vector<SimTime> arrivals{10s, 10s, 11s, 14s, 15s, 16s};
  // [10, 12), [12, 14), [14, 16); the last arrival lies behind.
  EXPECT_EQ(arrivals_per_step(arrivals, 2s, 3), (std::vector<double>{3, 0, 2}));
}

}  // namespace
}  // namespace scinet
