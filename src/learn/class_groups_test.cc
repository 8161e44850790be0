#include "learn/class_groups.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

void take_for(Confusion& confusion, int truth, int answer, int times) {
  for (int i = 0; i < times; ++i) confusion.count(truth, answer);
}

TEST(Confusion, CountsBothDirections) {
  Confusion confusion(3);
  take_for(confusion, 0, 2, 3);
  take_for(confusion, 2, 0, 1);
  take_for(confusion, 1, 1, 9);  // right answers
  EXPECT_EQ(confusion.between(0, 2), 4);
  EXPECT_EQ(confusion.between(2, 0), 4);
  EXPECT_EQ(confusion.between(0, 1), 0);
}

TEST(ClassGroups, KeepConfusedClassesTogether) {
  Confusion confusion(6);
  take_for(confusion, 0, 3, 5);
  take_for(confusion, 3, 5, 4);
  take_for(confusion, 2, 1, 6);
  take_for(confusion, 4, 2, 1);
  take_for(confusion, 0, 1, 2);  // the price
  EXPECT_EQ(balanced_groups(confusion, 2), (ClassGroups{{0, 3, 5}, {1, 2, 4}}));
}

TEST(ClassGroups, AreBalancedEvenWhereThatDividesConfusedClasses) {
  Confusion confusion(5);
  for (int a = 0; a < 4; ++a) {
    for (int b = 0; b < 4; ++b) take_for(confusion, a, b, a == b ? 0 : 10);
  }
  take_for(confusion, 4, 3, 1);
  // Four classes are confused alike; the fifth draws 3 into its group.
  EXPECT_EQ(balanced_groups(confusion, 2), (ClassGroups{{0, 1, 2}, {3, 4}}));
}

TEST(ClassGroups, TakeTheFirstOfEqualDivisions) {
  const Confusion none(7);
  EXPECT_EQ(balanced_groups(none, 3), (ClassGroups{{0, 1, 2}, {3, 4}, {5, 6}}));
  EXPECT_EQ(balanced_groups(none, 1), (ClassGroups{{0, 1, 2, 3, 4, 5, 6}}));
  EXPECT_EQ(balanced_groups(none, 7), (ClassGroups{{0}, {1}, {2}, {3}, {4}, {5}, {6}}));
}

TEST(ClassGroups, KnowWhereEachClassStands) {
  EXPECT_EQ(places_of_classes({{0, 3, 5}, {1, 2, 4}}),
            (std::vector<std::int64_t>{0, 3, 4, 1, 5, 2}));
}

}  // namespace
}  // namespace scinet
