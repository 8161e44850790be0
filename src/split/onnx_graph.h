// A model file as a graph that can be cut: read within limits and checked, so that what follows
// need not doubt it. Nothing outside the file is opened.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace onnx {
class ModelProto;
}

namespace scinet {

// More is refused. A file of this size takes several times its size as a graph.
inline constexpr std::size_t kLargestModelFile = std::size_t{1} << 30;
inline constexpr std::size_t kMostNodes = 20'000;

struct GraphValue {
  std::string name;
  std::optional<std::size_t> producer{};  // a node; none for inputs and initialisers
  std::optional<std::size_t> last_use{};  // the last needed node that reads it
  bool is_input = false;                  // a request brings it
  bool is_output = false;                 // the answer holds it
  bool is_constant = false;  // the same for every request: initialisers and what follows from them
};

struct GraphNode {
  std::string name;                   // for people: its name, or "#7" without one
  std::string operation;              // "Conv"
  std::vector<std::size_t> inputs{};  // values, each once, and what its subgraphs capture
  std::vector<std::size_t> outputs{};
  bool is_constant = false;  // needs nothing of the request: cheap to have in several parts
  bool is_needed = false;    // some output of the model depends on it
};

// Nodes are in an order in which each comes after what it reads: that of the file where it is one.
class OnnxGraph {
 public:
  // kNotFound, kTooLarge, or kInvalidInput with file, node or field, what was found and what works.
  static Result<OnnxGraph> read(const std::filesystem::path& file);
  // The same, once a process of its own could do it: a small file can unfold into far more memory
  // than there is.
  static Result<OnnxGraph> read_carefully(const std::filesystem::path& file);
  static Result<OnnxGraph> parse(const std::string& bytes, const std::string& file);

  OnnxGraph(OnnxGraph&&) noexcept;
  ~OnnxGraph();

  const std::string& file() const { return file_; }  // for messages
  const onnx::ModelProto& model() const { return *model_; }
  const std::vector<GraphNode>& nodes() const { return nodes_; }  // node i is graph().node(i)
  const std::vector<GraphValue>& values() const { return values_; }

  // The nodes to share out: those that are needed and not constant.
  const std::vector<std::size_t>& steps() const { return steps_; }

 private:
  friend class GraphReader;
  OnnxGraph();

  std::string file_;
  std::unique_ptr<onnx::ModelProto> model_;
  std::vector<GraphNode> nodes_;
  std::vector<GraphValue> values_;
  std::vector<std::size_t> steps_;
};

}  // namespace scinet
