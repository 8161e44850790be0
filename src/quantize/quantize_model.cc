#include "quantize/quantize_model.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "quantize/float_model.h"
#include "quantize/integer_check.h"
#include "quantize/integer_model.h"
#include "quantize/integer_plan.h"
#include "split/apart.h"
#include "split/deterministic_bytes.h"
#include "split/onnx_checker.h"
#include "split/temporary_folder.h"

namespace scinet {
namespace {

using nlohmann::json;

Status check_place(const std::filesystem::path& out) {
  std::error_code failure;
  if (!std::filesystem::exists(out, failure)) return ok_status();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{}: this exists; name another file, or remove it", out.string())};
}

struct Scaled {
  IntegerPlan plan;
  std::map<std::size_t, ValueScale> scales;
};

// Values that turn out not to fit stay real, and so do the nodes that need them.
Result<Scaled> plan_and_scale(const OnnxGraph& graph, const OnnxRuntime& runtime,
                              const std::vector<CalibrationInput>& inputs, RangeRule rule,
                              const std::filesystem::path& scratch) {
  const FloatValues floats = float_values(graph);
  std::set<std::size_t> unfit;
  IntegerPlan plan = plan_integers(graph, floats, unfit);
  std::vector<std::string> names;
  for (const auto& [value, from] : plan.scale_from) names.push_back(graph.values()[from].name);
  const auto ranges = measure_ranges(runtime, graph.model(), names, inputs, rule, scratch);
  if (!ranges) return ranges.error();
  for (const auto& [value, from] : plan.scale_from) {
    if (!ranges.value().at(graph.values()[from].name).fits) unfit.insert({value, from});
  }
  if (!unfit.empty()) plan = plan_integers(graph, floats, unfit);
  std::map<std::size_t, ValueScale> scales;
  for (const auto& [value, from] : plan.scale_from) {
    const auto range = ranges.value().find(graph.values()[from].name);
    if (range == ranges.value().end()) {
      return Error{ErrorCode::kInternal, "a value was planned that was not measured"};
    }
    scales[value] = scale_for(range->second.low, range->second.high);
  }
  return Scaled{std::move(plan), std::move(scales)};
}

// What the file said of the model as it was (its accuracy, say) is not true of this one.
onnx::ModelProto described(onnx::ModelProto model, const onnx::ModelProto& whole,
                           std::size_t inputs) {
  if (whole.has_producer_name()) model.set_producer_name(whole.producer_name());
  if (whole.has_producer_version()) model.set_producer_version(whole.producer_version());
  model.clear_metadata_props();
  const auto add = [&model](const std::string& key, const std::string& value) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  };
  for (const auto& entry : whole.metadata_props()) add("float." + entry.key(), entry.value());
  add("quantized", fmt::format("8 bits, ranges from {} inputs", inputs));
  return model;
}

Error nothing_to_do(const OnnxGraph& graph) {
  for (const GraphNode& node : graph.nodes()) {
    if (node.operation != "DequantizeLinear" && node.operation != "QLinearConv") continue;
    return {ErrorCode::kInvalidInput,
            fmt::format("{}: it has a node {} and so is quantized already; give the float model",
                        graph.file(), node.operation)};
  }
  return {ErrorCode::kInvalidInput,
          fmt::format("{}: none of its nodes has an integer form; that needs a Conv, Gemm or "
                      "MatMul of float32 with constant weights, outside of graphs inside nodes",
                      graph.file())};
}

// Counts by operator, as the engine will see them.
void count_nodes(const OnnxGraph& graph, const IntegerPlan& plan, QuantizedModel& quantized) {
  std::set<std::size_t> integer = plan.dissolved;
  for (const IntegerNode& node : plan.nodes) integer.insert(node.node);
  for (const std::size_t step : graph.steps()) {
    auto& counts = integer.contains(step) ? quantized.integer_nodes : quantized.real_nodes;
    ++counts[graph.nodes()[step].operation];
  }
}

// What is said of a copy of ours in `folder`, is said of the model.
Error about_model(Error error, const std::string& model, const std::filesystem::path& folder) {
  const std::string copy = folder.string() + "/";
  bool is_about_copy = false;
  for (std::size_t at = error.message.find(copy); at != std::string::npos;
       at = error.message.find(copy)) {
    const std::size_t end = std::min(error.message.find(".onnx", at), error.message.size() - 5) + 5;
    error.message.replace(at, end - at, model);
    is_about_copy = true;
  }
  if (is_about_copy && error.code != ErrorCode::kTooLarge) error.code = ErrorCode::kInvalidInput;
  return error;
}

// Every input is there all the time, and run a few times.
ApartLimits limits_of(const onnx::ModelProto& model,
                      const std::vector<CalibrationInput>& calibration) {
  constexpr unsigned kSecondsAnInput = 10;
  ApartLimits limits = limits_for_model(model.ByteSizeLong());
  limits.cpu_seconds += kSecondsAnInput * static_cast<unsigned>(calibration.size());
  for (const CalibrationInput& input : calibration) {
    for (const SampleInput& given : input) {
      limits.memory_bytes +=
          sizeof(float) * std::visit([](const auto& v) { return v.size(); }, given.tensor.values);
    }
  }
  return limits;
}

struct Job {
  const std::filesystem::path& model;
  const std::vector<CalibrationInput>& calibration;
  const QuantizeOptions& options;
  std::filesystem::path scratch;
  std::filesystem::path draft;
};

// All that touches the model; the draft is written, and what is said of it comes back as JSON.
Result<std::string> make_draft(const Job& job, const OnnxGraph& whole) {
  const Status checked = check_with_onnx(whole.model(), whole.file());
  if (!checked) return checked.error();
  const Result<OnnxGraph> graph =
      float_model(whole, job.options.runtime, job.calibration.front(), job.scratch);
  if (!graph) return graph.error();
  const Result<OnnxRuntime> runtime = OnnxRuntime::load(job.options.runtime);
  if (!runtime) return runtime.error();
  const Result<Scaled> scaled = plan_and_scale(graph.value(), runtime.value(), job.calibration,
                                               job.options.ranges, job.scratch);
  if (!scaled) return scaled.error();
  const IntegerPlan& plan = scaled.value().plan;
  if (plan.nodes.empty()) return nothing_to_do(graph.value());

  const onnx::ModelProto made = described(integer_model(graph.value(), plan, scaled.value().scales),
                                          whole.model(), job.calibration.size());
  const std::string bytes = deterministic_bytes(made);
  std::ofstream(job.draft, std::ios::binary) << bytes;
  const Result<OnnxGraph> read = OnnxGraph::read(job.draft);
  if (!read) return read.error();
  const Status valid = check_with_onnx(made, job.draft.string());
  if (!valid) return valid.error();

  QuantizedModel quantized{.inputs = job.calibration.size()};
  count_nodes(graph.value(), plan, quantized);
  const Status compared =
      compare_models(job.options.runtime, job.model, job.draft, job.calibration, quantized);
  if (!compared) return compared.error();
  quantized.size_after = Bytes(static_cast<double>(bytes.size()));
  return json_of(quantized).dump(-1, ' ', true, json::error_handler_t::replace);
}

QuantizedModel from_json(const json& read) {
  return {.inputs = read.at("inputs"),
          .integer_nodes = read.at("integer_nodes"),
          .real_nodes = read.at("real_nodes"),
          .answers = read.at("answers"),
          .same_answers = read.at("same_answers"),
          .largest_difference = read.at("largest_difference"),
          .largest_number = read.at("largest_number"),
          .size_after = Bytes(read.at("bytes_after").get<double>()),
          .time_before = Seconds(read.at("time_before_ms").get<double>() / 1e3),
          .time_after = Seconds(read.at("time_after_ms").get<double>() / 1e3)};
}

}  // namespace

Result<QuantizedModel> quantize_model(const std::filesystem::path& model,
                                      const std::filesystem::path& out,
                                      const std::vector<CalibrationInput>& calibration,
                                      const QuantizeOptions& options) {
  const Status free = check_place(out);
  if (!free) return free.error();
  if (calibration.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: there are no inputs to see its values on", model.string())};
  }
  const Result<OnnxGraph> whole = OnnxGraph::read_carefully(model);
  if (!whole) return whole.error();
  const Result<TemporaryFolder> scratch = TemporaryFolder::make();
  if (!scratch) return scratch.error();
  const Result<TemporaryFolder> beside = TemporaryFolder::make_beside(out);
  if (!beside) return beside.error();
  const Job job{model, calibration, options, scratch.value().path(),
                beside.value().path() / "int8.onnx"};
  const Result<std::string> text =
      run_apart(model.string(), limits_of(whole.value().model(), calibration),
                [&] { return make_draft(job, whole.value()); });
  if (!text) {
    return about_model(about_model(text.error(), model.string(), scratch.value().path()),
                       model.string(), beside.value().path());
  }

  QuantizedModel quantized = from_json(json::parse(text.value()));
  quantized.model = model.filename().string();
  std::error_code failure;
  quantized.size_before = Bytes(static_cast<double>(std::filesystem::file_size(model, failure)));
  std::filesystem::rename(job.draft, out, failure);
  if (failure) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("cannot write {}: {}", out.string(), failure.message())};
  }
  return quantized;
}

json json_of(const QuantizedModel& quantized) {
  return {{"model", quantized.model},
          {"inputs", quantized.inputs},
          {"integer_nodes", quantized.integer_nodes},
          {"real_nodes", quantized.real_nodes},
          {"answers", quantized.answers},
          {"same_answers", quantized.same_answers},
          {"largest_difference", quantized.largest_difference},
          {"largest_number", quantized.largest_number},
          {"bytes_before", quantized.size_before.value()},
          {"bytes_after", quantized.size_after.value()},
          {"time_before_ms", quantized.time_before.count() * 1e3},
          {"time_after_ms", quantized.time_after.count() * 1e3}};
}

}  // namespace scinet
