#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "bench/anchor_job.h"
#include "bench/fork_case.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSecond = 1'000'000'000;  // operations of one second

class AnchorTraceFile : public testing::Test {
 protected:
  AnchorTraceFile() { fs::create_directories(folder_); }
  ~AnchorTraceFile() override { fs::remove_all(folder_); }

  // Two hosts, three tasks.
  static AnchorTrace small() {
    return {.hosts = 2,
            .cores = 4,
            .speed = kSecond,
            .tasks = {{0.0, kSecond, 0}, {0.5, kSecond, 1}, {0.5, 2 * kSecond, 1}}};
  }

  std::string message_for(const AnchorTrace& trace, bool needs_hosts = true) {
    EXPECT_TRUE(write_anchor_trace(trace, file_));
    return message(needs_hosts);
  }

  // Of a file in which the number at `place` of the header is `value`.
  std::string message_for_header(std::size_t place, std::uint64_t value) {
    EXPECT_TRUE(write_anchor_trace(small(), file_));
    std::fstream out(file_, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(8 * place));
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
    out.close();
    return message(true);
  }

  std::string message(bool needs_hosts) {
    const Result<AnchorTrace> trace = read_anchor_trace(file_, needs_hosts);
    if (trace) return "ok";
    // The message begins with the name of the file.
    EXPECT_EQ(trace.error().message.rfind(file_.string(), 0), 0u) << trace.error().message;
    return trace.error().message.substr(
        std::min(file_.string().size() + 2, trace.error().message.size()));
  }

  fs::path folder_ = fs::temp_directory_path() / ("scinet-anchor-" + std::to_string(getpid()));
  fs::path file_ = folder_ / "trace";
};

TEST_F(AnchorTraceFile, ReadsWhatWasWritten) {
  ASSERT_TRUE(write_anchor_trace(small(), file_));
  EXPECT_EQ(fs::file_size(file_), 64u + 3 * 24u);
  const Result<AnchorTrace> read = read_anchor_trace(file_, true);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read.value(), small());
}

TEST_F(AnchorTraceFile, HasTheLayoutThatOtherEnginesRead) {
  ASSERT_TRUE(write_anchor_trace({.hosts = 2, .tasks = {{0.5, 3, 1}}}, file_));
  std::ifstream in(file_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // "100BOJSP" is the magic number with its lowest byte first; 1e9 is 0x3b9aca00, 0.5 is 0x3fe0...
  std::string expected = "100BOJSP";
  for (const std::array<unsigned char, 8>& number : {std::array<unsigned char, 8>{2},
                                                     {4},
                                                     {1},
                                                     {0x00, 0xca, 0x9a, 0x3b},
                                                     {},
                                                     {},
                                                     {},
                                                     {0, 0, 0, 0, 0, 0, 0xe0, 0x3f},
                                                     {3},
                                                     {1}}) {
    expected.append(number.begin(), number.end());
  }
  EXPECT_EQ(bytes, expected);
}

TEST_F(AnchorTraceFile, RefusesWhatCannotBeRun) {
  EXPECT_EQ(message_for(small()), "ok");
  EXPECT_EQ(message_for_header(0, 7),
            "begins with 0x0000000000000007; a trace of the anchor job begins with "
            "0x50534a4f42303031, little endian");
  EXPECT_EQ(message_for_header(1, 0), "has 0 hosts; it needs at least 1");
  EXPECT_EQ(message_for_header(2, 0), "has 0 cores of a host; it needs at least 1");
  EXPECT_EQ(message_for_header(3, 0), "has 0 tasks; it needs at least 1");
  EXPECT_EQ(message_for_header(4, 0), "has 0 operations a second of a core; it needs at least 1");
  EXPECT_EQ(message_for_header(6, 1), "number 6 of its header is 1; it must be 0");
  EXPECT_EQ(message_for_header(1, UINT64_MAX),
            "has 18446744073709551615 hosts; at most 1000000 can be run");
  // 2^61 tasks: 24 bytes each would wrap around in 64 bits.
  EXPECT_EQ(message_for_header(3, std::uint64_t{1} << 61),
            "has 2305843009213693952 tasks; at most 100000000 can be run");
  EXPECT_EQ(message_for_header(3, 4), "has 136 bytes; with 4 tasks it must have 160");
  EXPECT_EQ(message_for_header(3, 2), "has 136 bytes; with 2 tasks it must have 112");
}

TEST_F(AnchorTraceFile, RefusesImpossibleTasks) {
  const auto with = [](AnchorTask task) {
    AnchorTrace trace = small();
    trace.tasks[1] = task;
    return trace;
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(message_for(with({kNan, 1, 0})),
            "task 1 arrives at nan s; it must be from 0 to 1000000000 s");
  EXPECT_EQ(message_for(with({kInfinite, 1, 0})),
            "task 1 arrives at inf s; it must be from 0 to 1000000000 s");
  EXPECT_EQ(message_for(with({-1.0, 1, 0})),
            "task 1 arrives at -1 s; it must be from 0 to 1000000000 s");
  EXPECT_EQ(message_for(with({0.6, 1, 0})),
            "task 2 arrives at 0.5 s, before the one ahead of it at 0.6 s; sort by arrival");
  EXPECT_EQ(message_for(with({0.5, -1, 0})),
            "task 1 has -1 operations; there cannot be less than 0");
  EXPECT_EQ(message_for(with({0.5, 1, 2})), "task 1 is given host 2; the hosts are 0 to 1");
  EXPECT_EQ(message_for(with({0.5, 1, 2}), false), "ok");  // hosts are not read
  EXPECT_EQ(
      message_for(with({0.5, INT64_MAX, 0})),
      "can take 9223372040.354776 s, all tasks on one core; at most 1000000000 s are possible");
}

TEST_F(AnchorTraceFile, RefusesFilesThatAreNone) {
  std::ofstream(file_) << "short";
  EXPECT_EQ(message(true), "has 5 bytes; the header alone has 64");
  for (const fs::path& none : {folder_ / "absent", folder_}) {
    const Result<AnchorTrace> trace = read_anchor_trace(none, true);
    ASSERT_FALSE(trace);
    EXPECT_EQ(
        trace.error().message,
        none.string() + " cannot be read; name a trace that 'scinet bench trace' has written");
  }
}

TEST_F(AnchorTraceFile, LeavesNothingWhereItCannotWrite) {
  EXPECT_FALSE(write_anchor_trace(small(), folder_));  // a directory is there
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST(AnchorTrace, HasTheLoadThatWasAsked) {
  const AnchorShape shape{.hosts = 100, .cores = 4, .tasks = 40'000, .load = 0.5};
  const AnchorTrace trace = make_anchor_trace(shape, 3);
  double work = 0.0;
  for (const AnchorTask& task : trace.tasks) {
    work += static_cast<double>(task.operations) / static_cast<double>(trace.speed);
    ASSERT_LT(task.host, shape.hosts);
  }
  // The standard deviation of both sums is 1 / sqrt(40000) = 0.5 %.
  EXPECT_NEAR(work / 40'000.0, 1.0, 0.02);
  EXPECT_NEAR(trace.tasks.back().arrival, 40'000 / (0.5 * 400), 0.02 * 200);
  EXPECT_EQ(trace, make_anchor_trace(shape, 3));
  EXPECT_NE(trace, make_anchor_trace(shape, 4));
}

// Host 0 runs one task over [0, 1]. Host 1 runs two from 0.5, one until 1.5 and one until 2.5.
TEST(AnchorJob, RunsTasksOnTheirGivenHosts) {
  const AnchorTrace trace{.hosts = 2,
                          .cores = 4,
                          .speed = kSecond,
                          .tasks = {{0.0, kSecond, 0}, {0.5, kSecond, 1}, {0.5, 2 * kSecond, 1}}};
  AnchorJob job(trace, AnchorPlacement::kGiven);
  job.run();
  using namespace std::chrono_literals;
  EXPECT_EQ(job.finishes(), (std::vector<SimTime>{1s, 1500ms, 2500ms}));
  const AnchorResult result = job.result();
  EXPECT_EQ(result.tasks, 3u);
  EXPECT_DOUBLE_EQ(result.makespan.count(), 2.5);
  EXPECT_DOUBLE_EQ(result.mean_response.count(), (1.0 + 1.0 + 2.0) / 3.0);
  // Host 0: 140 J in [0, 1], 150 J idle. Host 1: 50 J idle, 160 J with two, 140 J with one.
  EXPECT_DOUBLE_EQ(result.energy.value(), 140.0 + 150.0 + 50.0 + 160.0 + 140.0);
}

TEST(AnchorJob, ChoosesTheHostWithTheFewestRunningTasks) {
  AnchorTrace trace{.hosts = 2, .cores = 1, .speed = kSecond, .tasks = {}};
  trace.tasks = {{0.0, 4 * kSecond, 1}, {0.0, kSecond, 0}, {2.0, kSecond, 0}, {2.0, kSecond, 0}};
  AnchorJob job(trace, AnchorPlacement::kLeastRunning);
  job.run();
  using namespace std::chrono_literals;
  // Task 0 on host 0, 1 on host 1 until 1 s, 2 on host 1 until 3 s, and 3 on host 0 of the two with
  // one task each: it shares with task 0, which has 2 s left, over [2, 4]; task 0 ends at 5 s.
  EXPECT_EQ(job.finishes(), (std::vector<SimTime>{5s, 1s, 3s, 4s}));
}

TEST(AnchorJob, HasTheSamePowerAtTheSameShareOfBusyCores) {
  // Two hosts of 8 cores: 2 busy of 8 are as 1 of 4, so 140 W and 100 W for one second.
  const AnchorTrace trace{
      .hosts = 2, .cores = 8, .speed = kSecond, .tasks = {{0.0, kSecond, 0}, {0.0, kSecond, 0}}};
  AnchorJob job(trace, AnchorPlacement::kGiven);
  job.run();
  EXPECT_DOUBLE_EQ(job.result().energy.value(), 240.0);
}

TEST(LeastRunning, AgreesWithALinearSearch) {
  for (const std::uint32_t hosts : {1u, 37u, 64u, 65u, 5000u}) {
    RandomStream random(hosts);
    LeastRunning running(hosts);
    std::vector<int> counts(hosts, 0);
    for (int step = 0; step < 2000; ++step) {
      const auto least = std::ranges::min_element(counts);
      ASSERT_EQ(running.first().value, least - counts.begin()) << hosts << ", step " << step;
      const HostId host{static_cast<std::uint32_t>(random.below(std::min(hosts, 100u)))};
      const bool ends = counts[host.value] > 0 && random.below(2) == 0;
      counts[host.value] += ends ? -1 : 1;
      ends ? running.finish_on(host) : running.start_on(host);
    }
  }
}

TEST(ForkCase, ScoresTheSameEachTime) {
  const ForkCase fork(16, 40, 5);
  const double score = fork.score();
  EXPECT_EQ(fork.score(), score);
  EXPECT_EQ(fork.view().workloads.size(), 44u);
  EXPECT_EQ(fork.base().finished().entries().size(), 0u);
}

// Forks of one twin share nothing that changes, so threads need no lock.
TEST(ForkCase, ForksRunOnAnyThread) {
  const ForkCase fork(16, 40, 5);
  const double expected = fork.score();
  std::array<int, 4> different{};
  {
    std::vector<std::jthread> threads;
    for (int& count : different) {
      threads.emplace_back([&fork, &count, expected] {
        for (int i = 0; i < 200; ++i) count += fork.score() == expected ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(different, (std::array<int, 4>{}));
}

}  // namespace
}  // namespace scinet
