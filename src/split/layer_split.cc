#include "split/layer_split.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "split/apart.h"
#include "split/cut_problem.h"
#include "split/fragment_writer.h"
#include "split/layer_cut.h"
#include "split/model_profile.h"
#include "split/onnx_checker.h"
#include "split/onnx_graph.h"
#include "split/split_check.h"
#include "split/temporary_folder.h"

namespace scinet {
namespace {

using nlohmann::json;

std::vector<std::string> names_of(const OnnxGraph& graph, const std::vector<std::size_t>& values) {
  std::vector<std::string> names;
  for (const std::size_t value : values) names.push_back(graph.values()[value].name);
  return names;
}

Bytes size_of(const ModelProfile& profile, const std::vector<std::size_t>& values) {
  Bytes total(0.0);
  for (const std::size_t value : values) {
    total += profile.values[value].sample_size().value_or(Bytes(0.0));
  }
  return total;
}

SplitPart described(const OnnxGraph& graph, const ModelProfile& profile, const ModelPart& part) {
  SplitPart described{.file = {},
                      .steps = part.steps,
                      .takes = names_of(graph, part.takes),
                      .gives = names_of(graph, part.gives),
                      .arrives = names_of(graph, part.arrives),
                      .leaves = names_of(graph, part.leaves),
                      .bytes_in = size_of(profile, part.arrives),
                      .bytes_out = size_of(profile, part.leaves)};
  for (const std::size_t node : part.nodes) described.work += profile.work[node];
  return described;
}

Status write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (stream) return ok_status();
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot write {}; is the disk full?", file.string())};
}

Status check_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  if (!std::filesystem::exists(folder, failure)) return ok_status();
  if (std::filesystem::is_directory(folder, failure) &&
      std::filesystem::is_empty(folder, failure) && !failure) {
    return ok_status();
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{}: this exists and is no empty folder; name another, or remove it",
                           folder.string())};
}

std::vector<std::filesystem::path> files_of(const LayerSplit& split,
                                            const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const SplitPart& part : split.parts) files.push_back(folder / part.file);
  return files;
}

// The checker on every part, then the chain against the whole; as JSON, for another process.
Result<std::string> try_parts(const OnnxGraph& graph, const LayerSplit& split,
                              const LayerSplitOptions& options,
                              const std::vector<SampleInput>& inputs,
                              const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> files = files_of(split, folder);
  for (const std::filesystem::path& file : files) {
    const Result<OnnxGraph> part = OnnxGraph::read(file);
    if (!part) return part.error();
    const Status checked = check_with_onnx(part.value().model(), file.string());
    if (!checked) return checked.error();
  }
  if (!options.runtime) return std::string("{}");
  const Result<SplitCheck> check = check_split(*options.runtime, graph.file(), files, inputs);
  if (!check) {
    return Error{check.error().code,
                 fmt::format("{}: its parts do not run: {}", graph.file(), check.error().message)};
  }
  if (!(check.value().largest_difference <= kSameOutputs)) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: its parts answer {:.3g} apart from the whole, which may be {}; "
                             "does it draw random numbers?",
                             graph.file(), check.value().largest_difference, kSameOutputs)};
  }
  json times = json::array();
  for (const Seconds time : check.value().part_time) times.push_back(time.count());
  return json{{"difference", check.value().largest_difference},
              {"whole", check.value().whole_time.count()},
              {"parts", times}}
      .dump();
}

Status check_parts(const OnnxGraph& graph, const LayerSplitOptions& options,
                   const std::vector<SampleInput>& inputs, const std::filesystem::path& folder,
                   LayerSplit& split) {
  const Result<std::string> text =
      run_apart(graph.file(), limits_for_model(graph.model().ByteSizeLong()),
                [&] { return try_parts(graph, split, options, inputs, folder); });
  if (!text) return text.error();
  const json check = json::parse(text.value());
  if (check.empty()) return ok_status();
  split.largest_difference = check.at("difference").get<double>();
  split.whole_time = Seconds(check.at("whole").get<double>());
  for (std::size_t i = 0; i < split.parts.size(); ++i) {
    split.parts[i].time = Seconds(check.at("parts").at(i).get<double>());
  }
  return ok_status();
}

// What all rounds have in common.
struct Trial {
  const OnnxGraph& graph;
  const ModelProfile& profile;
  const std::vector<SampleInput>& inputs;
  const LayerSplitOptions& options;
  const std::filesystem::path& folder;
};

struct Attempt {
  TemporaryFolder draft;  // holds the parts
  LayerSplit split;
};

LayerSplit described(const Trial& trial) {
  LayerSplit split{.model = std::filesystem::path(trial.graph.file()).filename().string(),
                   .work_is_measured = trial.profile.is_measured,
                   .work_method = trial.profile.method,
                   .link = trial.options.link};
  for (const SampleInput& input : trial.inputs) split.inputs.push_back(input.name);
  for (const auto& output : trial.graph.model().graph().output()) {
    split.outputs.push_back(output.name());
  }
  return split;
}

// The slowest part as measured, with what it sends; the last one answers over another link.
Seconds slowest_measured(const LayerSplit& split) {
  Seconds slowest(0.0);
  for (std::size_t i = 0; i < split.parts.size(); ++i) {
    const SplitPart& part = split.parts[i];
    const bool sends = i + 1 < split.parts.size();
    slowest = std::max(slowest, *part.time + (sends ? part.bytes_out / split.link : Seconds(0.0)));
  }
  return slowest;
}

// Writes the parts of these cuts, runs them, and says how they do.
Result<Attempt> try_cuts(const Trial& trial, const CutProblem& problem,
                         const std::vector<std::size_t>& cuts) {
  Result<TemporaryFolder> draft = TemporaryFolder::make_beside(trial.folder);
  if (!draft) return draft.error();
  const std::filesystem::path place = draft.value().path();
  LayerSplit split = described(trial);
  for (const ModelPart& part : parts_of(trial.graph, cuts)) {
    SplitPart entry = described(trial.graph, trial.profile, part);
    const std::size_t number = split.parts.size() + 1;
    entry.file = fmt::format("part-{}.onnx", number);
    const std::string name = fmt::format("{} part {} of {}", trial.graph.model().graph().name(),
                                         number, trial.options.parts);
    const std::string bytes = fragment_bytes(trial.graph, trial.profile, part, name);
    entry.file_size = Bytes(static_cast<double>(bytes.size()));
    const Status written = write_file(place / entry.file, bytes);
    if (!written) return written.error();
    split.parts.push_back(std::move(entry));
  }
  const Status checked = check_parts(trial.graph, trial.options, trial.inputs, place, split);
  if (!checked) return checked.error();
  split.slowest_part =
      trial.options.runtime ? slowest_measured(split) : slowest_part(problem, cuts);
  return Attempt{std::move(draft).value(), std::move(split)};
}

// The engine fuses nodes as it serves, more in some parts than in others. So the work of each step
// is scaled by what its part really took.
void correct_work(const LayerSplit& split, CutProblem& problem) {
  std::size_t step = 0;
  for (const SplitPart& part : split.parts) {
    const auto first = problem.work.begin() + static_cast<std::ptrdiff_t>(step);
    const auto last = first + static_cast<std::ptrdiff_t>(part.steps);
    const Seconds believed = std::accumulate(first, last, Seconds(0.0));
    for (auto work = first; work != last; ++work) {
      *work = believed > Seconds(0.0) ? *work * (*part.time / believed)
                                      : *part.time / static_cast<double>(part.steps);
    }
    step += part.steps;
  }
}

}  // namespace

Result<LayerSplit> split_by_layer(const std::filesystem::path& model,
                                  const std::filesystem::path& folder,
                                  const LayerSplitOptions& options) {
  const Status usable = check_folder(folder);
  if (!usable) return usable.error();
  const Result<OnnxGraph> graph = OnnxGraph::read_carefully(model);
  if (!graph) return graph.error();
  const Result<ModelProfile> profile =
      profile_model(graph.value(), {options.runtime, options.sample});
  if (!profile) return profile.error();
  const Result<std::vector<SampleInput>> inputs = sample_inputs(graph.value(), options.sample);
  if (!inputs) return inputs.error();

  const Trial trial{graph.value(), profile.value(), inputs.value(), options, folder};
  CutProblem problem = cut_problem(graph.value(), profile.value(), options.parts, options.link);
  std::set<std::vector<std::size_t>> tried;
  std::optional<Attempt> best;
  do {
    const Result<std::vector<std::size_t>> cuts = cuts_of(graph.value(), problem);
    if (!cuts) return cuts.error();
    if (!tried.insert(cuts.value()).second) break;
    Result<Attempt> attempt = try_cuts(trial, problem, cuts.value());
    if (!attempt) return attempt.error();
    if (options.runtime) correct_work(attempt.value().split, problem);
    if (!best || attempt.value().split.slowest_part < best->split.slowest_part) {
      best.emplace(std::move(attempt).value());
    }
  } while (options.runtime && std::cmp_less(tried.size(), options.rounds));

  const std::string description =
      json_of(best->split).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  const Status written = write_file(best->draft.path() / "split.json", description);
  if (!written) return written.error();
  const Status kept = best->draft.keep_as(folder);
  if (!kept) return kept.error();
  return std::move(best->split);
}

json json_of(const LayerSplit& split) {
  const auto milliseconds = [](const std::optional<Seconds>& time) {
    return time ? json(time->count() * 1e3) : json();
  };
  json parts = json::array();
  for (const SplitPart& part : split.parts) {
    parts.push_back({{"file", part.file},
                     {"nodes", part.steps},
                     {"work_ms", part.work.count() * 1e3},
                     {"time_ms", milliseconds(part.time)},
                     {"file_bytes", part.file_size.value()},
                     {"inputs", part.takes},
                     {"outputs", part.gives},
                     {"receives", part.arrives},
                     {"sends", part.leaves},
                     {"bytes_in", part.bytes_in.value()},
                     {"bytes_out", part.bytes_out.value()}});
  }
  return {
      {"strategy", "layer"},
      {"model", split.model},
      {"inputs", split.inputs},
      {"outputs", split.outputs},
      {"work_is_measured", split.work_is_measured},
      {"work_method", split.work_method},
      {"link_bytes_per_second", split.link.value()},
      {"slowest_part_ms", split.slowest_part.count() * 1e3},
      {"whole_time_ms", milliseconds(split.whole_time)},
      {"largest_difference", split.largest_difference ? json(*split.largest_difference) : json()},
      {"parts", parts}};
}

}  // namespace scinet
