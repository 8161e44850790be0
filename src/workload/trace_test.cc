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
  const auto trace = read_trace(write("arrival_s,application,slo_s,input_bytes\n"
                                      "0.25,blur,2,40000\n"
                                      "0.25,echo,0.5,0\n"),
                                catalogue_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace.value().requests, (std::vector<RecordedRequest>{
                                        {250ms, ApplicationId{1}, 1.0, Seconds(2), Bytes(40'000)},
                                        {250ms, ApplicationId{0}, 1.0, Seconds(0.5), Bytes(0)},
                                    }));
}

TEST_F(Trace, FindsColumnsByNameAndDoesWithoutSome) {
  const auto trace = read_trace(write("client,application,arrival_s,slo_s,size\n"
                                      "a,blur,1,,0.5\n"
                                      "b,echo,2,3,4\n"),
                                catalogue_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace.value().requests, (std::vector<RecordedRequest>{
                                        {1s, ApplicationId{1}, 0.5, std::nullopt, std::nullopt},
                                        {2s, ApplicationId{0}, 4.0, Seconds(3), std::nullopt},
                                    }));
}

// The mean duration of blur is 2 s, of echo 0.1 s.
TEST_F(Trace, TurnsDurationsIntoSizesRelativeToTheApplication) {
  const auto trace = read_trace(write("arrival_s,application,duration_s\n"
                                      "0,blur,1\n0,echo,0.1\n1,blur,3\n"),
                                catalogue_);
  ASSERT_TRUE(trace) << trace.error().message;
  const std::vector<RecordedRequest>& requests = trace.value().requests;
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_DOUBLE_EQ(requests[0].size, 0.5);
  EXPECT_DOUBLE_EQ(requests[1].size, 1.0);
  EXPECT_DOUBLE_EQ(requests[2].size, 1.5);
}

TEST_F(Trace, TakesLinesOfEitherKindAndNoLastNewline) {
  const auto trace = read_trace(
      write("arrival_s,application,slo_s,input_bytes\r\n1,echo,2,3\r\n2,echo,2,3"), catalogue_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace.value().requests.size(), 2u);
}

TEST_F(Trace, ComesBackAsItWasWritten) {
  RandomStream random = RandomStreams(7).stream("trace");
  std::vector<RecordedRequest> requests;
  SimTime now{0};
  for (int i = 0; i < 2000; ++i) {
    now += SimTime(static_cast<std::int64_t>(random.exponential(4e11)));
    RecordedRequest request{
        .at = now,
        .application = ApplicationId{static_cast<std::uint32_t>(random.below(2))},
        .size = random.exponential(1.0) + 1e-9,
        .slo = {},
        .input = {}};
    if (random.uniform() < 0.7) request.slo = Seconds(random.exponential(3.0) + 1e-9);
    if (random.uniform() < 0.7) request.input = Bytes(random.exponential(1e6));
    requests.push_back(request);
  }
  ASSERT_TRUE(write_trace(file_, requests, catalogue_));
  const auto read = read_trace(file_, catalogue_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read.value().requests, requests);
}

TEST_F(Trace, SaysWhereItCannotWrite) {
  const Status status = write_trace("/nowhere/trace.csv", {}, catalogue_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "/nowhere/trace.csv: cannot be written");
}

// From 20 s on, five times as fast, and not more than two.
TEST_F(Trace, APartOfItIsShiftedAndScaled) {
  RecordedTrace trace{.requests = {}, .spread = Seconds(10)};
  for (const SimTime at : std::vector<SimTime>{10s, 20s, 30s, 40s}) {
    trace.requests.push_back({.at = at, .application = {}, .slo = {}, .input = {}});
  }
  const RecordedTrace part = take_part(trace, {.start = Seconds(20), .speed_up = 5.0, .limit = 2});
  EXPECT_EQ(part.spread, Seconds(2));
  ASSERT_EQ(part.requests.size(), 2u);
  EXPECT_EQ(part.requests[0].at, 0s);
  EXPECT_EQ(part.requests[1].at, 2s);
}

TEST_F(Trace, CountsArrivalsPerStepFromTheFirstOn) {
  const std::vector<SimTime> arrivals{10s, 10s, 11s, 14s, 15s, 16s};
  // [10, 12), [12, 14), [14, 16); the last arrival lies behind.
  EXPECT_EQ(arrivals_per_step(arrivals, 2s, 3), (std::vector<double>{3, 0, 2}));
}

}  // namespace
}  // namespace scinet
