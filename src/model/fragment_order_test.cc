#include "model/fragment_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"

namespace scinet {
namespace {

NamedFragment named(std::string name, std::vector<std::string> inputs) {
  NamedFragment entry;
  entry.fragment.name = std::move(name);
  entry.inputs = std::move(inputs);
  return entry;
}

TEST(FragmentOrder, KeepsAnOrderThatIsTopological) {
  const auto ordered =
      in_topological_order({named("a", {}), named("b", {}), named("c", {"b", "a"})});
  ASSERT_TRUE(ordered) << ordered.error().message;
  ASSERT_EQ(ordered.value().size(), 3u);
  EXPECT_EQ(ordered.value()[0].name, "a");
  EXPECT_EQ(ordered.value()[2].inputs, (std::vector<FragmentId>{{1}, {0}}));
}

TEST(FragmentOrder, MovesFragmentsBehindTheirInputs) {
  const auto ordered = in_topological_order({named("c", {"b"}), named("b", {"a"}), named("a", {})});
  ASSERT_TRUE(ordered) << ordered.error().message;
  EXPECT_EQ(ordered.value()[0].name, "a");
  EXPECT_EQ(ordered.value()[1].name, "b");
  EXPECT_EQ(ordered.value()[2].name, "c");
  EXPECT_EQ(ordered.value()[2].inputs, (std::vector<FragmentId>{{1}}));
}

// A random graph whose fragments all reach the last one, listed in a random order.
TEST(FragmentOrder, HoldsForRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = RandomStreams(seed).stream("graph");
    const std::size_t count = 1 + random.below(12);
    std::vector<NamedFragment> given;
    for (std::size_t i = 0; i < count; ++i) given.push_back(named("f" + std::to_string(i), {}));
    for (std::size_t i = 0; i + 1 < count; ++i) {
      for (std::size_t j = i + 1; j < count; ++j) {
        const bool must = j == i + 1 + (count - i - 1) / 2;
        if (must || random.uniform() < 0.2) given[j].inputs.push_back(given[i].fragment.name);
      }
    }
    for (std::size_t i = count; i > 1; --i) std::swap(given[i - 1], given[random.below(i)]);

    const auto ordered = in_topological_order(given);
    ASSERT_TRUE(ordered) << ordered.error().message << ", seed " << seed;
    ASSERT_EQ(ordered.value().size(), count);
    for (const NamedFragment& entry : given) {
      const auto place = std::find_if(
          ordered.value().begin(), ordered.value().end(),
          [&](const Fragment& fragment) { return fragment.name == entry.fragment.name; });
      ASSERT_NE(place, ordered.value().end());
      ASSERT_EQ(place->inputs.size(), entry.inputs.size());
      for (std::size_t i = 0; i < entry.inputs.size(); ++i) {
        EXPECT_LT(place->inputs[i].value, place - ordered.value().begin()) << "seed " << seed;
        EXPECT_EQ(ordered.value()[place->inputs[i].value].name, entry.inputs[i]);
      }
    }
  }
}

}  // namespace
}  // namespace scinet
