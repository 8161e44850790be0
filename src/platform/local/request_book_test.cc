#include "platform/local/request_book.h"

#include <gtest/gtest.h>

#include <string>

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr HostId kA{0};
constexpr HostId kB{1};
constexpr HostId kC{2};
constexpr StrategyId kWhole{0};
constexpr StrategyId kLayer{1};
constexpr StrategyId kDiamond{2};

// Hosts of 100 MIPS; `read` takes 1 s whole, 1 s and 3 s in two fragments, or 1 s and 3 s side by
// side and then 1 s.
Catalogue make_catalogue() {
  HostType type;
  type.name = "plain";
  type.speed = Mips(100);
  const auto fragment = [](double work, std::vector<FragmentId> inputs) {
    Fragment made;
    made.work.mean = Mi(work);
    made.inputs = std::move(inputs);
    return made;
  };
  const FragmentId first{0};
  const FragmentId second{1};
  Strategy whole{"whole", 0.9, "test", {fragment(100, {})}};
  Strategy layer{"layer", 0.9, "test", {fragment(100, {}), fragment(300, {first})}};
  Strategy diamond{"semantic",
                   0.9,
                   "test",
                   {fragment(100, {}), fragment(300, {}), fragment(100, {first, second})}};
  return {{type}, {{"read", {whole, layer, diamond}}, {"blur", {whole}}}};
}

class RequestBookTest : public ::testing::Test {
 protected:
  WorkloadId arrive(SimTime now = 0s) {
    return book_.arrive(ApplicationId{0}, Seconds(1), Bytes(10), now);
  }
  // A request with this strategy, its fragments on these hosts.
  int place(WorkloadId id, StrategyId strategy, std::vector<HostId> hosts, SimTime now = 0s) {
    Plan plan;
    plan.deployments = {{id, strategy}};
    for (std::uint32_t i = 0; i < hosts.size(); ++i) {
      plan.placements.push_back({id, FragmentId{i}, hosts[i]});
    }
    return book_.apply(plan, all_, now);
  }
  int place_again(WorkloadId id, std::uint32_t fragment, HostId host, SimTime now = 0s) {
    return book_.apply({{}, {}, {{id, FragmentId{fragment}, host}}, {}}, all_, now);
  }
  WorkloadId placed(StrategyId strategy, std::vector<HostId> hosts) {
    const WorkloadId id = arrive();
    EXPECT_EQ(place(id, strategy, std::move(hosts)), 0);
    return id;
  }
  static TaskRun run(WorkloadId id, std::uint32_t fragment, int attempt = 1) {
    return {id, FragmentId{fragment}, attempt};
  }
  using Runs = std::vector<TaskRun>;
  Runs dispatch(SimTime now = 0s) { return book_.dispatch(all_, now); }
  void finish_task(const TaskRun& done, SimTime now = 1s) {
    ASSERT_TRUE(book_.is_under_way(done));
    book_.finish_task(done, now, {.host = *host_of(done)});
  }
  std::optional<HostId> host_of(const TaskRun& task) {
    return book_.at(task.workload).tasks[task.fragment.value].host;
  }
  // U(nplaced), B(locked), Q(ueued), R(unning), D(one), of the first open request.
  std::string states(SimTime now = 100s) {
    std::string states;
    const std::vector<WorkloadView> views = book_.views(now);
    for (const TaskView& task : views.front().tasks) {
      EXPECT_EQ(task.host.has_value(), task.state != TaskState::kUnplaced);
      states += "UBQRD"[static_cast<std::size_t>(task.state)];
    }
    return states;
  }
  std::vector<SimTime> since(SimTime now) {
    std::vector<SimTime> moments;
    const std::vector<WorkloadView> views = book_.views(now);
    for (const TaskView& task : views.front().tasks) moments.push_back(task.since);
    return moments;
  }

  const Catalogue catalogue_ = make_catalogue();
  RequestBook book_{catalogue_,
                    {{HostTypeId{0}, 1, 2}, {HostTypeId{0}, 1, 2}, {HostTypeId{0}, 1, 2}}};
  const std::vector<bool> all_{true, true, true};
};

TEST_F(RequestBookTest, FollowsARequestFromArrivalToAnswer) {
  const WorkloadId id = arrive(1s);
  EXPECT_EQ(id, WorkloadId{0});
  EXPECT_TRUE(book_.any_unplaced());
  EXPECT_TRUE(dispatch(1s).empty());
  EXPECT_EQ(place(id, kWhole, {kB}, 2s), 0);
  EXPECT_FALSE(book_.any_unplaced());
  EXPECT_TRUE(book_.uses(kB));
  EXPECT_EQ(dispatch(2s), Runs{run(id, 0)});
  EXPECT_EQ(book_.in_flight(kB), 1);
  EXPECT_TRUE(book_.is_under_way(run(id, 0)));
  const TaskOutcome measured{
      .host = kB, .queued = 1s, .start = 2s, .finish = 3s, .cpu = Seconds(0.5)};
  book_.finish_task(run(id, 0), 4s, measured);
  book_.finish(id, 4s);
  EXPECT_EQ(book_.open_count(), 0u);
  EXPECT_EQ(book_.in_flight(kB), 0);
  EXPECT_FALSE(book_.uses(kB));
  EXPECT_FALSE(book_.is_under_way(run(id, 0)));

  const std::vector<WorkloadOutcome> outcomes = book_.outcomes();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].deployed_at, SimTime(2s));
  EXPECT_EQ(outcomes[0].tasks, std::vector<TaskOutcome>{measured});
  EXPECT_EQ(outcomes[0].finish, SimTime(4s));
  EXPECT_EQ(outcomes[0].attempts, 1);
}

TEST_F(RequestBookTest, SendsEachFragmentWhenItsInputsAreDone) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  EXPECT_EQ(states(), "QQB");
  EXPECT_EQ(dispatch(), (Runs{run(id, 0), run(id, 1)})) << "branches run side by side";
  EXPECT_EQ(states(), "RRB");
  finish_task(run(id, 0));
  EXPECT_TRUE(dispatch().empty());
  EXPECT_EQ(states(), "DRB");
  finish_task(run(id, 1));
  EXPECT_EQ(states(), "DDQ");
  EXPECT_EQ(dispatch(), Runs{run(id, 2)});
  EXPECT_EQ(states(), "DDR");
  EXPECT_EQ(book_.in_flight(kA) + book_.in_flight(kB), 0);
  EXPECT_EQ(book_.in_flight(kC), 1);
}

TEST_F(RequestBookTest, SendsAFragmentAsSoonAsItIsPlaced) {
  const WorkloadId id = arrive();
  place(id, kDiamond, {kA});
  EXPECT_EQ(dispatch(), Runs{run(id, 0)});
  EXPECT_EQ(states(), "RUU");
  place_again(id, 1, kB);
  EXPECT_EQ(dispatch(), Runs{run(id, 1)});
}

TEST_F(RequestBookTest, SendsNothingToHostsThatAreNotReachable) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  EXPECT_EQ(book_.dispatch({false, true, true}, 0s), Runs{run(id, 1)});
  EXPECT_EQ(dispatch(), Runs{run(id, 0)});
}

TEST_F(RequestBookTest, SendsTheOldestFirstAndNoMoreThanAHostHasPlaces) {
  std::vector<WorkloadId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(placed(kWhole, {kA}));
  EXPECT_EQ(dispatch(), (Runs{run(ids[0], 0), run(ids[1], 0)}));
  EXPECT_TRUE(dispatch().empty());
  book_.finish(ids[1], 1s);
  EXPECT_EQ(dispatch(), Runs{run(ids[2], 0)});
}

// The diamond on A, B and C; each host lost at each stage.
TEST_F(RequestBookTest, AHostThatIsLostBeforeTheBranchesAreDoneTakesOnlyItsBranch) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  dispatch();
  book_.lose_host(kA, 2s, 0s);
  EXPECT_EQ(states(), "URB");
  EXPECT_FALSE(book_.is_under_way(run(id, 0)));
  EXPECT_TRUE(book_.is_under_way(run(id, 1)));
  EXPECT_EQ(book_.in_flight(kA), 0);
  book_.lose_host(kC, 2s, 0s);
  EXPECT_EQ(states(), "URU");
  place_again(id, 0, kB);
  EXPECT_EQ(dispatch(), Runs{run(id, 0, 2)});
  EXPECT_EQ(book_.outcomes()[0].attempts, 2);
}

TEST_F(RequestBookTest, AnOutputThatIsLostBeforeItIsUsedIsMadeAgain) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  dispatch();
  finish_task(run(id, 0));
  book_.lose_host(kA, 2s, 0s);
  EXPECT_EQ(states(), "URB") << "done, but the merge needs what it made";
  EXPECT_EQ(book_.outcomes()[0].tasks[0].finish, SimTime(0));
  finish_task(run(id, 1));
  EXPECT_TRUE(dispatch().empty());
  place_again(id, 0, kB);
  EXPECT_EQ(dispatch(), Runs{run(id, 0, 2)});
  finish_task(run(id, 0, 2));
  EXPECT_EQ(dispatch(), Runs{run(id, 2)});
}

TEST_F(RequestBookTest, AHostThatIsLostAfterItsOutputWasFetchedTakesNothing) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  dispatch(0s);
  finish_task(run(id, 0));
  finish_task(run(id, 1));
  dispatch(2s);
  book_.lose_host(kA, 5s, 3s);
  EXPECT_EQ(states(), "DDR") << "it was heard of after the merge was sent";
  // If the merge had not got it after all, or must run again, the branch does too.
  book_.lose_host(kC, 6s, 5s);
  EXPECT_EQ(states(), "UDU");
}

TEST_F(RequestBookTest, WhatWasSentSinceAHostWasLastHeardOfIsSentAgain) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  dispatch(0s);
  finish_task(run(id, 0));
  finish_task(run(id, 1));
  dispatch(4s);
  book_.lose_host(kA, 5s, 3s);
  EXPECT_EQ(states(), "UDB") << "the merge keeps its host and waits there";
  EXPECT_FALSE(book_.is_under_way(run(id, 2)));
  EXPECT_EQ(book_.in_flight(kC), 0);
}

TEST_F(RequestBookTest, EverythingThatIsLostAtOnceIsMadeAgain) {
  const WorkloadId id = placed(kLayer, {kA, kA});
  dispatch();
  finish_task(run(id, 0));
  dispatch();
  book_.lose_host(kA, 2s, 0s);
  EXPECT_EQ(states(), "UU");
  EXPECT_EQ(book_.in_flight(kA), 0);
}

TEST_F(RequestBookTest, AnInputThatCannotBeHadIsMadeAgainAndNothingElse) {
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  dispatch();
  finish_task(run(id, 0));
  finish_task(run(id, 1));
  dispatch();
  book_.lose_input(run(id, 2), run(id, 1), 3s);
  EXPECT_EQ(states(), "DUB");
  place_again(id, 1, kA);
  EXPECT_EQ(dispatch(), Runs{run(id, 1, 2)});
  finish_task(run(id, 1, 2));
  EXPECT_EQ(dispatch(), Runs{run(id, 2, 2)});
  // That the first output of this fragment is gone says nothing of the second.
  book_.lose_input(run(id, 2, 2), run(id, 1, 1), 5s);
  EXPECT_EQ(states(), "DDQ");
}

TEST_F(RequestBookTest, AFailedAttemptAsksForAHostAgainButKeepsWhatIsDone) {
  const WorkloadId id = placed(kLayer, {kA, kB});
  dispatch();
  finish_task(run(id, 0));
  dispatch();
  book_.fail_task(run(id, 1), 2s);
  EXPECT_EQ(states(), "DU");
  EXPECT_EQ(book_.at(id).strategy, kLayer);
  EXPECT_FALSE(book_.is_under_way(run(id, 1)));
  place_again(id, 1, kC);
  EXPECT_EQ(dispatch(), Runs{run(id, 1, 2)});
  EXPECT_FALSE(book_.is_under_way(run(id, 1))) << "a late answer of the first attempt";
  EXPECT_TRUE(book_.is_under_way(run(id, 1, 2)));
}

TEST_F(RequestBookTest, AHostStaysAsLongAsItHasWorkOrOutputsThatAPlacedTaskNeeds) {
  const WorkloadId id = arrive();
  place(id, kLayer, {kA});
  dispatch();
  finish_task(run(id, 0));
  EXPECT_FALSE(book_.uses(kA)) << "nothing is placed that needs it: it is lost when the host stops";
  place_again(id, 1, kB);
  EXPECT_TRUE(book_.uses(kA));
  dispatch();
  EXPECT_TRUE(book_.uses(kA)) << "it may be on its way";
  book_.finish(id, 3s);
  EXPECT_FALSE(book_.uses(kA));
}

TEST_F(RequestBookTest, OutputsGoWithAHostThatLeaves) {
  const WorkloadId id = arrive();
  place(id, kLayer, {kA});
  dispatch();
  finish_task(run(id, 0));
  book_.lose_outputs(kB, 2s);
  EXPECT_EQ(states(), "DU");
  book_.lose_outputs(kA, 2s);
  EXPECT_EQ(states(), "UU");
}

TEST_F(RequestBookTest, RefusesWhatNoLongerFits) {
  const WorkloadId id = arrive();
  EXPECT_EQ(
      book_.apply({{}, {{id, kWhole}}, {{id, FragmentId{0}, kA}}, {}}, {false, true, true}, 0s), 1);
  EXPECT_TRUE(book_.any_unplaced());
  place_again(id, 0, kB);
  EXPECT_EQ(place(id, kWhole, {kA}), 2) << "it has a strategy and a host";
  EXPECT_EQ(place_again(id, 1, kA), 1) << "there is no such fragment";
  dispatch();
  book_.finish(id, 1s);
  EXPECT_EQ(place(id, kWhole, {kA}), 2) << "it is answered";
}

TEST_F(RequestBookTest, TellsHowFarATaskShouldBe) {
  const WorkloadId id = placed(kLayer, {kA, kB});
  EXPECT_EQ(states(), "QB");
  dispatch(10s);
  EXPECT_DOUBLE_EQ(book_.views(10500ms)[0].tasks[0].progress, 0.5);
  EXPECT_DOUBLE_EQ(book_.views(99s)[0].tasks[0].progress, 0.99) << "done is what has answered";
  finish_task(run(id, 0), 12s);
  dispatch(12s);
  EXPECT_DOUBLE_EQ(book_.views(12s)[0].tasks[0].progress, 1.0);
  EXPECT_NEAR(book_.views(13500ms)[0].tasks[1].progress, 0.5, 1e-9);
}

TEST_F(RequestBookTest, TellsSinceWhenATaskIsInItsState) {
  const WorkloadId id = arrive();
  place(id, kLayer, {kA}, 1s);
  place_again(id, 1, kB, 2s);
  EXPECT_EQ(book_.views(3s)[0].deployed_at, SimTime(1s));
  EXPECT_EQ(since(3s), (std::vector<SimTime>{1s, 2s})) << "queued and blocked since placed";
  dispatch(10s);
  EXPECT_EQ(since(11s), (std::vector<SimTime>{10s, 2s})) << "running since it was sent";
  finish_task(run(id, 0), 12s);
  EXPECT_EQ(since(12s), (std::vector<SimTime>{12s, 12s})) << "queued since its input is done";
  dispatch(13s);
  book_.lose_host(kB, 14s, 13s);
  EXPECT_EQ(since(14s), (std::vector<SimTime>{12s, 14s})) << "unplaced since its host was lost";
}

TEST_F(RequestBookTest, OnlyTheFirstFragmentsOfABusyHostRun) {
  placed(kDiamond, {kA, kA, kB});
  placed(kWhole, {kB});
  dispatch();
  EXPECT_EQ(states(), "RQB");
  EXPECT_EQ(book_.views(1s)[1].tasks[0].state, TaskState::kRunning);
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
  const WorkloadId id = placed(kDiamond, {kA, kB, kC});
  dispatch();
  book_.give_up(id);
  EXPECT_EQ(book_.open_count(), 0u);
  EXPECT_EQ(book_.in_flight(kA) + book_.in_flight(kB), 0);
  EXPECT_EQ(book_.outcomes()[0].finish, std::nullopt);
}

}  // namespace
}  // namespace scinet
