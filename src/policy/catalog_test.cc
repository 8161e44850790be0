#include "policy/catalog.h"

#include <gtest/gtest.h>

#include <set>

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
  for (const auto& [name, summary, decides, needs_training, source, make] : policies.entries()) {
    EXPECT_TRUE(names.insert(name).second) << name << " is listed twice";
    EXPECT_FALSE(summary.empty()) << name;
    EXPECT_FALSE(source.empty()) << name;
    EXPECT_FALSE(decides.provisioning.empty() && decides.deployment.empty() &&
                 decides.placement.empty())
        << name;
  }
}

TEST(PolicyCatalog, AnswersAnUnknownNameWithTheKnownOnes) {
  const auto made = builtin_policies().make("round-robin");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(made.error().message,
            "unknown policy 'round-robin'; known policies: random, least-loaded, threshold, cosim");
}

}  // namespace
}  // namespace scinet
