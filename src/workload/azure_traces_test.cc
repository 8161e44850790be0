#include "workload/azure_traces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <string>

namespace scinet {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kRecorded =
    std::filesystem::path(SCINET_SOURCE_DIR).parent_path() / "shared/data";

class AzureTrace : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) const {
    std::ofstream(file_, std::ios::binary) << text;
    return file_;
  }
  void TearDown() override { std::filesystem::remove(file_); }

  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("scinet_azure_") +
       testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
};

std::vector<std::uint32_t> values(const std::vector<ApplicationId>& ids) {
  std::vector<std::uint32_t> all;
  for (const ApplicationId id : ids) all.push_back(id.value);
  return all;
}

// By invocations: 50 to application 0 (50/2 < 50/1), then 30 to 1 (80/2 > 30/1), 10 to 1 or 0
// (60/2 < 40/1), 10 again to 0 (70/2 < 40/1), 5 to 0 (75/2 > 35/1? no: 37.5 > 35, so to 1).
TEST(SharingOut, FollowsTheWeightsFromTheMostInvokedFunctionOn) {
  const std::vector<double> invocations{10, 50, 5, 30, 10};
  const std::vector<double> weights{2, 1};
  EXPECT_EQ(values(share_out(invocations, weights)), (std::vector<std::uint32_t>{0, 0, 1, 1, 0}));
}

TEST(SharingOut, ComesNearTheWeights) {
  std::vector<double> invocations;
  for (int i = 1; i <= 200; ++i) invocations.push_back(1000.0 / i);
  const std::vector<double> weights{5, 3, 2};
  const auto played_by = share_out(invocations, weights);
  std::vector<double> share(3, 0.0);
  for (std::size_t i = 0; i < invocations.size(); ++i) share[played_by[i].value] += invocations[i];
  const double all = std::accumulate(share.begin(), share.end(), 0.0);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(share[i] / all, weights[i] / 10, 0.01) << i;
}

constexpr std::string_view kThreeMinutes =
    "HashOwner,HashApp,HashFunction,Trigger,1,2,3\n"
    "o,a,f,http,1,0,2\n"
    "o,a,g,timer,4,0,0\n"
    "o,b,f,queue,0,0,1\n";

// g is invoked 4 times and goes to application 0, a/f 3 times to 1, and b/f to 1.
TEST_F(AzureTrace, Functions2019CountInvocationsPerMinute) {
  const std::vector<double> weights{1, 1};
  const auto trace = read_azure_functions_2019(write(kThreeMinutes), weights, {});
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace.value().spread, Seconds(60));
  const auto request = [](SimTime at, std::uint32_t application) {
    return RecordedRequest{at, ApplicationId{application}, 1.0, std::nullopt, std::nullopt};
  };
  EXPECT_EQ(trace.value().requests,
            (std::vector{request(0s, 1), request(0s, 0), request(0s, 0), request(0s, 0),
                         request(0s, 0), request(2min, 1), request(2min, 1), request(2min, 1)}));
}

// 8 requests in all; from the second minute on 3, at most 2, each minute in 30 s.
TEST_F(AzureTrace, Functions2019CanBePlayedInPart) {
  const std::vector<double> weights{1};
  const auto trace = read_azure_functions_2019(write(kThreeMinutes), weights,
                                               {.start = Seconds(60), .speed_up = 2.0, .limit = 2});
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace.value().spread, Seconds(30));
  ASSERT_EQ(trace.value().requests.size(), 2u);
  EXPECT_EQ(trace.value().requests[0].at, 30s);
}

TEST_F(AzureTrace, Functions2019SayWhatIsWrong) {
  const std::vector<double> weights{1};
  const auto sentence = [&](std::string_view text) {
    const auto trace = read_azure_functions_2019(write(text), weights, {});
    return trace ? std::string("nothing") : trace.error().message;
  };
  const std::string header = "HashOwner,HashApp,HashFunction,Trigger,1,2\n";
  EXPECT_EQ(sentence(header + "o,a,f,http,1,2.5\n"),
            file_.string() + ":2: 2: found '2.5', expected a number of invocations up to 1e9");
  EXPECT_EQ(sentence(header + "o,a,f,http,0,0\no,a,f,http,-1,0\n"),
            file_.string() + ":3: 1: found '-1', expected a number of invocations up to 1e9");
  EXPECT_EQ(sentence(header + "o,a,f,http,0\n"),
            file_.string() + ":2: found 5 fields, expected 6 as in the first line");
  EXPECT_EQ(sentence("HashOwner,HashApp,Trigger,1\n"),
            file_.string() +
                ":1: found 'HashOwner,HashApp,Trigger,1', which has no column 'HashFunction'; "
                "expected HashOwner,HashApp,HashFunction,Trigger,1");
}

// Starts are 2.5 - 0.5 = 2, 1.5 - 1.5 = 0 and 0.5 - 1 < 0. Both functions of application 0 have a
// mean of 1 s.
TEST_F(AzureTrace, Functions2021ArriveADurationBeforeTheirEnd) {
  const std::vector<double> weights{1};
  const auto trace = read_azure_functions_2021(write("app,func,end_timestamp,duration\n"
                                                     "a,f,2.5,0.5\na,g,1.5,1.5\na,f,0.5,1\n"),
                                               weights, {});
  ASSERT_TRUE(trace) << trace.error().message;
  const std::vector<RecordedRequest>& requests = trace.value().requests;
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].at, 0s);
  EXPECT_DOUBLE_EQ(requests[0].size, 1.5);
  EXPECT_EQ(requests[1].at, 0s);
  EXPECT_DOUBLE_EQ(requests[1].size, 1.0);
  EXPECT_EQ(requests[2].at, 2s);
  EXPECT_DOUBLE_EQ(requests[2].size, 0.5);
  EXPECT_EQ(trace.value().spread, Seconds(0));
}

TEST_F(AzureTrace, Functions2021SayWhatIsWrong) {
  const std::vector<double> weights{1};
  for (const std::string wrong : {"a,f,soon,1", "a,f,-1,1", "a,f,nan,1"}) {
    const auto trace = read_azure_functions_2021(
        write("app,func,end_timestamp,duration\na,f,1,1\n" + wrong + "\n"), weights, {});
    ASSERT_FALSE(trace) << wrong;
    EXPECT_EQ(trace.error().message.find(file_.string() + ":3: end_timestamp: found '"), 0u)
        << trace.error().message;
  }
}

// Tokens, a generated one for ten: 110, 220 and 30, of mean 120.
TEST_F(AzureTrace, Llm2023TurnsTokensIntoSizes) {
  const auto trace = read_azure_llm_2023(write("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                               "2023-11-16 23:59:59.5000000,10,10\n"
                                               "2023-11-17 00:00:01.2500000,20,20\n"
                                               "2023-11-17 00:00:01.2500000,30,0\n"),
                                         10.0, {});
  ASSERT_TRUE(trace) << trace.error().message;
  const std::vector<RecordedRequest>& requests = trace.value().requests;
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].at, 0s);
  EXPECT_EQ(requests[1].at, 1750ms);
  EXPECT_DOUBLE_EQ(requests[0].size, 110.0 / 120);
  EXPECT_DOUBLE_EQ(requests[1].size, 220.0 / 120);
  EXPECT_DOUBLE_EQ(requests[2].size, 30.0 / 120);
  EXPECT_FALSE(requests[0].application);
}

TEST_F(AzureTrace, LlmArrivalsCountFromMidnight) {
  const auto arrivals =
      read_azure_llm_arrivals(write("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                    "2023-11-16 23:59:59.5000000,4808,10\n"
                                    "2023-11-17 00:00:01.2500000,3180,8\n"));
  ASSERT_TRUE(arrivals) << arrivals.error().message;
  EXPECT_EQ(arrivals.value(), (std::vector<SimTime>{23h + 59min + 59s + 500ms, 24h + 1250ms}));
}

TEST_F(AzureTrace, LlmTimestampsThatAreNoneAreRefused) {
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

// The recorded files are no part of the project; where they are at hand, they are read whole.
TEST(RecordedTraces, OfFunctions2021AreRead) {
  const auto file = kRecorded / "azure-functions-2021/sample-200.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no recorded invocations at hand";
  const std::vector<double> weights{1, 1, 1};
  const auto trace = read_azure_functions_2021(file, weights, {});
  ASSERT_TRUE(trace) << trace.error().message;
  const std::vector<RecordedRequest>& requests = trace.value().requests;
  EXPECT_EQ(requests.size(), 199u);
  EXPECT_TRUE(std::ranges::is_sorted(requests, {}, &RecordedRequest::at));
  std::vector<double> count(3, 0.0);
  double sizes = 0.0;
  for (const RecordedRequest& request : requests) {
    count[request.application->value] += 1.0;
    sizes += request.size;
  }
  EXPECT_NEAR(sizes, 199, 1e-9);  // the mean of every application is 1
  for (const double each : count) EXPECT_NEAR(each, 66, 1);
}

TEST(RecordedTraces, OfLanguageModelsAreRead) {
  const auto folder = kRecorded / "azure-llm-2023";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no recorded requests at hand";
  const auto trace = read_azure_llm_2023(folder / "code.csv", 1.0, {});
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace.value().requests.size(), 8819u);
}

}  // namespace
}  // namespace scinet
