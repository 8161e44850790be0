#include "split/onnx_graph.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <set>
#include <utility>

#include "base/text.h"
#include "split/apart.h"
#include "split/onnx_tensors.h"

namespace scinet {
namespace {

// What ONNX Runtime 1.20 reads.
constexpr std::int64_t kOldestIr = 3;
constexpr std::int64_t kNewestIr = 10;
constexpr std::int64_t kOldestOpset = 7;
constexpr std::int64_t kNewestOpset = 21;

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

// What a graph inside a node reads of the graphs around it.
std::set<std::string> captured_names(const onnx::GraphProto& graph);

std::set<std::string> captured_names(const onnx::NodeProto& node) {
  std::set<std::string> names;
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (attribute.has_g()) names.merge(captured_names(attribute.g()));
    for (const onnx::GraphProto& graph : attribute.graphs()) names.merge(captured_names(graph));
  }
  return names;
}

std::set<std::string> captured_names(const onnx::GraphProto& graph) {
  std::set<std::string> made = {""};  // an input that is left out
  std::set<std::string> read;
  for (const onnx::ValueInfoProto& input : graph.input()) made.insert(input.name());
  for (const onnx::TensorProto& tensor : graph.initializer()) made.insert(tensor.name());
  for (const onnx::SparseTensorProto& tensor : graph.sparse_initializer()) {
    made.insert(tensor.values().name());
  }
  for (const onnx::NodeProto& node : graph.node()) {
    made.insert(node.output().begin(), node.output().end());
    read.insert(node.input().begin(), node.input().end());
    read.merge(captured_names(node));
  }
  for (const onnx::ValueInfoProto& output : graph.output()) read.insert(output.name());
  std::erase_if(read, [&](const std::string& name) { return made.contains(name); });
  return read;
}

bool has_graph_inside(const onnx::NodeProto& node) {
  return std::ranges::any_of(node.attribute(), [](const onnx::AttributeProto& attribute) {
    return attribute.has_g() || attribute.graphs_size() > 0;
  });
}

// Whether equal inputs give equal outputs, as far as that is known.
bool is_repeatable(const onnx::NodeProto& node) {
  static const std::set<std::string> kRandom = {"RandomNormal",  "RandomNormalLike",
                                                "RandomUniform", "RandomUniformLike",
                                                "Multinomial",   "Bernoulli"};
  return is_standard(node.domain()) && !kRandom.contains(node.op_type()) && !has_graph_inside(node);
}

std::string name_of(const onnx::NodeProto& node, int index) {
  return node.name().empty() ? fmt::format("#{}", index) : node.name();
}

}  // namespace

OnnxGraph::OnnxGraph() : model_(std::make_unique<onnx::ModelProto>()) {}
OnnxGraph::OnnxGraph(OnnxGraph&&) noexcept = default;
OnnxGraph::~OnnxGraph() = default;

// Fills an OnnxGraph step by step; each step may rely on those before, and ends at the first fault.
class GraphReader {
 public:
  explicit GraphReader(const std::string& file) { graph_.file_ = file; }

  Result<OnnxGraph> read(const std::string& bytes) {
    using Step = bool (GraphReader::*)();
    if (!parse(bytes)) return problem();
    for (const Step step :
         {&GraphReader::check_header, &GraphReader::check_contents, &GraphReader::name_values,
          &GraphReader::link_nodes, &GraphReader::sort_nodes}) {
      if (!(this->*step)()) return problem();
    }
    mark_constants();
    mark_needed();
    return std::move(graph_);
  }

 private:
  onnx::ModelProto& model() { return *graph_.model_; }
  onnx::GraphProto& proto() { return *model().mutable_graph(); }
  Error problem() const { return {ErrorCode::kInvalidInput, graph_.file_ + ": " + problem_}; }

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::string in_words(int index) {
    const onnx::NodeProto& node = proto().node(index);
    return fmt::format("node {} ({})", in_quotes(name_of(node, index)), printable(node.op_type()));
  }

  bool parse(const std::string& bytes) {
    google::protobuf::io::CodedInputStream stream(
        reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
    if (model().ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage()) return true;
    return fail(
        fmt::format("this is no ONNX model: after {} of {} bytes there is something else (a "
                    "damaged or cut file, or graphs nested too deeply)",
                    stream.CurrentPosition(), bytes.size()));
  }

  bool check_header() {
    if (!model().has_graph()) return fail("field 'graph' is missing: this is no ONNX model");
    if (model().ir_version() < kOldestIr || model().ir_version() > kNewestIr) {
      return fail(fmt::format("ir_version is {}; {} to {} can be read", model().ir_version(),
                              kOldestIr, kNewestIr));
    }
    bool has_standard = false;
    for (const onnx::OperatorSetIdProto& opset : model().opset_import()) {
      if (!is_standard(opset.domain())) continue;
      has_standard = true;
      if (opset.version() < kOldestOpset || opset.version() > kNewestOpset) {
        return fail(fmt::format("opset_import has version {}; {} to {} can be read",
                                opset.version(), kOldestOpset, kNewestOpset));
      }
    }
    return has_standard || fail("opset_import does not name the operators of ONNX itself");
  }

  bool check_contents() {
    if (model().functions_size() > 0) {
      return fail(fmt::format("it has {} functions of its own, such as {}; write them out first",
                              model().functions_size(), in_quotes(model().functions(0).name())));
    }
    if (static_cast<std::size_t>(proto().node_size()) > kMostNodes) {
      return fail(
          fmt::format("it has {} nodes; at most {} can be cut", proto().node_size(), kMostNodes));
    }
    if (proto().node_size() == 0) return fail("field 'graph.node' is empty: there is no work");
    if (proto().output_size() == 0) return fail("field 'graph.output' is empty");
    if (const auto problem = problem_of_tensors(proto())) return fail(*problem);
    return true;
  }

  // Gives a name its value; a second one with the same name is a fault.
  bool add_value(GraphValue value, const std::string& where) {
    if (value.name.empty()) return fail(where + " has no name");
    const auto [place, is_new] = ids_.emplace(value.name, graph_.values_.size());
    if (!is_new) {
      return fail(fmt::format("{} makes {}, which exists already; names must differ", where,
                              in_quotes(value.name)));
    }
    graph_.values_.push_back(std::move(value));
    return true;
  }

  bool name_values() {
    for (const onnx::TensorProto& tensor : proto().initializer()) {
      if (!add_value({.name = tensor.name(), .is_constant = true}, "an initializer")) return false;
    }
    for (const onnx::SparseTensorProto& tensor : proto().sparse_initializer()) {
      const std::string& name = tensor.values().name();
      if (!add_value({.name = name, .is_constant = true}, "a sparse initializer")) return false;
    }
    std::set<std::string> inputs;
    for (const onnx::ValueInfoProto& input : proto().input()) {
      if (!inputs.insert(input.name()).second) {
        return fail(fmt::format("there are two inputs {}", in_quotes(input.name())));
      }
      const auto known = ids_.find(input.name());
      if (known != ids_.end()) continue;  // an input with a default is taken to be the default
      if (!add_value({.name = input.name(), .is_input = true}, "an input")) return false;
    }
    for (int i = 0; i < proto().node_size(); ++i) {
      const onnx::NodeProto& node = proto().node(i);
      graph_.nodes_.push_back({.name = name_of(node, i), .operation = node.op_type()});
      for (const std::string& output : node.output()) {
        if (output.empty()) continue;  // left out
        graph_.nodes_.back().outputs.push_back(graph_.values_.size());
        const auto producer = static_cast<std::size_t>(i);
        if (!add_value({.name = output, .producer = producer}, in_words(i))) return false;
      }
    }
    for (const onnx::ValueInfoProto& output : proto().output()) {
      const auto known = ids_.find(output.name());
      if (known == ids_.end()) {
        return fail(fmt::format("output {} is made by no node", in_quotes(output.name())));
      }
      graph_.values_[known->second].is_output = true;
    }
    return true;
  }

  bool link_nodes() {
    for (int i = 0; i < proto().node_size(); ++i) {
      const onnx::NodeProto& node = proto().node(i);
      std::set<std::string> names = captured_names(node);
      names.insert(node.input().begin(), node.input().end());
      for (const std::string& name : names) {
        if (name.empty()) continue;  // left out
        const auto known = ids_.find(name);
        if (known == ids_.end()) {
          return fail(fmt::format("{} reads {}, which no node, input or initializer makes",
                                  in_words(i), in_quotes(name)));
        }
        graph_.nodes_[static_cast<std::size_t>(i)].inputs.push_back(known->second);
      }
    }
    return true;
  }

  // Of the nodes that could come next, the one that is first in the file.
  bool sort_nodes() {
    const std::size_t count = graph_.nodes_.size();
    std::vector<std::vector<std::size_t>> readers(count);
    std::vector<std::size_t> waits_for(count, 0);
    for (std::size_t i = 0; i < count; ++i) {
      for (const std::size_t input : graph_.nodes_[i].inputs) {
        if (const auto producer = graph_.values_[input].producer) {
          readers[*producer].push_back(i);
          ++waits_for[i];
        }
      }
    }
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t i = 0; i < count; ++i) {
      if (waits_for[i] == 0) ready.push(i);
    }
    std::vector<std::size_t> order;
    while (!ready.empty()) {
      order.push_back(ready.top());
      ready.pop();
      for (const std::size_t reader : readers[order.back()]) {
        if (--waits_for[reader] == 0) ready.push(reader);
      }
    }
    if (order.size() < count) {
      const auto stuck = std::ranges::find_if(waits_for, [](std::size_t n) { return n > 0; });
      return fail(fmt::format("{} needs its own result, directly or through others: a circle",
                              in_words(static_cast<int>(stuck - waits_for.begin()))));
    }
    arrange(order);
    return true;
  }

  void arrange(const std::vector<std::size_t>& order) {
    google::protobuf::RepeatedPtrField<onnx::NodeProto> protos;
    std::vector<GraphNode> nodes;
    for (const std::size_t index : order) {
      protos.Add()->Swap(proto().mutable_node(static_cast<int>(index)));
      nodes.push_back(std::move(graph_.nodes_[index]));
    }
    proto().mutable_node()->Swap(&protos);
    graph_.nodes_ = std::move(nodes);
    for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
      for (const std::size_t output : graph_.nodes_[i].outputs) {
        graph_.values_[output].producer = i;
      }
    }
  }

  void mark_constants() {
    for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
      GraphNode& node = graph_.nodes_[i];
      node.is_constant = is_repeatable(proto().node(static_cast<int>(i))) &&
                         std::ranges::all_of(node.inputs, [&](std::size_t input) {
                           return graph_.values_[input].is_constant;
                         });
      if (!node.is_constant) continue;
      for (const std::size_t output : node.outputs) graph_.values_[output].is_constant = true;
    }
  }

  void mark_needed() {
    std::vector<bool> is_read(graph_.values_.size(), false);
    for (std::size_t i = graph_.nodes_.size(); i-- > 0;) {
      GraphNode& node = graph_.nodes_[i];
      node.is_needed = std::ranges::any_of(node.outputs, [&](std::size_t output) {
        return is_read[output] || graph_.values_[output].is_output;
      });
      if (!node.is_needed) continue;
      for (const std::size_t input : node.inputs) is_read[input] = true;
    }
    for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
      const GraphNode& node = graph_.nodes_[i];
      if (!node.is_needed) continue;
      for (const std::size_t input : node.inputs) graph_.values_[input].last_use = i;
      if (!node.is_constant) graph_.steps_.push_back(i);
    }
  }

  OnnxGraph graph_;
  std::map<std::string, std::size_t> ids_;  // of values
  std::string problem_;
};

Result<OnnxGraph> OnnxGraph::parse(const std::string& bytes, const std::string& file) {
  return GraphReader(file).read(bytes);
}

Result<OnnxGraph> OnnxGraph::read(const std::filesystem::path& file) {
  const Result<std::string> bytes = read_text_file(file, kLargestModelFile);
  if (!bytes) return bytes.error();
  return parse(bytes.value(), file.string());
}

Result<OnnxGraph> OnnxGraph::read_carefully(const std::filesystem::path& file) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  const std::uint64_t known = failure ? 0 : std::min<std::uint64_t>(size, kLargestModelFile);
  const Result<std::string> tried =
      run_apart(file.string(), limits_for_model(known), [&]() -> Result<std::string> {
        const Result<OnnxGraph> graph = read(file);
        if (!graph) return graph.error();
        return std::string("fine");
      });
  if (!tried) return tried.error();
  return read(file);
}

}  // namespace scinet
