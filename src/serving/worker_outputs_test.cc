#include "serving/worker_outputs.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr KeptOutputs::Time kStart{};

SharedBytes bytes(std::size_t size) { return std::make_shared<const std::string>(size, 'x'); }

TEST(KeptOutputs, GivesWhatItKeepsUntilThatIsDropped) {
  KeptOutputs outputs(10'000, Seconds(10));
  EXPECT_EQ(outputs.find("a"), nullptr);
  EXPECT_TRUE(outputs.keep("a", bytes(5), kStart));
  EXPECT_EQ(*outputs.find("a"), "xxxxx");
  EXPECT_EQ(*outputs.find("a"), "xxxxx") << "any number of times";
  EXPECT_TRUE(outputs.keep("a", bytes(7), kStart)) << "replaces";
  EXPECT_EQ(outputs.count(), 1u);
  EXPECT_EQ(outputs.bytes(), 7u);
  EXPECT_TRUE(outputs.drop("a"));
  EXPECT_FALSE(outputs.drop("a"));
  EXPECT_EQ(outputs.find("a"), nullptr);
  EXPECT_EQ(outputs.bytes(), 0u);
}

TEST(KeptOutputs, TakesNoMoreThanItsLimit) {
  KeptOutputs outputs(2'000, Seconds(10));
  EXPECT_FALSE(outputs.keep("a", bytes(2'000), kStart))
      << "each takes a little more than its bytes";
  EXPECT_TRUE(outputs.keep("a", bytes(1'000), kStart));
  EXPECT_FALSE(outputs.keep("b", bytes(1'000), kStart));
  EXPECT_EQ(outputs.bytes(), 1'000u);
  EXPECT_TRUE(outputs.keep("a", bytes(1'500), kStart)) << "what it replaces makes room";
  outputs.drop("a");
  int empty = 0;
  while (empty < 100 && outputs.keep("e" + std::to_string(empty), bytes(0), kStart)) ++empty;
  EXPECT_EQ(empty, 7) << "empty ones are bounded too";
  EXPECT_TRUE(outputs.full());
}

TEST(KeptOutputs, ForgetsWhatIsOld) {
  KeptOutputs outputs(10'000, Seconds(10));
  outputs.keep("old", bytes(1), kStart);
  outputs.keep("new", bytes(1), kStart + 5s);
  outputs.expire(kStart + 10s);
  EXPECT_EQ(outputs.count(), 2u);
  outputs.expire(kStart + 11s);
  EXPECT_EQ(outputs.find("old"), nullptr);
  EXPECT_NE(outputs.find("new"), nullptr);
  EXPECT_EQ(outputs.bytes(), 1u);
}

TEST(KeptOutputs, IdsArePlain) {
  EXPECT_TRUE(is_output_id("12-0-Ab"));
  EXPECT_TRUE(is_output_id(std::string(64, 'a')));
  for (const std::string& id : {std::string(), std::string(65, 'a'), std::string("a/b"),
                                std::string(".."), std::string("a b"), std::string("a\r\nX: y"),
                                std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(is_output_id(id)) << id;
  }
}

}  // namespace
}  // namespace scinet
