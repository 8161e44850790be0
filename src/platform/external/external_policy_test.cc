#include "platform/external/external_policy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "control/control_loop.h"
#include "control/scripted.h"
#include "platform/external/policy_protocol.h"
#include "platform/external/serve_policy.h"
#include "policy/baselines.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// A policy in sh: says hello, then does as `answer` says for every question, with its number in $n.
std::string program(const std::string& answer) {
  return R"(read -r line; echo '{"hello": {"protocol": 1}}')"
         "\nwhile read -r line; do n=${line#*:}; n=${n%%,*}; " +
         answer + "; done";
}

// Leaves the workload of the scripted platform waiting.
std::string defer_because(const std::string& reason) {
  return R"(echo "{\"decision\": $n, \"plan\": {\"power\": [], \"deployments\": [], \"placements\":
   [], \"deferrals\": [{\"workload\": 7, \"reason\": \")" +
         reason + R"(\"}]}}" | tr -d '\n'; echo)";
}

ExternalSettings settings_for(const std::string& script) {
  return {.name = "mine",
          .command = {"sh", "-c", script},
          .start_within = Seconds(30),
          .answer_within = Seconds(30),
          .lines = {}};
}

class ExternalPolicyTest : public testing::Test {
 protected:
  ExternalPolicyTest() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }
  ~ExternalPolicyTest() override { std::filesystem::remove_all(directory_); }

  // So many decisions of the program, with the fallback placing on host 0.
  std::vector<JournalEntry> decide(const ExternalSettings& settings, int decisions) {
    Result<std::unique_ptr<Policy>> policy = ExternalPolicy::start(settings);
    EXPECT_TRUE(policy.ok()) << policy.error().message;
    if (!policy.ok()) return {};
    DecisionMakers makers = scripted({}, place_on(0));
    makers.policy = {"mine", std::move(policy).value()};
    Journal journal = std::move(Journal::open(directory_)).value();
    ControlLoop loop(std::move(makers), platform_, RandomStreams(1), journal, [] { return 0ns; });
    for (int i = 0; i < decisions; ++i) EXPECT_TRUE(loop.step(DecisionsAsked::all()).ok());
    totals_ = loop.totals();
    return read_journal(directory_ / "decisions.jsonl").value().entries;
  }

  static std::string why_refused(const JournalEntry& entry) {
    return entry.refused.empty() ? "accepted" : entry.refused.front().violations.front();
  }

  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("scinet_external_" + std::to_string(::getpid()));
  ScriptedPlatform platform_;
  DecisionTotals totals_;
};

TEST_F(ExternalPolicyTest, ItsPlansAreApplied) {
  decide(settings_for(program(defer_because("later"))), 3);
  Plan later;
  later.deferrals = {{WorkloadId{7}, "later"}};
  EXPECT_EQ(platform_.applied, std::vector<Plan>(3, later));
  EXPECT_EQ(totals_.fallbacks, 0);
}

TEST_F(ExternalPolicyTest, ItsTimeIsPartOfTheDecision) {
  decide(settings_for(program("sleep 0.02; " + defer_because("later"))), 1);
  ASSERT_EQ(totals_.times.size(), 1u);
  EXPECT_GE(totals_.times.front(), 20ms);
}

TEST_F(ExternalPolicyTest, IsToldTheCatalogueOnce) {
  const auto entries = decide(
      settings_for(program(R"(case $line in *\"catalogue\"*) told=yes;; *) told=no;; esac; )" +
                           defer_because("$told"))),
      2);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].plan.deferrals.front().reason, "yes");
  EXPECT_EQ(entries[1].plan.deferrals.front().reason, "no");
}

TEST_F(ExternalPolicyTest, ALateAnswerIsAFallbackAndANewStart) {
  const std::string slow_once = "test -e " + (directory_ / "slept").string() + " || { touch " +
                                (directory_ / "slept").string() + "; exec sleep 60; }; ";
  ExternalSettings settings = settings_for(program(slow_once + defer_because("later")));
  settings.answer_within = Seconds(0.5);
  const auto entries = decide(settings, 2);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(why_refused(entries[0]),
            "the policy made no plan: policy 'mine': did not answer within 0.5 s");
  EXPECT_EQ(entries[0].plan, place_on(0));
  EXPECT_EQ(why_refused(entries[1]), "accepted");
  EXPECT_EQ(totals_.fallbacks, 1);
  EXPECT_GE(totals_.times.front(), 500ms);
}

TEST_F(ExternalPolicyTest, AProgramThatDiesIsStartedAgain) {
  // Every process answers once, with the number of the decision as its reason.
  const auto entries =
      decide(settings_for(program("test $again && { echo enough >&2; exit 4; }; again=1; " +
                                  defer_because("$n"))),
             4);
  ASSERT_EQ(entries.size(), 4u);
  for (const std::size_t i : {1u, 3u}) {
    EXPECT_EQ(why_refused(entries[i]),
              "the policy made no plan: policy 'mine': ended with exit code 4; its last words were "
              "'enough'");
  }
  EXPECT_EQ(entries[2].plan.deferrals.front().reason, "3");
  EXPECT_EQ(totals_.fallbacks, 2);
}

TEST_F(ExternalPolicyTest, WhatIsNoAnswerSaysWhy) {
  for (const auto& [answer, reason] : {
           std::pair{"echo thinking",
                     "wrote 'thinking', which is not an object of JSON; print "
                     "anything else to standard error"},
           std::pair{"echo '{}'", "wrote '{}', expected {\"decision\": 1, \"plan\": {...}}"},
           std::pair{R"(echo '{"decision": 9, "plan": {}}')", "answered decision '9', expected 1"},
           std::pair{R"(echo '{"decision": 1, "plan": {}}')", "plan: has no 'power'"},
       }) {
    const auto entries = decide(settings_for(program(answer)), 1);
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(why_refused(entries[0]),
              std::string("the policy made no plan: policy 'mine': ") + reason);
    EXPECT_EQ(entries[0].plan, place_on(0));
  }
}

// It is in step all the same, so it need not forget what it knows.
TEST_F(ExternalPolicyTest, APlanThatIsWrongDoesNotEndTheProgram) {
  const std::string wrong_once =
      R"(if test -z "$seen"; then seen=1; echo "{\"decision\": $n, \"plan\": {}}"; else )";
  const auto entries =
      decide(settings_for(program(wrong_once + defer_because("seen $seen") + "; fi")), 2);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].plan.deferrals.front().reason, "seen 1");
}

TEST_F(ExternalPolicyTest, AnUnsoundPlanIsAFallback) {
  const auto entries = decide(settings_for(program(defer_because(""))), 1);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(why_refused(entries[0]), "workload 7 is deferred without a reason");
  EXPECT_EQ(totals_.fallbacks, 1);
}

TEST(ExternalPolicyStart, WantsAHelloOfItsVersion) {
  const auto problem = [](const std::string& script) {
    ExternalSettings settings = settings_for(script);
    settings.start_within = Seconds(0.5);
    const Result<std::unique_ptr<Policy>> policy = ExternalPolicy::start(settings);
    if (policy.ok()) return std::string("none");
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalidInput);
    return policy.error().message;
  };
  EXPECT_EQ(problem(R"(echo '{"hello": {"protocol": 1}}'; cat > /dev/null)"), "none");
  EXPECT_EQ(problem(R"(echo '{"hello": {"protocol": 2}}'; cat > /dev/null)"),
            "policy 'mine': speaks protocol 2, expected 1");
  EXPECT_EQ(problem(R"(echo '{"hello": {}}'; cat > /dev/null)"),
            "policy 'mine': hello: hello has no 'protocol'");
  EXPECT_EQ(problem("exec sleep 60"), "policy 'mine': did not answer within 0.5 s");
  EXPECT_EQ(problem("exec python3 /nowhere/at_all.py 2> /dev/null"),
            "policy 'mine': ended with exit code 2");
}

// What `serve_policy` answers, line by line.
class ServePolicyTest : public testing::Test {
 protected:
  std::string served(Policy& policy, const std::string& input) {
    std::istringstream in(input);
    std::ostringstream out;
    status_ = serve_policy(policy, in, out);
    return out.str();
  }
  ClusterView view() { return platform_.observe(DecisionsAsked::all()).value(); }

  ScriptedPlatform platform_;
  Status status_ = ok_status();
};

TEST_F(ServePolicyTest, AnswersAsThePolicyWouldHere) {
  DecisionContext context{.random = RandomStreams(3).stream("policy"), .search_steps = 50};
  const ClusterView asked = view();
  const std::string input = hello_line() + "\n" + question_line(1, asked, context, true) + "\n" +
                            question_line(2, asked, context, false) + "\n";
  const std::unique_ptr<Policy> there = make_random();
  const std::string output = served(*there, input);
  ASSERT_TRUE(status_.ok()) << status_.error().message;

  const std::unique_ptr<Policy> here = make_random();
  const Plan plan = here->decide(asked, context);
  EXPECT_EQ(output,
            hello_line() + "\n" + answer_line(1, plan) + "\n" + answer_line(2, plan) + "\n");
}

TEST_F(ServePolicyTest, SaysWhichLineIsWrong) {
  ScriptedPolicy policy(defer());
  const DecisionContext context{.random = RandomStream(1)};
  const auto problem = [&](const std::string& input) {
    served(policy, input);
    return status_.ok() ? std::string("none") : status_.error().message;
  };
  const std::string hello = hello_line() + "\n";
  EXPECT_EQ(problem(hello), "none");
  EXPECT_EQ(problem(question_line(1, view(), context, true) + "\n"),
            "standard input:1: hello: has no 'hello'");
  EXPECT_EQ(problem(hello + "what?\n"),
            "standard input:2: wrote 'what?', which is not an object of JSON; print anything else "
            "to standard error");
  // The first question must bring the catalogue.
  EXPECT_EQ(problem(hello + question_line(1, view(), context, false) + "\n"),
            "standard input:2: the question: catalogue is null, not an object");
  ThrowingPolicy throwing;
  served(throwing, hello + question_line(1, view(), context, true) + "\n");
  ASSERT_FALSE(status_.ok());
  EXPECT_EQ(status_.error().message, "standard input:2: the policy made no plan: no model loaded");
}

}  // namespace
}  // namespace scinet
