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
  ASSERT_EQ(ordered.size(), 3u);
  EXPECT_EQ(ordered[0].name, "a");
  EXPECT_EQ(ordered[2].inputs, (std::vector<FragmentId>{{1}, {0}}));
}

TEST(FragmentOrder, MovesFragmentsBehindTheirInputs) {
  const auto ordered = in_topological_order({named("c", {"b"}), named("b", {"a"}), named("a", {})});
  EXPECT_EQ(ordered[0].name, "a");
  EXPECT_EQ(ordered[1].name, "b");
  EXPECT_EQ(ordered[2].name, "c");
  EXPECT_EQ(ordered[2].inputs, (std::vector<FragmentId>{{1}}));
}

TEST(FragmentOrder, SaysWhatIsWrongAndWhere) {
  const auto problem = [](std::vector<NamedFragment> given) {
    return find_graph_problem(given).value_or(GraphProblem{});
  };
  EXPECT_EQ(problem({named("a", {}), named("a", {})}),
            (GraphProblem{1, "two fragments are named 'a'"}));
  EXPECT_EQ(problem({named("a", {}), named("b", {"c"})}),
            (GraphProblem{1, "takes the output of 'c', which is none of: a, b"}));
  EXPECT_EQ(problem({named("a", {}), named("b", {"a", "a"})}),
            (GraphProblem{1, "takes the output of 'a' twice"}));
  EXPECT_EQ(problem({named("a", {}), named("b", {}), named("c", {"a"})}),
            (GraphProblem{
                1, "the output of b, c goes nowhere; exactly one fragment answers the client"}));
}

// d is behind the circle of b and c, and no part of it.
TEST(FragmentOrder, NamesTheCircleAlone) {
  const std::vector<NamedFragment> given{named("d", {"c"}), named("a", {}), named("b", {"a", "c"}),
                                         named("c", {"b"})};
  EXPECT_EQ(find_graph_problem(given),
            (GraphProblem{3, "its inputs run in a circle: c needs b needs c"}));
  EXPECT_EQ(find_graph_problem({named("a", {"a"})}),
            (GraphProblem{0, "its inputs run in a circle: a needs a"}));
}

TEST(FragmentOrder, RefusesMoreInputsThanAWordHasBits) {
  std::vector<NamedFragment> given;
  std::vector<std::string> names;
  for (std::size_t i = 0; i <= kMostInputs; ++i) {
    names.push_back("f" + std::to_string(i));
    given.push_back(named(names.back(), {}));
  }
  given.push_back(named("merge", names));
  EXPECT_EQ(find_graph_problem(given),
            (GraphProblem{kMostInputs + 1, "takes 65 outputs, expected at most 64"}));
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

    ASSERT_EQ(find_graph_problem(given), std::nullopt) << "seed " << seed;
    const auto ordered = in_topological_order(given);
    ASSERT_EQ(ordered.size(), count);
    for (const NamedFragment& entry : given) {
      const auto place = std::find_if(
          ordered.begin(), ordered.end(),
          [&](const Fragment& fragment) { return fragment.name == entry.fragment.name; });
      ASSERT_NE(place, ordered.end());
      ASSERT_EQ(place->inputs.size(), entry.inputs.size());
      for (std::size_t i = 0; i < entry.inputs.size(); ++i) {
        EXPECT_LT(place->inputs[i].value, place - ordered.begin()) << "seed " << seed;
        EXPECT_EQ(ordered[place->inputs[i].value].name, entry.inputs[i]);
      }
    }
  }
}

}  // namespace
}  // namespace scinet
