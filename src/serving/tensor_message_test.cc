#include "serving/tensor_message.h"

#include <gtest/gtest.h>

#include <cstring>

namespace scinet {
namespace {

Tensor floats(std::vector<std::int64_t> shape, std::vector<float> values) {
  return {std::move(shape), std::move(values)};
}

std::string raw(const std::string& header, const std::string& data) {
  const auto length = static_cast<std::uint64_t>(header.size());
  std::string message(8, '\0');
  std::memcpy(message.data(), &length, 8);
  return message + header + data;
}

std::string refusal(const std::string& message) {
  const Result<NamedTensors> read = tensors_of(message);
  return read.ok() ? "" : read.error().message;
}

TEST(TensorMessage, ComesBackAsItWas) {
  const NamedTensors tensors = {
      {"a", floats({2, 3}, {1.5f, -2.0f, 3.0f, 0.0f, 1e-30f, 7.0f})},
      {"b", Tensor{{1}, std::vector<std::int64_t>{-9'000'000'000}}},
      {"empty", floats({0, 4}, {})},
      {"scalar", floats({}, {4.0f})},
  };
  const std::string message = to_message(tensors);
  const Result<NamedTensors> read = tensors_of(message);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read.value().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(read.value().at(name).shape, tensor.shape) << name;
    EXPECT_EQ(read.value().at(name).values, tensor.values) << name;
  }
  EXPECT_EQ(to_message(read.value()), message);
}

TEST(TensorMessage, IsWhatOthersWrite) {
  const std::string header =
      R"({"__metadata__":{"made":"by hand"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const float values[] = {1.0f, 2.0f};
  const Result<NamedTensors> read =
      tensors_of(raw(header, {reinterpret_cast<const char*>(values), sizeof values}));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(std::get<std::vector<float>>(read.value().at("x").values),
            (std::vector<float>{1.0f, 2.0f}));
}

TEST(TensorMessage, IsRefusedInASentenceWhereItDoesNotHoldTogether) {
  const auto x = [](const std::string& type, const std::string& shape, const std::string& place) {
    return R"({"x":{"dtype":)" + type + R"(,"shape":)" + shape + R"(,"data_offsets":)" + place +
           "}}";
  };
  const std::string four(4, 'a');
  EXPECT_NE(refusal("").find("less than 8 bytes"), std::string::npos);
  EXPECT_NE(refusal(std::string(8, '\xff')).find("header would have"), std::string::npos);
  EXPECT_NE(refusal(raw("[]", "")).find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal(raw(R"({"x":{}})", "")).find("lacks dtype"), std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F16")", "[1]", "[0,4]"), four)).find("F32 and I64"),
            std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", "[1]", "[0,5]"), four)).find("outside"), std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", "[2]", "[0,4]"), four)).find("more values"),
            std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", "[-1]", "[0,4]"), four)).find("negative"), std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", "[4294967296,4294967296]", "[0,4]"), four)).find("more"),
            std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", R"(["a"])", "[0,4]"), four)).find("whole numbers"),
            std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", "[1]", "[0,4]"), four + four)).find("behind"),
            std::string::npos);
  EXPECT_NE(refusal(raw(x(R"("F32")", "[1]", "[4,8]"), four + four)).find("between"),
            std::string::npos);
  EXPECT_NE(refusal(raw(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                        R"("y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                        four))
                .find("share"),
            std::string::npos);
}

}  // namespace
}  // namespace scinet
