// Runs ONNX models on one thread of the CPU. The engine is ONNX Runtime's shared library, opened
// while the program runs, so that a program without it still starts and says what is missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace scinet {

// Dense, in row-major order; the product of the shape is the number of values.
struct Tensor {
  std::vector<std::int64_t> shape;  // e.g. {1, 3, 48, 320}
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;
};

// A loaded model. run() may be called from many threads at once.
class OnnxSession {
 public:
  struct State;
  explicit OnnxSession(std::unique_ptr<State> state);
  OnnxSession(OnnxSession&&) noexcept;
  ~OnnxSession();

  const std::vector<std::string>& input_names() const;
  const std::vector<std::string>& output_names() const;
  // Whether the first dimension of all that goes in and comes out is free, as that of a model which
  // takes several inputs at once is.
  bool takes_stacks() const;

  // Takes one tensor for each input name and gives one for each output name, in their orders.
  // Fails with kInternal and the engine's own words when the model does not take these tensors.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) const;

 private:
  std::unique_ptr<State> state_;
};

// The engine. Sessions keep what they need of it and may outlive it.
class OnnxRuntime {
 public:
  // kNotFound when there is no such file, kUnavailable when it is not a usable ONNX Runtime.
  static Result<OnnxRuntime> load(const std::filesystem::path& library);

  OnnxRuntime(OnnxRuntime&&) noexcept;
  ~OnnxRuntime();

  const std::string& version() const;  // e.g. "1.20.1"

  // kNotFound when there is no such file, kUnavailable when the engine cannot read it.
  Result<OnnxSession> open(const std::filesystem::path& model) const;

  // The same, with each node as the file has it, none fused with others or left out. At its end the
  // session writes what each took to PREFIX_TIME.json, in the format of Chrome's traces.
  Result<OnnxSession> open_profiled(const std::filesystem::path& model,
                                    const std::filesystem::path& prefix) const;

  // Writes the model as the engine simplifies it without leaving ONNX's own operators: constants
  // computed, batch normalisation inside the convolution before it, nodes without effect left out.
  Status save_simplified(const std::filesystem::path& model, const std::filesystem::path& to) const;

  struct Engine;
  struct SessionUse;

 private:
  explicit OnnxRuntime(std::shared_ptr<const Engine> engine);
  Result<OnnxSession> open(const std::filesystem::path& model, const SessionUse& use) const;
  std::shared_ptr<const Engine> engine_;
};

}  // namespace scinet
