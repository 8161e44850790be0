#include "serving/same_output.h"

#include <gtest/gtest.h>

#include "serving/tensor_message.h"

namespace scinet {
namespace {

std::string message(std::vector<std::int64_t> shape, std::vector<float> values) {
  return to_message({{"scores", {std::move(shape), std::move(values)}}});
}

TEST(SameOutput, ForgivesTheLastDigitsOfNumbers) {
  EXPECT_TRUE(same_output(message({2}, {1.0f, 3.0f}), message({2}, {1.000005f, 3.0f})));
  EXPECT_FALSE(same_output(message({2}, {1.0f, 3.0f}), message({2}, {1.0001f, 3.0f})));
  EXPECT_TRUE(same_output(message({1}, {1000.0f}), message({1}, {1000.005f}))) << "a share of it";
  EXPECT_TRUE(same_output(R"({"label":"a","p":[0.5]})", R"({"label":"a","p":[0.500001]})"));
  EXPECT_FALSE(same_output(R"({"label":"a","p":[0.5]})", R"({"label":"a","p":[0.501]})"));
  EXPECT_TRUE(same_output(R"({"p":0.5})", R"({"p":0.501})", 0.01));
}

TEST(SameOutput, ForgivesNothingElse) {
  EXPECT_FALSE(same_output(message({1, 2}, {1.0f, 3.0f}), message({2}, {1.0f, 3.0f})));
  EXPECT_FALSE(
      same_output(message({1}, {1.0f}), to_message({{"other", {{1}, std::vector<float>{1.0f}}}})));
  EXPECT_FALSE(same_output(R"({"label":"a"})", R"({"label":"b"})"));
  EXPECT_FALSE(same_output(R"({"label":"a"})", R"({"label":"a","p":1})"));
  EXPECT_FALSE(same_output(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same_output("[1,2]", "[1,3]"));
  EXPECT_TRUE(same_output("bytes of a picture", "bytes of a picture"));
  EXPECT_FALSE(same_output("bytes of a picture", "bytes of a pictura"));
}

}  // namespace
}  // namespace scinet
