// What the requests of each application have been like of late, as every platform keeps it: what
// comes next is judged by it, whether or not a request of that application is open.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/units.h"
#include "model/workload.h"

namespace scinet {

// What a request brings besides its application and its time.
struct RequestTerms {
  Seconds slo{0};
  Bytes input;

  friend bool operator==(const RequestTerms&, const RequestTerms&) = default;
};

// The latest ones of each application.
class RecentRequests {
 public:
  static constexpr std::size_t kKept = 8;

  explicit RecentRequests(std::size_t applications) : kept_(applications) {}

  void add(ApplicationId application, const RequestTerms& terms) {
    Kept& kept = kept_[application.value];
    kept.terms[kept.added % kKept] = terms;
    ++kept.added;
  }

  // Of each application at most kKept, the oldest first.
  std::vector<std::vector<RequestTerms>> all() const {
    std::vector<std::vector<RequestTerms>> all(kept_.size());
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const Kept& kept = kept_[i];
      for (std::size_t n = kept.added - std::min(kept.added, kKept); n < kept.added; ++n) {
        all[i].push_back(kept.terms[n % kKept]);
      }
    }
    return all;
  }

 private:
  struct Kept {
    std::array<RequestTerms, kKept> terms;
    std::size_t added = 0;
  };

  std::vector<Kept> kept_;
};

}  // namespace scinet
