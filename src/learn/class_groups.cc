#include "learn/class_groups.h"

#include "base/ensure.h"

namespace scinet {
namespace {

// Puts one class after the other into every group with room. Only the first empty group is tried,
// so each division appears once.
class GroupSearch {
 public:
  GroupSearch(const Confusion& confusion, int groups)
      : confusion_(confusion),
        smaller_(static_cast<std::size_t>(confusion.classes() / groups)),
        larger_left_(confusion.classes() % groups),
        groups_(static_cast<std::size_t>(groups)) {}

  ClassGroups best() {
    place(0, 0);
    return best_;
  }

 private:
  void place(int next, std::int64_t kept) {
    if (next == confusion_.classes()) {
      if (kept <= most_kept_) return;
      most_kept_ = kept;
      best_ = groups_;
      return;
    }
    for (std::vector<int>& group : groups_) {
      const bool was_empty = group.empty();
      const bool grows_larger = group.size() == smaller_;
      if (group.size() < smaller_ || (grows_larger && larger_left_ > 0)) {
        std::int64_t gained = 0;
        for (const int other : group) gained += confusion_.between(next, other);
        group.push_back(next);
        larger_left_ -= grows_larger ? 1 : 0;
        place(next + 1, kept + gained);
        larger_left_ += grows_larger ? 1 : 0;
        group.pop_back();
      }
      if (was_empty) return;
    }
  }

  const Confusion& confusion_;
  const std::size_t smaller_;  // classes of a smaller group; a larger one has one more
  int larger_left_;
  ClassGroups groups_;
  ClassGroups best_;
  std::int64_t most_kept_ = -1;
};

}  // namespace

Confusion::Confusion(int classes)
    : classes_(classes), counts_(static_cast<std::size_t>(classes * classes)) {}

ClassGroups balanced_groups(const Confusion& confusion, int groups) {
  ensure(groups >= 1 && groups <= confusion.classes(), "every group gets a class");
  ensure(confusion.classes() <= kMostGroupedClasses, "all divisions can be tried");
  return GroupSearch(confusion, groups).best();
}

std::vector<std::int64_t> places_of_classes(const ClassGroups& groups) {
  std::size_t classes = 0;
  for (const std::vector<int>& group : groups) classes += group.size();
  std::vector<std::int64_t> places(classes);
  std::int64_t place = 0;
  for (const std::vector<int>& group : groups) {
    for (const int label : group) places.at(static_cast<std::size_t>(label)) = place++;
  }
  return places;
}

}  // namespace scinet
