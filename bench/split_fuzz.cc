// split_fuzz MINUTES [SEED] [ONNX_RUNTIME]: damages models at random and splits them, for as long
// as that. Each must be split or refused with a sentence; prints how often what came out. A crash
// ends the program, after the file that caused it was left as split-fuzz-model.onnx.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "split/layer_split.h"
#include "split/made_models.h"
#include "split/mutation.h"

using namespace scinet;

namespace {

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

}  // namespace

int main(int argc, char** argv) {
  const auto minutes = argc > 1 ? parse_number<double>(argv[1]) : std::nullopt;
  const auto first_seed =
      argc > 2 ? parse_number<std::uint64_t>(argv[2]) : std::optional<std::uint64_t>(1);
  if (!minutes || !first_seed) {
    fmt::print(stderr, "split_fuzz MINUTES [SEED] [ONNX_RUNTIME]\n");
    return 2;
  }
  LayerSplitOptions options{.parts = 3};
  if (argc > 3) options.runtime = argv[3];
  const std::vector<std::string> models = {residual_model(1).bytes(), branching_model().bytes(),
                                           many_ended_model().bytes(), choosing_model().bytes()};
  std::map<std::string, int> counts;
  int tries = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(*minutes * 60);
  for (std::uint64_t seed = *first_seed; std::chrono::steady_clock::now() < end; ++seed, ++tries) {
    RandomStream random(seed);
    const std::filesystem::path model = "split-fuzz-model.onnx";
    write_model(model, mutated(models[seed % models.size()], random));
    std::filesystem::remove_all("split-fuzz-out");
    const Result<LayerSplit> split = split_by_layer(model, "split-fuzz-out", options);
    ++counts[split ? "split" : kind_of(split.error().message)];
  }
  std::filesystem::remove_all("split-fuzz-out");
  std::filesystem::remove("split-fuzz-model.onnx");
  fmt::print("{} models from seed {} on, no crash\n", tries, *first_seed);
  std::vector<std::pair<int, std::string>> rows;
  for (const auto& [kind, count] : counts) rows.emplace_back(-count, kind);
  std::ranges::sort(rows);
  for (const auto& [count, kind] : rows) fmt::print("{:>8}  {}\n", -count, kind);
}
