// Which classes go together when a classifier is split by meaning: each group becomes a small
// network of its own, which tells its classes apart and from all others. Classes that are
// confused with each other belong together, so that one network sees both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scinet {

// Every class once, ascending within its group; groups in the order of their first class.
using ClassGroups = std::vector<std::vector<int>>;

// How often a classifier took one class for another.
class Confusion {
 public:
  explicit Confusion(int classes);

  int classes() const { return classes_; }
  void count(int truth, int answer) { ++counts_[place(truth, answer)]; }
  // Images of either class that were taken for the other.
  std::int64_t between(int a, int b) const { return counts_[place(a, b)] + counts_[place(b, a)]; }

 private:
  std::size_t place(int truth, int answer) const {
    return static_cast<std::size_t>(truth * classes_ + answer);
  }

  int classes_;
  std::vector<std::int64_t> counts_;  // [truth, answer]
};

// All divisions are tried, which more classes would make long.
inline constexpr int kMostGroupedClasses = 12;

// Of all divisions into `groups` groups whose sizes differ by one at most, the one that keeps most
// confusion inside groups; of equal ones the first in the order of classes. Between 1 and
// `classes` groups, at most kMostGroupedClasses classes.
ClassGroups balanced_groups(const Confusion& confusion, int groups);

// For each class its place when the classes of all groups are written one after the other.
std::vector<std::int64_t> places_of_classes(const ClassGroups& groups);

}  // namespace scinet
