// model_fuzz split|quantize MINUTES [SEED] [ONNX_RUNTIME]: damages models at random and splits or
// quantizes them, for as long as that. Each must be made or refused with a sentence; prints how
// often what came out. A crash ends the program, after the file that caused it was left as
// fuzzed-model.onnx. To quantize needs ONNX Runtime's library.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "quantize/quantize_model.h"
#include "quantize/random_inputs.h"
#include "split/layer_split.h"
#include "split/made_models.h"
#include "split/mutation.h"

using namespace scinet;

namespace {

const std::filesystem::path kModel = "fuzzed-model.onnx";
const std::filesystem::path kOut = "fuzzed-out";

// The kind of an error: its words without names and numbers.
std::string kind_of(const std::string& message) {
  std::string kind;
  bool quoted = false;
  for (const char c : message.substr(message.find(": ") + 2)) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && c != '\'' && (c < '0' || c > '9')) kind += c;
    if (kind.size() >= 48) break;
  }
  return printable(kind);
}

std::string kind_of_split(const std::filesystem::path& runtime) {
  const Result<LayerSplit> split = split_by_layer(kModel, kOut, {.parts = 3, .runtime = runtime});
  return split ? "split" : kind_of(split.error().message);
}

// On inputs of the model as it was before it was damaged.
std::string kind_of_quantized(const OnnxGraph& whole, const std::filesystem::path& runtime) {
  const Result<QuantizedModel> quantized =
      quantize_model(kModel, kOut, random_inputs(whole, 1), {.runtime = runtime});
  return quantized ? "quantized" : kind_of(quantized.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const auto minutes = argc > 2 ? parse_number<double>(argv[2]) : std::nullopt;
  const auto first_seed =
      argc > 3 ? parse_number<std::uint64_t>(argv[3]) : std::optional<std::uint64_t>(1);
  const std::filesystem::path runtime = argc > 4 ? argv[4] : "";
  const bool quantizes = what == "quantize";
  if ((what != "split" && !quantizes) || !minutes || !first_seed ||
      (quantizes && runtime.empty())) {
    fmt::print(stderr,
               "model_fuzz split MINUTES [SEED] [ONNX_RUNTIME]\n"
               "model_fuzz quantize MINUTES SEED ONNX_RUNTIME\n");
    return 2;
  }
  const std::vector<std::string> models = {residual_model(1).bytes(), branching_model().bytes(),
                                           many_ended_model().bytes(), choosing_model().bytes()};
  std::map<std::string, int> counts;
  int tries = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(*minutes * 60);
  for (std::uint64_t seed = *first_seed; std::chrono::steady_clock::now() < end; ++seed, ++tries) {
    RandomStream random(seed);
    const std::string& whole = models[seed % models.size()];
    write_model(kModel, mutated(whole, random));
    std::filesystem::remove_all(kOut);
    ++counts[quantizes ? kind_of_quantized(OnnxGraph::parse(whole, "whole").value(), runtime)
                       : kind_of_split(runtime)];
  }
  std::filesystem::remove_all(kOut);
  std::filesystem::remove(kModel);
  fmt::print("{} models from seed {} on, no crash\n", tries, *first_seed);
  std::vector<std::pair<int, std::string>> rows;
  for (const auto& [kind, count] : counts) rows.emplace_back(-count, kind);
  std::ranges::sort(rows);
  for (const auto& [count, kind] : rows) fmt::print("{:>8}  {}\n", -count, kind);
}
