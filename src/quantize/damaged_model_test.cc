// Files that are damaged or in the way: the answer is a whole file or a sentence.
#include <gtest/gtest.h>

#include "quantize/quantize_model.h"
#include "quantize/random_inputs.h"
#include "serving/test_inputs.h"
#include "split/made_models.h"
#include "split/mutation.h"

namespace scinet {
namespace {

class DamagedModel : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kLibrary)) GTEST_SKIP() << kLibrary << " is missing";
  }
};

TEST_F(DamagedModel, LeavesNothingBehindAndNothingBroken) {
  const auto folder = test_folder("place");
  const auto model = write_model(folder / "m.onnx", residual_model(1).bytes());
  const auto inputs = random_inputs(OnnxGraph::read(model).value(), 2);
  EXPECT_EQ(quantize_model(model, model, inputs, {.runtime = kLibrary}).error().message,
            model.string() + ": this exists; name another file, or remove it");
  EXPECT_EQ(quantize_model(model, folder / "o.onnx", {}, {.runtime = kLibrary}).error().message,
            model.string() + ": there are no inputs to see its values on");
  write_model(model, residual_model(1).bytes().substr(0, 700));
  EXPECT_FALSE(quantize_model(model, folder / "o.onnx", inputs, {.runtime = kLibrary}).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(DamagedModel, IsQuantizedOrRefusedWithASentence) {
  const std::string whole = branching_model().bytes();
  int done = 0;
  constexpr int kTries = 40;
  for (std::uint64_t seed = 0; seed < kTries; ++seed) {
    RandomStream random(seed);
    const auto folder = test_folder("damaged");
    const auto model = write_model(folder / "m.onnx", mutated(whole, random));
    const Result<OnnxGraph> graph = OnnxGraph::parse(whole, "m.onnx");
    const Result<QuantizedModel> made = quantize_model(
        model, folder / "int8.onnx", random_inputs(graph.value(), 1), {.runtime = kLibrary});
    EXPECT_EQ(std::filesystem::exists(folder / "int8.onnx"), made.ok()) << "seed " << seed;
    if (!made) {
      EXPECT_NE(made.error().message.find("m.onnx"), std::string::npos)
          << "seed " << seed << ": " << made.error().message;
    }
    done += made.ok() ? 1 : 0;
  }
  EXPECT_GT(done, 0);
  EXPECT_LT(done, kTries);
}

}  // namespace
}  // namespace scinet
