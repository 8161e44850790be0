#include "serving/stacked_run.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace scinet {
namespace {

// More gain nothing, and what the engine needs meanwhile grows with them.
constexpr std::size_t kMostTogether = 16;

// Requests of one shape may be stacked.
using Shapes = std::vector<std::pair<std::vector<std::int64_t>, std::size_t>>;  // and type

Shapes shapes_of(const ModelTensors& tensors) {
  Shapes shapes;
  for (const Tensor& tensor : tensors) shapes.emplace_back(tensor.shape, tensor.values.index());
  return shapes;
}

bool have_rows(const ModelTensors& tensors) {
  return std::ranges::all_of(
      tensors, [](const Tensor& tensor) { return !tensor.shape.empty() && tensor.shape[0] > 0; });
}

// The tensor at this place of each of them, one after the other.
Tensor stack(std::span<const ModelTensors* const> requests, std::size_t place) {
  Tensor stacked = (*requests.front())[place];
  stacked.shape[0] *= static_cast<std::int64_t>(requests.size());
  std::visit(
      [&](auto& values) {
        using Values = std::decay_t<decltype(values)>;
        values.reserve(values.size() * requests.size());
        for (const ModelTensors* request : requests.subspan(1)) {
          const auto& more = std::get<Values>((*request)[place].values);
          values.insert(values.end(), more.begin(), more.end());
        }
      },
      stacked.values);
  return stacked;
}

// The rows of one of `count` equal parts.
Tensor part_of(const Tensor& stacked, std::size_t part, std::size_t count) {
  Tensor rows{stacked.shape, {}};
  rows.shape[0] /= static_cast<std::int64_t>(count);
  std::visit(
      [&](const auto& values) {
        const auto size = static_cast<std::ptrdiff_t>(values.size() / count);
        const auto first = values.begin() + size * static_cast<std::ptrdiff_t>(part);
        rows.values = std::decay_t<decltype(values)>(first, first + size);
      },
      stacked.values);
  return rows;
}

// Nothing where the model does not give each request as many rows as it brought.
std::optional<std::vector<ModelTensors>> run_as_one(const OnnxSession& model,
                                                    std::span<const ModelTensors* const> requests) {
  ModelTensors inputs;
  for (std::size_t i = 0; i < requests.front()->size(); ++i) inputs.push_back(stack(requests, i));
  const std::int64_t rows = inputs.empty() ? 0 : inputs.front().shape[0];
  const Result<ModelTensors> outputs = model.run(inputs);
  if (!outputs || rows == 0) return std::nullopt;
  for (const Tensor& output : outputs.value()) {
    if (output.shape.empty() || output.shape[0] != rows) return std::nullopt;
  }
  std::vector<ModelTensors> parts(requests.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const Tensor& output : outputs.value()) {
      parts[i].push_back(part_of(output, i, parts.size()));
    }
  }
  return parts;
}

}  // namespace

std::vector<Result<ModelTensors>> run_stacked(const OnnxSession& model,
                                              std::span<const ModelTensors> requests) {
  std::vector<std::optional<ModelTensors>> done(requests.size());
  std::map<Shapes, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; model.takes_stacks() && i < requests.size(); ++i) {
    if (have_rows(requests[i])) alike[shapes_of(requests[i])].push_back(i);
  }
  for (const auto& [shapes, all] : alike) {
    for (std::size_t first = 0; first < all.size(); first += kMostTogether) {
      const auto some = std::span(all).subspan(first, std::min(kMostTogether, all.size() - first));
      if (some.size() == 1) continue;
      std::vector<const ModelTensors*> members;
      for (const std::size_t i : some) members.push_back(&requests[i]);
      std::optional<std::vector<ModelTensors>> parts = run_as_one(model, members);
      for (std::size_t i = 0; parts && i < some.size(); ++i) done[some[i]] = std::move((*parts)[i]);
    }
  }
  std::vector<Result<ModelTensors>> results;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    results.push_back(done[i] ? Result<ModelTensors>(std::move(*done[i])) : model.run(requests[i]));
  }
  return results;
}

}  // namespace scinet
