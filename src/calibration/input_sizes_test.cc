#include "calibration/input_sizes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace scinet {
namespace {

constexpr ApplicationId kApplication{0};

// Requests of these sizes in turn, with chance on top; two kinds of fragments of unlike work.
std::vector<InputSample> samples_of(const std::vector<std::pair<std::string_view, double>>& sizes,
                                    double chance, int requests) {
  RandomStream random(1);
  std::vector<InputSample> samples;
  for (int i = 0; i < requests; ++i) {
    const auto& [name, size] = sizes[static_cast<std::size_t>(i) % sizes.size()];
    const auto kind = static_cast<std::size_t>(random.below(2));
    const double work = kind == 0 ? 100.0 : 1000.0;
    samples.push_back({.application = kApplication,
                       .input = name,
                       .kind = kind,
                       .log_work = std::log(work * size) + chance * random.normal()});
  }
  return samples;
}

TEST(InputSizes, AreFoundBesideTheMean) {
  const InputSizes sizes(samples_of({{"a", 0.5}, {"b", 1.0}, {"c", 1.5}}, 0.2, 600));
  EXPECT_NEAR(sizes.of(kApplication, "a"), 0.5, 0.03);
  EXPECT_NEAR(sizes.of(kApplication, "b"), 1.0, 0.06);
  EXPECT_NEAR(sizes.of(kApplication, "c"), 1.5, 0.09);
  EXPECT_NEAR(sizes.variation(kApplication), std::sqrt(0.5 / 3.0), 0.03);
  EXPECT_EQ(sizes.of(kApplication, "never seen"), 1.0);
  EXPECT_EQ(sizes.of(ApplicationId{1}, "a"), 1.0);
}

TEST(InputSizes, AreNotMadeOutOfChance) {
  const InputSizes sizes(samples_of({{"a", 1.0}, {"b", 1.0}, {"c", 1.0}}, 0.5, 30));
  for (const std::string_view name : {"a", "b", "c"}) {
    EXPECT_NEAR(sizes.of(kApplication, name), 1.0, 0.06) << name;
  }
}

TEST(InputSizes, LeaveTheRestOfTheVariationToChance) {
  const InputSizes sizes(samples_of({{"a", 0.5}, {"b", 1.5}}, 0.1, 400));
  Fragment fragment;
  fragment.work = {.shape = WorkShape::kLognormal,
                   .mean = Mi(10),
                   .variation = sizes.with_sizes(kApplication, 0.3)};
  EXPECT_NEAR(fragment.work.variation, std::sqrt(1.25 * 1.09 - 1.0), 0.02);
  Catalogue catalogue;
  Strategy strategy;
  strategy.fragments = {fragment};
  catalogue.applications.push_back({.name = "app", .strategies = {strategy}});
  const Catalogue rest = sizes.without_sizes(catalogue);
  EXPECT_NEAR(rest.applications[0].strategies[0].fragments[0].work.variation, 0.3, 1e-9);
  EXPECT_EQ(InputSizes().without_sizes(catalogue), catalogue);
}

}  // namespace
}  // namespace scinet
