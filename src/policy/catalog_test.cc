#include "policy/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "policy/baselines.h"
#include "policy/rules.h"

namespace scinet {
namespace {

TEST(PolicyCatalog, MakesEveryPolicyThatItLists) {
  const PolicyCatalog policies = builtin_policies();
  EXPECT_GE(policies.entries().size(), 4u);
  for (const PolicyEntry& entry : policies.entries()) {
    const auto made = policies.make(entry.name);
    ASSERT_TRUE(made.ok()) << entry.name;
    EXPECT_NE(made.value(), nullptr) << entry.name;
  }
}

TEST(PolicyCatalog, DescribesEveryPolicyUnderANameOfItsOwn) {
  const PolicyCatalog policies = builtin_policies();
  std::set<std::string_view> names;
  for (const auto& [name, summary, decides, needs_training, source, make, make_with_steps] :
       policies.entries()) {
    EXPECT_TRUE(names.insert(name).second) << name << " is listed twice";
    EXPECT_FALSE(summary.empty()) << name;
    EXPECT_FALSE(source.empty()) << name;
    EXPECT_FALSE(decides.provisioning.empty() && decides.deployment.empty() &&
                 decides.placement.empty())
        << name;
  }
}

PolicyCatalog two_policies() {
  return PolicyCatalog(
      {{.name = "one", .summary = "", .decides = {}, .source = "", .make = make_random},
       {.name = "two", .summary = "", .decides = {}, .source = "", .make = make_cosim}},
      {.provisioning = {{.name = "on", .summary = "", .make = all_on}},
       .deployment = {{.name = "best", .summary = "", .make = most_accurate_in_time}},
       .placement = {{.name = "first", .summary = "", .make = earliest_finish}}});
}

TEST(PolicyCatalog, AnswersAnUnknownNameWithTheKnownOnes) {
  const auto made = two_policies().make("round-robin");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(made.error().message, "unknown policy 'round-robin'; known policies: one, two");
}

TEST(PolicyCatalog, CombinesRulesByName) {
  EXPECT_TRUE(two_policies().make("on+best+first").ok());
  const auto made = two_policies().make("on+worst+first");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message,
            "unknown rule for deployment 'worst'; known rules for deployment: best");
}

TEST(PolicyCatalog, ReadsTheStepsOfASearchFromTheName) {
  std::vector<std::int64_t> asked;
  std::vector<PolicyEntry> entries = two_policies().entries();
  entries.front().make_with_steps = [&](std::int64_t steps) {
    asked.push_back(steps);
    return make_random();
  };
  const PolicyCatalog catalog(std::move(entries));
  const auto error_of = [&](std::string_view name) { return catalog.make(name).error().message; };
  EXPECT_TRUE(catalog.make("one@500").ok());
  EXPECT_EQ(asked, std::vector<std::int64_t>{500});
  EXPECT_EQ(error_of("two@500"), "no policy 'two' that searches in steps; those that do: one");
  EXPECT_EQ(error_of("three@5"), "no policy 'three' that searches in steps; those that do: one");
  for (const std::string steps : {"", "0", "-1", "many", "5.5", "100001", "5@5"}) {
    EXPECT_EQ(error_of("one@" + steps),
              "'" + steps + "' of policy 'one@" + steps +
                  "' is no number of steps; expected 1 to 100000, as in 'one@500'");
  }
  EXPECT_EQ(asked.size(), 1u);
}

TEST(PolicyCatalog, TakesInThePoliciesAndRulesOfAnother) {
  PolicyCatalog catalog = builtin_policies();
  catalog.add(two_policies());
  EXPECT_TRUE(catalog.make("two").ok());
  EXPECT_TRUE(catalog.make("on+cosim+earliest-finish").ok());
}

// The rules that a combination has unless told otherwise are there.
TEST(PolicyCatalog, KnowsTheDefaultRules) {
  EXPECT_TRUE(builtin_policies().make(Combination().name()).ok());
}

}  // namespace
}  // namespace scinet
