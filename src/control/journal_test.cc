#include "control/journal.h"

#include <iterator>

#include <gtest/gtest.h>

#include "control/scripted.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~JournalTest() override { fs::remove_all(directory_); }

  // One decision that fell back and one that could not be applied.
  void run_two_steps() const {
    ScriptedPlatform platform;
    Journal journal = Journal::open(directory_).value();
    std::chrono::nanoseconds time{0};
    ControlLoop loop(scripted(place_on(1), place_on(0)), platform, RandomStreams(1), journal,
                     [&] { return time += 1500ns; });
    ASSERT_TRUE(loop.step(DecisionsAsked::all()).ok());
    platform.refuses = true;
    ASSERT_FALSE(loop.step(DecisionsAsked::all()).ok());
  }

  static std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void append(std::string_view text) const {
    std::ofstream(decisions_, std::ios::binary | std::ios::app) << text;
  }

  fs::path directory_ =
      fs::path(testing::TempDir()) /
      ("journal_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  fs::path decisions_ = directory_ / "decisions.jsonl";
};

TEST_F(JournalTest, ReadsBackWhatWasDecided) {
  run_two_steps();
  const Result<JournalContents> contents = read_journal(decisions_);
  ASSERT_TRUE(contents.ok()) << contents.error().message;
  EXPECT_FALSE(contents.value().torn);
  ASSERT_EQ(contents.value().entries.size(), 2u);

  const JournalEntry& first = contents.value().entries[0];
  EXPECT_EQ(first.step, 0u);
  EXPECT_EQ(first.time, 2500ms);
  EXPECT_EQ(first.asked, DecisionsAsked::all());
  EXPECT_EQ(first.hosts, (std::vector{HostState::kOn, HostState::kOff}));
  EXPECT_EQ(first.utilisation, (std::vector{0.1235, 0.0}));
  EXPECT_EQ(first.tasks, (std::vector{0, 0}));
  EXPECT_EQ(first.unfinished, 1);
  EXPECT_EQ(first.waiting, 1);
  EXPECT_EQ(first.policy, "least-loaded");
  EXPECT_EQ(first.plan, place_on(0));
  ASSERT_EQ(first.refused.size(), 1u);
  EXPECT_EQ(first.refused[0].policy, "scripted");
  EXPECT_EQ(first.refused[0].plan, place_on(1));
  ASSERT_EQ(first.refused[0].violations.size(), 1u);
  EXPECT_NE(first.refused[0].violations[0].find("host 1"), std::string::npos);
  EXPECT_FALSE(first.error.has_value());
  EXPECT_EQ(contents.value().entries[1].error, "host 0 does not answer");
}

// At a beat it says so; at an arrival it fails.
class TalkativePolicy final : public Policy {
 public:
  Plan decide(const ClusterView&, DecisionContext&) override { return defer(); }
  std::string review(const ClusterView& view, DecisionContext&) override {
    if (!view.asked.provisioning) throw std::runtime_error("no room");
    return "looks well";
  }
};

TEST_F(JournalTest, HoldsWhatThePolicySaysOfItselfAndWhyItWasNotAsked) {
  ScriptedPlatform platform;
  Journal journal = Journal::open(directory_).value();
  DecisionMakers makers = scripted({}, defer());
  makers.policy.policy = std::make_unique<TalkativePolicy>();
  ControlLoop loop(std::move(makers), platform, RandomStreams(1), journal, [] { return 0ns; });
  ASSERT_TRUE(loop.step(DecisionsAsked::all()).ok());
  ASSERT_TRUE(loop.step({.deployment = true, .placement = true}).ok());
  ASSERT_TRUE(loop.step(DecisionsAsked::all()).ok());
  platform.is_stale = true;
  ASSERT_TRUE(loop.step(DecisionsAsked::all()).ok());

  const std::vector<JournalEntry> entries = read_journal(decisions_).value().entries;
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].review, "looks well");
  EXPECT_EQ(entries[1].review, "the review failed: no room");
  EXPECT_TRUE(entries[2].refused.empty());
  EXPECT_FALSE(entries[3].review.has_value());
  ASSERT_EQ(entries[3].refused.size(), 1u);
  EXPECT_EQ(entries[3].refused[0].violations,
            std::vector<std::string>{
                "the view is stale: it shows the cluster at 12.5 s, the one before at 12.5 s"});
}

TEST_F(JournalTest, HoldsNoTimeOfThisMachine) {
  run_two_steps();
  const std::string once = content(decisions_);
  run_two_steps();
  EXPECT_EQ(content(decisions_), once);
  EXPECT_EQ(content(directory_ / "timing.csv"),
            "step,time_s,policy,decision_us,foresight_us\n"
            "0,2.5,least-loaded,3,0\n1,7.5,least-loaded,3,0\n");
}

TEST_F(JournalTest, IsOnDiskBeforeTheNextDecision) {
  ScriptedPlatform platform;
  Journal journal = Journal::open(directory_).value();
  ControlLoop loop(scripted(defer(), {}), platform, RandomStreams(1), journal, [] { return 0ns; });
  ASSERT_TRUE(loop.step(DecisionsAsked::all()).ok());

  const Result<JournalContents> contents = read_journal(decisions_);  // while it is open
  ASSERT_TRUE(contents.ok());
  ASSERT_EQ(contents.value().entries.size(), 1u);
  EXPECT_EQ(contents.value().entries[0].plan, defer());
}

TEST_F(JournalTest, ALineCutOffByACrashIsToleratedWhereverItWasCut) {
  run_two_steps();
  const std::string whole = content(decisions_);
  const std::size_t second = whole.find('\n') + 1;
  for (std::size_t length = second + 1; length < whole.size(); length += 7) {
    std::ofstream(decisions_, std::ios::binary | std::ios::trunc) << whole.substr(0, length);
    const Result<JournalContents> contents = read_journal(decisions_);
    ASSERT_TRUE(contents.ok()) << contents.error().message;
    EXPECT_TRUE(contents.value().torn) << length;
    EXPECT_EQ(contents.value().entries.size(), 1u) << length;
  }
}

TEST_F(JournalTest, ABrokenLineInTheMiddleIsAnErrorWithItsPlace) {
  run_two_steps();
  append("{\"step\":\n");
  const Result<JournalContents> contents = read_journal(decisions_);
  ASSERT_FALSE(contents.ok());
  EXPECT_NE(contents.error().message.find("decisions.jsonl:3"), std::string::npos)
      << contents.error().message;
}

TEST_F(JournalTest, ALineThatIsNoDecisionNamesWhatIsMissing) {
  append("{\"step\":1}\n");
  const Result<JournalContents> contents = read_journal(decisions_);
  ASSERT_FALSE(contents.ok());
  EXPECT_NE(contents.error().message.find("decisions.jsonl:1: has no 'time_s'"), std::string::npos)
      << contents.error().message;
}

TEST_F(JournalTest, BytesThatAreNoTextDoNotBreakIt) {
  ScriptedPlatform platform;
  Plan plan = defer();
  plan.deferrals[0].reason = "full \xff\xfe\nat least";
  Journal journal = Journal::open(directory_).value();
  ControlLoop loop(scripted(plan, {}), platform, RandomStreams(1), journal, [] { return 0ns; });
  ASSERT_TRUE(loop.step(DecisionsAsked::all()).ok());

  const Result<JournalContents> contents = read_journal(decisions_);
  ASSERT_TRUE(contents.ok()) << contents.error().message;
  EXPECT_EQ(contents.value().entries[0].plan.deferrals[0].reason,
            "full \xef\xbf\xbd\xef\xbf\xbd\nat least");
}

TEST_F(JournalTest, SaysWhereItCannotBeWrittenOrRead) {
  const Result<Journal> nowhere = Journal::open(directory_ / "missing");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(read_journal(directory_ / "missing.jsonl").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace scinet
