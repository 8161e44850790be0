#include "learn/checkpoint.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/text.h"

namespace scinet {
namespace {

using Json = nlohmann::json;

std::string text_of(const Matrix& values) {
  std::string text;
  for (Eigen::Index row = 0; row < values.rows(); ++row) {
    for (Eigen::Index column = 0; column < values.cols(); ++column) {
      if (!text.empty()) text += column == 0 ? ",\n    " : ",";
      text += fmt::format("{}", static_cast<float>(values(row, column)));
    }
  }
  return text;
}

// Row by row.
Matrix matrix_of(const Json& values, const WeightShape& shape) {
  Matrix matrix(shape.rows, shape.columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    matrix(i / shape.columns, i % shape.columns) =
        static_cast<double>(values.at(static_cast<std::size_t>(i)).get<float>());
  }
  return matrix;
}

// What is wrong with the weights, if anything.
std::optional<std::string> problem_of(const Json& weights, const std::vector<WeightShape>& shapes) {
  if (!weights.is_object() || weights.size() != shapes.size()) {
    return fmt::format("it has {} weight matrices, the network has {}", weights.size(),
                       shapes.size());
  }
  for (const WeightShape& shape : shapes) {
    const auto found = weights.find(shape.name);
    if (found == weights.end()) return fmt::format("it lacks the weights '{}'", shape.name);
    const auto rows = found->at("rows").get<Eigen::Index>();
    const auto columns = found->at("columns").get<Eigen::Index>();
    const std::size_t count = found->at("values").size();
    if (rows != shape.rows || columns != shape.columns ||
        count != static_cast<std::size_t>(rows * columns)) {
      return fmt::format("weights '{}' are {} x {} with {} numbers, the network needs {} x {}",
                         shape.name, rows, columns, count, shape.rows, shape.columns);
    }
  }
  return std::nullopt;
}

Checkpoint checkpoint_of(const Json& document, const std::vector<WeightShape>& shapes) {
  Checkpoint checkpoint{.policy = document.at("policy").get<std::string>(),
                        .command = document.at("command").get<std::string>(),
                        .seed = document.at("seed").get<std::uint64_t>(),
                        .held_out = {}};
  for (const Json& error : document.at("held_out")) {
    checkpoint.held_out.push_back(
        {error.at("what").get<std::string>(), error.at("trained").get<double>(),
         error.at("baseline").get<double>(), error.at("baseline_is").get<std::string>()});
  }
  if (const auto settings = document.find("settings"); settings != document.end()) {
    settings->get_to(checkpoint.settings);
  }
  checkpoint.data = document.value("data", "");
  checkpoint.continued_from = document.value("continued_from", "");
  if (const auto losses = document.find("losses"); losses != document.end()) {
    losses->get_to(checkpoint.losses);
  }
  for (const WeightShape& shape : shapes) {
    checkpoint.weights.push_back(
        {shape.name, matrix_of(document.at("weights").at(shape.name).at("values"), shape)});
  }
  return checkpoint;
}

// What is particular to the training of a policy.
struct Training {
  int version = 1;               // of its checkpoints
  bool leaves_a_folder = false;  // and the checkpoint in it
};

Training training_of(std::string_view policy) {
  return policy == "scinet" ? Training{.version = 2, .leaves_a_folder = true} : Training{};
}

std::string remedy(std::string_view policy, const std::filesystem::path& file) {
  if (!training_of(policy).leaves_a_folder) {
    return fmt::format("make the checkpoint with `{}`", training_command(policy, 1, file));
  }
  return fmt::format("make the checkpoint with `{}` and put DIR/{}.json in this place",
                     training_command(policy, 1, "DIR"), policy);
}

}  // namespace

int checkpoint_version(std::string_view policy) { return training_of(policy).version; }

std::string training_command(std::string_view policy, std::uint64_t seed,
                             const std::filesystem::path& file) {
  return fmt::format("scinet train {} --seed {} --out {}", policy, seed, file.string());
}

// One line for each row of a matrix, so that a file of new weights can be read as a difference.
std::string to_json_text(const Checkpoint& checkpoint) {
  std::string errors;
  for (const HeldOutError& error : checkpoint.held_out) {
    errors += fmt::format("{}\n  {}", errors.empty() ? "" : ",",
                          nlohmann::ordered_json{{"what", error.what},
                                                 {"trained", error.trained},
                                                 {"baseline", error.baseline},
                                                 {"baseline_is", error.baseline_is}}
                              .dump());
  }
  std::string weights;
  for (const auto& [name, values] : checkpoint.weights) {
    weights += fmt::format("{}\n  {}: {{\"rows\": {}, \"columns\": {}, \"values\": [\n    {}]}}",
                           weights.empty() ? "" : ",", Json(name).dump(), values.rows(),
                           values.cols(), text_of(values));
  }
  std::string extras;
  if (!checkpoint.settings.empty()) {
    extras += fmt::format("\"settings\": {},\n", Json(checkpoint.settings).dump());
  }
  if (!checkpoint.data.empty()) {
    extras += fmt::format("\"data\": {},\n", Json(checkpoint.data).dump());
  }
  if (!checkpoint.continued_from.empty()) {
    extras += fmt::format("\"continued_from\": {},\n", Json(checkpoint.continued_from).dump());
  }
  if (!checkpoint.losses.empty()) {
    extras += fmt::format("\"losses\": {},\n", Json(checkpoint.losses).dump());
  }
  return fmt::format(
      "{{\n\"version\": {},\n\"policy\": {},\n\"command\": {},\n\"seed\": {},\n{}"
      "\"held_out\": [{}\n],\n\"weights\": {{{}\n}}\n}}\n",
      checkpoint_version(checkpoint.policy), Json(checkpoint.policy).dump(),
      Json(checkpoint.command).dump(), checkpoint.seed, extras, errors, weights);
}

Result<Checkpoint> load_checkpoint(const std::filesystem::path& file, std::string_view policy,
                                   const std::vector<WeightShape>& shapes) {
  const auto error = [&](ErrorCode code, std::string_view problem) {
    return Error{code, fmt::format("{}: {}; {}", file.string(), problem, remedy(policy, file))};
  };
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return error(ErrorCode::kNotFound, "cannot be read");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  try {
    const Json document = Json::parse(text);
    const std::string trained_for = document.at("policy").get<std::string>();
    if (trained_for != policy) {
      return error(ErrorCode::kInvalidInput,
                   fmt::format("holds the weights of {}, not of {}", in_quotes(trained_for),
                               in_quotes(policy)));
    }
    const int version = document.value("version", 1);
    if (version != checkpoint_version(policy)) {
      return error(ErrorCode::kInvalidInput,
                   fmt::format("is of version {}, this program reads version {}", version,
                               checkpoint_version(policy)));
    }
    if (const auto problem = problem_of(document.at("weights"), shapes)) {
      return error(ErrorCode::kInvalidInput, *problem);
    }
    return checkpoint_of(document, shapes);
  } catch (const Json::exception& problem) {
    return error(ErrorCode::kInvalidInput,
                 fmt::format("is not a whole checkpoint ({})", problem.what()));
  }
}

struct CheckpointFile::Contents {
  std::filesystem::path file;
  std::string policy;
  std::vector<WeightShape> shapes;
  std::once_flag once;
  std::optional<Result<Checkpoint>> checkpoint;
};

CheckpointFile::CheckpointFile(std::filesystem::path file, std::string policy,
                               std::vector<WeightShape> shapes)
    : contents_(std::make_shared<Contents>()) {
  contents_->file = std::move(file);
  contents_->policy = std::move(policy);
  contents_->shapes = std::move(shapes);
}

const Result<Checkpoint>& CheckpointFile::read() const {
  Contents& own = *contents_;
  std::call_once(own.once, [&own] {
    own.checkpoint.emplace(load_checkpoint(own.file, own.policy, own.shapes));
  });
  return *own.checkpoint;
}

}  // namespace scinet
