#include "split/runtime_profile.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "serving/cpu_time.h"
#include "split/onnx_tensors.h"

namespace scinet {
namespace {

using nlohmann::json;

constexpr int kMostRuns = 20;
constexpr int kFewestRuns = 5;
constexpr int kWarmUps = 2;
constexpr Seconds kEnough{2.0};

// The name that a node has while it is measured, as names in a file need not differ.
constexpr std::string_view kTag = "scinet#";

std::string with_tagged_nodes(const OnnxGraph& graph) {
  onnx::ModelProto model = graph.model();
  for (int i = 0; i < model.graph().node_size(); ++i) {
    model.mutable_graph()->mutable_node(i)->set_name(fmt::format("{}{}", kTag, i));
  }
  return model.SerializeAsString();
}

// The engine's words about our copy, as words about the file and its nodes.
std::string with_own_names(std::string words, const OnnxGraph& graph, const std::string& copy) {
  for (std::size_t at = words.find(copy); at != std::string::npos; at = words.find(copy)) {
    words.replace(at, copy.size(), graph.file());
  }
  for (std::size_t at = words.find(kTag); at != std::string::npos; at = words.find(kTag, at)) {
    const std::size_t first = at + kTag.size();
    const std::size_t end = std::min(words.find_first_not_of("0123456789", first), words.size());
    const auto node = parse_number<std::size_t>(words.substr(first, end - first));
    const bool is_ours = node && *node < graph.nodes().size();
    const std::string name = is_ours ? printable(graph.nodes()[*node].name) : "?";
    words.replace(at, end - at, name);
    at += name.size();
  }
  return words;
}

// The node that an event is about. Where the engine writes a node out as several, their names hold
// that of the node.
std::optional<std::size_t> node_of(std::string_view event) {
  const std::size_t tag = event.find(kTag);
  if (tag == std::string_view::npos || !event.ends_with("_kernel_time")) return std::nullopt;
  const std::string_view rest = event.substr(tag + kTag.size());
  return parse_number<std::size_t>(rest.substr(0, rest.find_first_not_of("0123456789")));
}

// Mean of the faster half: other load on the machine only ever adds, and single runs are rounded to
// microseconds.
double typical(std::vector<double> samples) {
  std::ranges::sort(samples);
  const std::size_t half = (samples.size() + 1) / 2;
  return std::accumulate(samples.begin(), samples.begin() + half, 0.0) / static_cast<double>(half);
}

// Runs until it was long enough; how often. The profile has several entries a node and run, which
// bounds the runs of large models.
Result<int> run_often(const OnnxSession& session, const std::vector<Tensor>& inputs,
                      std::size_t nodes) {
  const int most = std::clamp(40'000 / static_cast<int>(nodes), kFewestRuns, kMostRuns);
  const Seconds begin = thread_cpu_time();
  int runs = 0;
  while (runs < kFewestRuns + kWarmUps ||
         (runs < most + kWarmUps && thread_cpu_time() - begin < kEnough)) {
    const Result<std::vector<Tensor>> outputs = session.run(inputs);
    if (!outputs) return outputs.error();
    ++runs;
  }
  return runs;
}

Result<json> read_trace(const std::filesystem::path& scratch) {
  for (const auto& entry : std::filesystem::directory_iterator(scratch)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream stream(entry.path());
    json trace = json::parse(stream, nullptr, false);
    if (trace.is_array()) return trace;
  }
  return Error{ErrorCode::kInternal, "ONNX Runtime left no profile that can be read"};
}

// Shapes come in the order of the outputs that are tensors, e.g. [{"float":[1,10]}].
void take_shapes(const OnnxGraph& graph, std::size_t node, const json& shapes,
                 std::vector<ValueFacts>& values) {
  const std::vector<std::size_t>& outputs = graph.nodes()[node].outputs;
  if (!shapes.is_array() || shapes.size() != outputs.size()) return;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!shapes[i].is_object() || shapes[i].size() != 1) return;
    ValueFacts& facts = values[outputs[i]];
    const auto shape = shapes[i].begin();
    facts.sample_shape = shape.value().get<std::vector<std::int64_t>>();
    facts.has_sample_shape = true;
    for (const int type : {onnx::TensorProto::FLOAT, onnx::TensorProto::INT64}) {
      if (facts.element_type == 0 && element_name(type) == shape.key()) facts.element_type = type;
    }
  }
}

void take_trace(const OnnxGraph& graph, const json& trace, int runs, ModelProfile& profile) {
  std::map<std::size_t, std::vector<double>> samples;  // microseconds, a run after the other
  for (const json& event : trace) {
    if (!event.is_object() || event.value("cat", "") != "Node") continue;
    const std::optional<std::size_t> node = node_of(event.value("name", ""));
    if (!node || *node >= graph.nodes().size()) continue;
    samples[*node].push_back(event.value("dur", 0.0));
    const json& details = event.at("args");
    if (details.contains("output_type_shape")) {
      take_shapes(graph, *node, details["output_type_shape"], profile.values);
    }
  }
  for (auto& [node, durations] : samples) {
    if (graph.nodes()[node].is_constant) continue;
    // One event a run, or several where the engine wrote the node out as several.
    const std::size_t per_run = std::max<std::size_t>(1, durations.size() / runs);
    durations.erase(durations.begin(),
                    durations.begin() + std::min(durations.size() - 1, kWarmUps * per_run));
    profile.work[node] = Seconds(typical(durations) * static_cast<double>(per_run) * 1e-6);
  }
}

}  // namespace

Result<std::vector<Tensor>> in_order_of(const std::vector<std::string>& names,
                                        const std::vector<SampleInput>& inputs) {
  std::vector<Tensor> tensors;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(inputs, name, &SampleInput::name);
    if (found == inputs.end()) {
      return Error{ErrorCode::kInvalidInput, "nothing brings the input " + in_quotes(name)};
    }
    tensors.push_back(found->tensor);
  }
  return tensors;
}

Status measure_profile(const OnnxGraph& graph, const std::filesystem::path& library,
                       const std::vector<SampleInput>& inputs, const std::filesystem::path& scratch,
                       ModelProfile& profile) {
  const auto problem = [&](const Error& error) {
    return Error{ErrorCode::kInvalidInput,
                 with_own_names(error.message, graph, (scratch / "model.onnx").string())};
  };
  const Result<OnnxRuntime> runtime = OnnxRuntime::load(library);
  if (!runtime) return runtime.error();
  const std::filesystem::path file = scratch / "model.onnx";
  std::ofstream(file, std::ios::binary) << with_tagged_nodes(graph);
  int runs = 0;
  {
    const Result<OnnxSession> session = runtime.value().open_profiled(file, scratch / "profile");
    if (!session) return problem(session.error());
    const Result<std::vector<Tensor>> tensors = in_order_of(session.value().input_names(), inputs);
    if (!tensors) return problem(tensors.error());
    const Result<int> ran = run_often(session.value(), tensors.value(), graph.nodes().size());
    if (!ran) return problem(ran.error());
    runs = ran.value();
  }  // the session writes its profile when it ends
  const Result<json> trace = read_trace(scratch);
  if (!trace) return trace.error();
  take_trace(graph, trace.value(), runs, profile);
  profile.is_measured = true;
  profile.method = fmt::format("measured: {} runs in ONNX Runtime {}, one thread", runs - kWarmUps,
                               runtime.value().version());
  return ok_status();
}

}  // namespace scinet
