#include "profile/batch_profile.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

TEST(BatchProfile, FitsTheWorkOfEachFurtherRequest) {
  // 1 + 1 * 0.6, 1 + 3 * 0.6, 1 + 7 * 0.6
  EXPECT_DOUBLE_EQ(batch_profile_of({{2, 1.6}, {4, 2.8}, {8, 5.2}}).further_work, 0.6);
  // (1 * 1.0 + 3 * 1.5) / (1 * 1 + 3 * 3)
  EXPECT_DOUBLE_EQ(batch_profile_of({{2, 2.0}, {4, 2.5}}).further_work, 0.55);
  EXPECT_EQ(batch_profile_of({}).further_work, 1.0);
}

TEST(BatchProfile, GainsWhereAFurtherRequestCostsMuchLess) {
  EXPECT_TRUE(batch_profile_of({{2, 1.8}}).gains());
  EXPECT_FALSE(batch_profile_of({{2, 1.95}}).gains());
  EXPECT_FALSE(batch_profile_of({{2, 2.8}}).gains());
}

TEST(BatchProfile, IsWrittenAsWishedOnlyWhereItGains) {
  const BatchWish wish{8, Seconds(0.005)};
  EXPECT_EQ(batching_of(batch_profile_of({{2, 1.3}}), wish),
            (Batching{8, Seconds(0.005), batch_profile_of({{2, 1.3}}).further_work}));
  EXPECT_EQ(batching_of(batch_profile_of({{2, 1.95}}), wish), Batching{});
  EXPECT_EQ(batching_of(std::nullopt, wish), Batching{});
  // Less than nothing is a mistake of the clock.
  EXPECT_GT(batching_of(batch_profile_of({{2, 0.9}}), wish).further_work, 0.0);
}

TEST(BatchWish, IsALimitAndADelay) {
  const BatchWish wish = parse_batch_wish("8@5 ms").value();
  EXPECT_EQ(wish.limit, 8);
  EXPECT_DOUBLE_EQ(wish.delay.count(), 0.005);
  EXPECT_EQ(parse_batch_wish("2@0 s").value().delay, Seconds(0));
  for (const char* text : {"", "8", "@5 ms", "8@", "8@5", "1@5 ms", "9@5 ms", "8@2 s", "8@-1 ms",
                           "8.5@5 ms", "8 @5 ms", "8@5 MB"}) {
    const Result<BatchWish> refused = parse_batch_wish(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_NE(refused.error().message.find("is not LIMIT@DELAY, like '8@5 ms'"), std::string::npos);
  }
}

}  // namespace
}  // namespace scinet
