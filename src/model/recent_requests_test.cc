#include "model/recent_requests.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

RequestTerms terms(double slo) { return {Seconds(slo), Bytes(100.0 * slo)}; }

TEST(RecentRequests, AreTheLatestOfEachApplicationTheOldestFirst) {
  RecentRequests recent(3);
  recent.add(ApplicationId{1}, terms(1));
  recent.add(ApplicationId{2}, terms(100));
  recent.add(ApplicationId{1}, terms(2));
  EXPECT_EQ(recent.all(),
            (std::vector<std::vector<RequestTerms>>{{}, {terms(1), terms(2)}, {terms(100)}}));
  for (int i = 3; i <= 11; ++i) recent.add(ApplicationId{1}, terms(i));
  const std::vector<RequestTerms> latest = recent.all()[1];
  ASSERT_EQ(latest.size(), RecentRequests::kKept);
  for (std::size_t i = 0; i < latest.size(); ++i) {
    EXPECT_EQ(latest[i], terms(4.0 + static_cast<double>(i)));
  }
}

}  // namespace
}  // namespace scinet
