#include "platform/external/policy_check.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "policy/baselines.h"

namespace scinet {
namespace {

std::vector<Scenario> a_minute_of(const std::string& name) {
  const std::filesystem::path root = SCINET_SOURCE_DIR;
  Result<Scenario> scenario =
      load_scenario(root / "scenarios" / (name + ".yaml"), root / "catalog");
  EXPECT_TRUE(scenario.ok());
  scenario.value().horizon = Seconds(60);
  return {scenario.value()};
}

PolicyCheck check_of(const Maker<Policy>& make) {
  std::chrono::nanoseconds time{0};
  const Result<PolicyCheck> check = check_policy(
      make, a_minute_of("failures"), 1, [&time] { return time += std::chrono::microseconds(3); });
  EXPECT_TRUE(check.ok());
  return check.value();
}

// Decides as cosim does, but for what `spoil` changes of its plans.
template <class Spoil>
class Spoilt final : public Policy {
 public:
  explicit Spoilt(Spoil spoil) : spoil_(std::move(spoil)) {}
  Plan decide(const ClusterView& view, DecisionContext& context) override {
    Plan plan = cosim_->decide(view, context);
    spoil_(view, plan);
    return plan;
  }

 private:
  std::unique_ptr<Policy> cosim_ = make_cosim();
  Spoil spoil_;
};

template <class Spoil>
Maker<Policy> spoilt(Spoil spoil) {
  return [spoil]() -> Result<std::unique_ptr<Policy>> {
    return std::unique_ptr<Policy>(std::make_unique<Spoilt<Spoil>>(spoil));
  };
}

TEST(PolicyCheck, PassesAPolicyThatIsSound) {
  const PolicyCheck check = check_of([] { return make_cosim(); });
  EXPECT_TRUE(check.passed());
  EXPECT_GT(check.decisions, 100);
  EXPECT_EQ(check.faults, std::vector<std::string>{});
  EXPECT_DOUBLE_EQ(check.decision_us.p50, 3.0);
}

TEST(PolicyCheck, FindsWhatOnlyAnAwkwardViewShows) {
  const PolicyCheck check = check_of(spoilt([](const ClusterView& view, Plan&) {
    if (view.hosts.empty()) throw std::runtime_error("list index out of range");
  }));
  EXPECT_FALSE(check.passed());
  ASSERT_FALSE(check.faults.empty());
  EXPECT_EQ(check.faults.front(), "a view with no hosts, decision 1: list index out of range");
}

TEST(PolicyCheck, FindsPlansThatAnswerTooMuch) {
  const PolicyCheck check = check_of(spoilt([](const ClusterView& view, Plan& plan) {
    if (!view.asked.provisioning) plan.power = {{HostId{0}, false}};
  }));
  ASSERT_FALSE(check.faults.empty());
  EXPECT_NE(check.faults.front().find("power changes were not asked for"), std::string::npos)
      << check.faults.front();
}

TEST(PolicyCheck, FindsAPolicyThatDoesNotRepeatItself) {
  int runs = 0;
  const PolicyCheck check = check_of([&runs]() -> Result<std::unique_ptr<Policy>> {
    return ++runs % 2 == 0 ? make_cosim() : make_threshold();
  });
  EXPECT_EQ(check.faulty, 0);
  EXPECT_FALSE(check.repeats);
  EXPECT_FALSE(check.passed());
}

}  // namespace
}  // namespace scinet
