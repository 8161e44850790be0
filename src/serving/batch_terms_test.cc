#include "serving/batch_terms.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using std::chrono::microseconds;

TEST(BatchTerms, TravelAsOneField) {
  const BatchTerms terms{8, microseconds(5000)};
  EXPECT_EQ(format_batch(terms), "limit=8;delay_us=5000");
  EXPECT_EQ(parse_batch(format_batch(terms)).value(), terms);
  EXPECT_EQ(parse_batch("limit=1;delay_us=0").value(), BatchTerms{});
  EXPECT_EQ(parse_batch("limit=2;delay_us=1000000").value().delay, kLongestBatchDelay);
}

TEST(BatchTerms, RefuseAnythingElse) {
  for (const char* field :
       {"", "limit=8", "delay_us=5000", "limit=8;", "limit=8;delay_us=", "limit=;delay_us=5",
        "limit=0;delay_us=5", "limit=-1;delay_us=5", "limit=1.5;delay_us=5", "limit=8;delay_us=-1",
        "limit=8;delay_us=1000001", "limit=8;delay_us=5;more=1", "limit=8; delay_us=5",
        "delay_us=5;limit=8", "limit=99999999999999999999;delay_us=5", "Limit=8;delay_us=5"}) {
    const Result<BatchTerms> terms = parse_batch(field);
    ASSERT_FALSE(terms.ok()) << field;
    EXPECT_EQ(terms.error().code, ErrorCode::kInvalidInput);
    EXPECT_NE(terms.error().message.find("is not limit=NUMBER;delay_us=NUMBER"), std::string::npos);
  }
}

}  // namespace
}  // namespace scinet
