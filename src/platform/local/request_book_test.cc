#include "platform/local/request_book.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr HostId kA{0};
constexpr HostId kB{1};

// Two hosts of 100 MIPS; `read` takes 1 s whole, or 1 s and 3 s in two fragments.
Catalogue make_catalogue() {
  HostType type;
  type.name = "plain";
  type.speed = Mips(100);
  const auto fragment = [](double work) {
    Fragment made;
    made.work.mean = Mi(work);
    return made;
  };
  Strategy whole{"whole", 0.9, "test", {fragment(100)}};
  Strategy layer{"layer", 0.9, "test", {fragment(100), fragment(300)}};
  return {{type}, {{"read", {whole, layer}}, {"blur", {whole}}}};
}

class RequestBookTest : public ::testing::Test {
 protected:
  WorkloadId arrive(SimTime now = 0s) {
    return book_.arrive(ApplicationId{0}, Seconds(1), Bytes(10), now);
  }
  int place_whole(WorkloadId id, HostId host, SimTime now = 0s) {
    return book_.apply({.power = {},
                        .deployments = {{id, StrategyId{0}}},
                        .placements = {{id, FragmentId{0}, host}},
                        .deferrals = {}},
                       all_, now);
  }
  int place_chain(WorkloadId id, HostId first, HostId second) {
    return book_.apply({.power = {},
                        .deployments = {{id, StrategyId{1}}},
                        .placements = {{id, FragmentId{0}, first}, {id, FragmentId{1}, second}},
                        .deferrals = {}},
                       all_, 0s);
  }
  std::vector<TaskState> states(SimTime now) {
    std::vector<TaskState> states;
    const std::vector<WorkloadView> views = book_.views(now);
    for (const TaskView& task : views.front().tasks) states.push_back(task.state);
    return states;
  }

  const Catalogue catalogue_ = make_catalogue();
  RequestBook book_{catalogue_, {{HostTypeId{0}, 1, 2}, {HostTypeId{0}, 1, 2}}};
  const std::vector<bool> all_{true, true};
};

TEST_F(RequestBookTest, FollowsARequestFromArrivalToAnswer) {
  const WorkloadId id = arrive(1s);
  EXPECT_EQ(id, WorkloadId{0});
  EXPECT_TRUE(book_.any_unplaced());
  EXPECT_TRUE(book_.dispatch(all_, 1s).empty());
  EXPECT_EQ(place_whole(id, kB, 2s), 0);
  EXPECT_FALSE(book_.any_unplaced());
  EXPECT_TRUE(book_.uses(kB));
  EXPECT_EQ(book_.dispatch(all_, 2s), std::vector<WorkloadId>{id});
  EXPECT_EQ(book_.in_flight(kB), 1);
  EXPECT_TRUE(book_.is_under_way(id, 1));
  book_.finish(id, 4s);
  EXPECT_EQ(book_.open_count(), 0u);
  EXPECT_EQ(book_.in_flight(kB), 0);
  EXPECT_FALSE(book_.uses(kB));

  const std::vector<WorkloadOutcome> outcomes = book_.outcomes();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].deployed_at, SimTime(2s));
  ASSERT_EQ(outcomes[0].tasks.size(), 1u);
  EXPECT_EQ(outcomes[0].tasks[0].host, kB);
  EXPECT_EQ(outcomes[0].finish, SimTime(4s));
  EXPECT_EQ(outcomes[0].attempts, 1);
}

TEST_F(RequestBookTest, SendsNothingToHostsThatAreNotReachable) {
  const WorkloadId id = arrive();
  place_chain(id, kA, kB);
  EXPECT_TRUE(book_.dispatch({true, false}, 0s).empty());
  EXPECT_EQ(book_.dispatch({true, true}, 0s).size(), 1u);
}

TEST_F(RequestBookTest, SendsTheOldestFirstAndNoMoreThanAHostHasPlaces) {
  std::vector<WorkloadId> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(arrive());
    place_whole(ids.back(), kA);
  }
  EXPECT_EQ(book_.dispatch(all_, 0s), (std::vector<WorkloadId>{ids[0], ids[1]}));
  EXPECT_TRUE(book_.dispatch(all_, 0s).empty());
  book_.finish(ids[1], 1s);
  EXPECT_EQ(book_.dispatch(all_, 1s), std::vector<WorkloadId>{ids[2]});
}

TEST_F(RequestBookTest, ALostHostUnplacesItsTasksAndOnlyThose) {
  const WorkloadId chain = arrive();
  const WorkloadId other = arrive();
  place_chain(chain, kA, kB);
  place_whole(other, kA);
  book_.dispatch(all_, 0s);
  book_.lose_host(kB, 2s);

  EXPECT_FALSE(book_.is_under_way(chain, 1));
  EXPECT_TRUE(book_.is_under_way(other, 1));
  EXPECT_EQ(book_.in_flight(kA), 1);
  EXPECT_EQ(book_.in_flight(kB), 0);
  EXPECT_EQ(states(0s), (std::vector<TaskState>{TaskState::kQueued, TaskState::kUnplaced}));

  book_.apply({{}, {}, {{chain, FragmentId{1}, kA}}, {}}, all_, 1s);
  EXPECT_EQ(book_.dispatch(all_, 1s), std::vector<WorkloadId>{chain});
  EXPECT_TRUE(book_.is_under_way(chain, 2));
  EXPECT_EQ(book_.in_flight(kA), 2) << "a chain on one host takes one place";
}

TEST_F(RequestBookTest, AFailedAttemptAsksForHostsAgainButKeepsItsStrategy) {
  const WorkloadId id = arrive();
  place_chain(id, kA, kB);
  book_.dispatch(all_, 0s);
  book_.fail_attempt(id, 2s);
  EXPECT_EQ(states(0s), (std::vector<TaskState>{TaskState::kUnplaced, TaskState::kUnplaced}));
  EXPECT_EQ(book_.at(id).strategy, StrategyId{1});
  EXPECT_FALSE(book_.is_under_way(id, 1));
}

TEST_F(RequestBookTest, RefusesWhatNoLongerFits) {
  const WorkloadId id = arrive();
  EXPECT_EQ(
      book_.apply({{}, {{id, StrategyId{0}}}, {{id, FragmentId{0}, kA}}, {}}, {false, true}, 0s),
      1);
  EXPECT_TRUE(book_.any_unplaced());
  book_.apply({{}, {}, {{id, FragmentId{0}, kB}}, {}}, all_, 0s);
  EXPECT_EQ(place_whole(id, kA), 2) << "it has a strategy and a host";
  book_.dispatch(all_, 0s);
  book_.finish(id, 1s);
  EXPECT_EQ(place_whole(id, kA), 2) << "it is answered";
}

TEST_F(RequestBookTest, TellsWhereARequestShouldBe) {
  const WorkloadId first = arrive();
  place_chain(first, kA, kB);
  EXPECT_EQ(states(0s), (std::vector<TaskState>{TaskState::kQueued, TaskState::kBlocked}));
  book_.dispatch(all_, 10s);
  // The fragments take 1 s and 3 s.
  EXPECT_EQ(states(10500ms), (std::vector<TaskState>{TaskState::kRunning, TaskState::kBlocked}));
  EXPECT_DOUBLE_EQ(book_.views(10500ms)[0].tasks[0].progress, 0.5);
  EXPECT_EQ(states(11500ms), (std::vector<TaskState>{TaskState::kDone, TaskState::kRunning}));
  EXPECT_NEAR(book_.views(12500ms)[0].tasks[1].progress, 0.5, 1e-9);
  EXPECT_DOUBLE_EQ(book_.views(99s)[0].tasks[1].progress, 0.99) << "done is what is answered";
}

TEST_F(RequestBookTest, TellsSinceWhenATaskIsInItsState) {
  const auto since = [this](SimTime now) {
    std::vector<SimTime> moments;
    const std::vector<WorkloadView> views = book_.views(now);
    for (const TaskView& task : views.front().tasks) moments.push_back(task.since);
    return moments;
  };
  const WorkloadId id = arrive();
  book_.apply({{}, {{id, StrategyId{1}}}, {{id, FragmentId{0}, kA}}, {}}, all_, 1s);
  book_.apply({{}, {}, {{id, FragmentId{1}, kB}}, {}}, all_, 2s);
  EXPECT_EQ(book_.views(3s)[0].deployed_at, SimTime(1s));
  EXPECT_EQ(since(3s), (std::vector<SimTime>{1s, 2s})) << "queued and blocked since placed";
  book_.dispatch(all_, 10s);
  EXPECT_EQ(since(10500ms), (std::vector<SimTime>{10s, 2s})) << "running since it was sent";
  EXPECT_EQ(since(12s), (std::vector<SimTime>{11s, 11s})) << "the first takes 1 s";
  book_.lose_host(kB, 13s);
  EXPECT_EQ(since(14s), (std::vector<SimTime>{1s, 13s})) << "waits again, and is unplaced";
}

TEST_F(RequestBookTest, TellsWhatWasMeasuredOfTheTasks) {
  const WorkloadId id = arrive();
  place_whole(id, kB);
  book_.dispatch(all_, 0s);
  const TaskOutcome measured{
      .host = kB, .queued = 1s, .start = 2s, .finish = 3s, .cpu = Seconds(0.5)};
  book_.finish(id, 4s, {measured});
  EXPECT_EQ(book_.outcomes()[0].tasks, std::vector<TaskOutcome>{measured});
}

TEST_F(RequestBookTest, OnlyTheFirstRequestsOfABusyHostRun) {
  for (int i = 0; i < 2; ++i) place_whole(arrive(), kA);
  book_.dispatch(all_, 0s);
  const std::vector<WorkloadView> views = book_.views(500ms);
  EXPECT_EQ(views[0].tasks[0].state, TaskState::kRunning);
  EXPECT_EQ(views[1].tasks[0].state, TaskState::kQueued);
}

TEST_F(RequestBookTest, CountsArrivalsOfTheLastMinute) {
  for (int i = 0; i < 30; ++i) arrive(0s);
  EXPECT_EQ(book_.arrival_rates(0s), (std::vector<double>{30.0, 0.0}));
  EXPECT_NEAR(book_.arrival_rates(10s)[0], 3.0, 1e-9);
  EXPECT_NEAR(book_.arrival_rates(60s)[0], 0.5, 1e-9);
  EXPECT_DOUBLE_EQ(book_.arrival_rates(61s)[0], 0.0);
  book_.arrive(ApplicationId{1}, Seconds(1), Bytes(0), 61s);
  EXPECT_NEAR(book_.arrival_rates(62s)[1], 1.0 / 60.0, 1e-9);
}

TEST_F(RequestBookTest, GivesUpWithoutAFinish) {
  const WorkloadId id = arrive();
  place_whole(id, kA);
  book_.dispatch(all_, 0s);
  book_.give_up(id);
  EXPECT_EQ(book_.open_count(), 0u);
  EXPECT_EQ(book_.in_flight(kA), 0);
  EXPECT_EQ(book_.outcomes()[0].finish, std::nullopt);
}

}  // namespace
}  // namespace scinet
