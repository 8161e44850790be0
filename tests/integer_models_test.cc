// The integer models of the catalog are those of the float models beside them, and about as
// accurate.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "learn/labelled_images.h"
#include "serving/onnx_runtime.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SCINET_SOURCE_DIR;
const fs::path kModels = kSource / "catalog/models/fashion";

onnx::ModelProto read_model(const std::string& name) {
  std::ifstream stream(kModels / name, std::ios::binary);
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromIstream(&stream)) << name;
  return model;
}

std::map<std::string, const onnx::TensorProto*> constants_of(const onnx::ModelProto& model) {
  std::map<std::string, const onnx::TensorProto*> constants;
  for (const auto& tensor : model.graph().initializer()) constants[tensor.name()] = &tensor;
  return constants;
}

template <class Number>
std::vector<Number> numbers_of(const onnx::TensorProto& tensor) {
  std::vector<Number> numbers(tensor.raw_data().size() / sizeof(Number));
  std::memcpy(numbers.data(), tensor.raw_data().data(), tensor.raw_data().size());
  return numbers;
}

// The first convolution has channels of zeros besides its own (docs/quantizing.md).
TEST(IntegerModels, HaveTheWeightsOfTheFloatModelToHalfAStep) {
  const onnx::ModelProto whole = read_model("whole.onnx");
  const onnx::ModelProto integer = read_model("int8.onnx");
  const auto integers_by_name = constants_of(integer);
  int compared = 0;
  for (const auto& [name, tensor] : constants_of(whole)) {
    const bool is_wider = integers_by_name.contains(name + "_of_4_int8");
    const std::string stem = is_wider ? name + "_of_4" : name;
    if (!integers_by_name.contains(stem + "_int8")) continue;
    ++compared;
    const std::vector<float> weights = numbers_of<float>(*tensor);
    const auto integers = numbers_of<signed char>(*integers_by_name.at(stem + "_int8"));
    const auto scales = numbers_of<float>(*integers_by_name.at(stem + "_scale"));
    const std::size_t row = weights.size() / scales.size();
    const std::size_t wide_row = integers.size() / scales.size();
    ASSERT_EQ(wide_row, is_wider ? 4 * row : row) << name;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float scale = scales[i / row];
      const auto integer_weight = static_cast<float>(integers[i / row * wide_row + i % row]);
      ASSERT_LE(std::abs(scale * integer_weight - weights[i]), 0.5001f * scale)
          << name << " " << i << ": was it made from another whole.onnx?";
    }
  }
  EXPECT_EQ(compared, 5);  // four convolutions and the last layer
}

double share_right(const OnnxSession& session, const LabelledImages& images) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < images.count(); ++i) {
    std::vector<float> levels(images.image(i).size());
    write_varied(images.image(i), images.size, {}, levels);
    const Tensor input{{1, 1, images.size, images.size}, std::move(levels)};
    const auto outputs = session.run(std::span(&input, 1));
    EXPECT_TRUE(outputs.ok());
    if (!outputs) return 0.0;
    const auto& scores = std::get<std::vector<float>>(outputs.value().front().values);
    right += std::ranges::max_element(scores) - scores.begin() == images.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(images.count());
}

TEST(IntegerModels, AreWithinAPointOfTheFloatModelInAThirdOfTheBytes) {
  const auto runtime = OnnxRuntime::load(kSource / "build/models/onnxruntime/libonnxruntime.so.1");
  if (!runtime) GTEST_SKIP() << runtime.error().message;
  const Result<TrainingData> data = read_fashion_mnist(kFashionDirectory);
  if (!data) GTEST_SKIP() << data.error().message;
  const Result<OnnxSession> whole = runtime.value().open(kModels / "whole.onnx");
  const Result<OnnxSession> integer = runtime.value().open(kModels / "int8.onnx");
  ASSERT_TRUE(whole.ok() && integer.ok());
  const double before = share_right(whole.value(), data.value().test);
  const double after = share_right(integer.value(), data.value().test);
  EXPECT_GT(after, before - 0.01) << before;
  EXPECT_LT(fs::file_size(kModels / "int8.onnx"), fs::file_size(kModels / "whole.onnx") / 3);
}

}  // namespace
}  // namespace scinet
