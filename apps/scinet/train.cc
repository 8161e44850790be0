// scinet train: makes the checkpoint of a policy that decides by a trained network.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/train_imitation.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "learn/neural_policies.h"
#include "learn/policy_training.h"
#include "report/results.h"

namespace scinet {
namespace {

struct TrainOptions {
  std::string policy;
  std::uint64_t seed = 1;
  double effort = 1.0;
  std::string out;
  std::string continue_run;  // folder of a run; empty: from nothing
  std::string from;          // checkpoint to continue; empty: the one that comes with the program
  std::string data;
  std::string format = "text";
};

// One line on a terminal, which rewrites itself; elsewhere a line for each tenth of a phase.
class TrainingLine {
 public:
  void show(const PolicyTrainingProgress& progress) {
    const int tenth = static_cast<int>(10.0 * progress.done);
    if (!on_terminal_ && progress.phase == phase_ && tenth == tenth_) return;
    phase_ = progress.phase;
    tenth_ = tenth;
    fmt::print(stderr, "{:<17} {:3.0f} %", progress.phase, 100.0 * progress.done);
    if (progress.loss != 0.0) fmt::print(stderr, "  loss {:.4f}", progress.loss);
    fmt::print(stderr, "{}", on_terminal_ && progress.done < 1.0 ? "    \r" : "\n");
  }

 private:
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  std::string_view phase_;
  int tenth_ = -1;
};

Result<std::vector<Scenario>> load_bases(const std::string& data) {
  std::vector<Scenario> bases;
  for (const std::string_view name : training_scenarios()) {
    Result<Scenario> scenario = load_scenario_named(std::string(name), data);
    if (!scenario) return scenario.error();
    bases.push_back(std::move(scenario.value()));
  }
  return bases;
}

nlohmann::ordered_json summary_of(const Checkpoint& checkpoint, const std::string& file,
                                  std::size_t bytes, double processor_seconds) {
  auto errors = nlohmann::ordered_json::array();
  for (const HeldOutError& error : checkpoint.held_out) {
    errors.push_back({{"what", error.what},
                      {"trained", error.trained},
                      {"baseline", error.baseline},
                      {"baseline_is", error.baseline_is}});
  }
  return {{"policy", checkpoint.policy},
          {"seed", checkpoint.seed},
          {"file", file},
          {"bytes", bytes},
          {"processor_seconds", processor_seconds},
          {"held_out", errors}};
}

void print_text(const nlohmann::ordered_json& summary) {
  for (const auto& error : summary["held_out"]) {
    fmt::print("{}: {:.4f} on examples it never saw; {}: {:.4f}\n",
               error["what"].get<std::string>(), error["trained"].get<double>(),
               error["baseline_is"].get<std::string>(), error["baseline"].get<double>());
  }
  fmt::print("Trained in {:.0f} s of one processor: {} ({} bytes).\n",
             summary["processor_seconds"].get<double>(), summary["file"].get<std::string>(),
             summary["bytes"].get<std::size_t>());
}

Result<nlohmann::ordered_json> train_and_write(const TrainOptions& options) {
  const Result<std::vector<Scenario>> bases = load_bases(options.data);
  if (!bases) return bases.error();
  const std::clock_t start = std::clock();
  TrainingLine line;
  Result<Checkpoint> checkpoint = train_policy(
      {.policy = options.policy, .seed = options.seed, .effort = options.effort}, bases.value(),
      [&line](const PolicyTrainingProgress& progress) { line.show(progress); });
  if (!checkpoint) return checkpoint.error();
  checkpoint.value().command = training_command(options.policy, options.seed, options.out);
  if (options.effort != 1.0) {
    checkpoint.value().command += fmt::format(" --effort {}", options.effort);
  }
  const std::string text = to_json_text(checkpoint.value());
  const Status written =
      write_whole(options.out, [&text](std::ostream& stream) { stream << text; });
  if (!written) return written.error();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return summary_of(checkpoint.value(), options.out, text.size(), seconds);
}

int train(const TrainOptions& options) {
  if (!options.continue_run.empty()) {
    if (options.policy != "scinet") {
      return report_error({ErrorCode::kInvalidInput,
                           fmt::format("--continue is of 'scinet'; {} is trained from nothing",
                                       in_quotes(options.policy))});
    }
    const std::filesystem::path shipped = checkpoint_directory() / "scinet.json";
    return continue_imitation_verb({.run = options.continue_run,
                                    .from = options.from.empty() ? shipped.string() : options.from,
                                    .seed = options.seed,
                                    .out = options.out,
                                    .format = options.format});
  }
  if (options.policy == "scinet") {
    return train_imitation_verb({.seed = options.seed,
                                 .effort = options.effort,
                                 .out = options.out,
                                 .format = options.format});
  }
  const Result<nlohmann::ordered_json> summary = train_and_write(options);
  if (!summary) return report_error(summary.error());
  if (options.format == "json") {
    fmt::print("{}\n", summary.value().dump(2));
  } else {
    print_text(summary.value());
  }
  return 0;
}

}  // namespace

void add_train_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App& verb =
      *app.add_subcommand("train", "Train a policy on runs of the twin and write its checkpoint");
  verb.add_option("policy", options->policy, "Which policy")->required()->type_name("POLICY");
  verb.add_option("--seed", options->seed, "Start of all random numbers")->capture_default_str();
  verb.add_option("--effort", options->effort,
                  "Share of the runs and epochs of the checkpoints that come with the program")
      ->check(CLI::Range(0.01, 10.0))
      ->capture_default_str();
  verb.add_option("--out", options->out,
                  "File of the checkpoint; of scinet the folder of all that is made")
      ->required()
      ->type_name("FILE|DIR");
  CLI::Option* continues =
      verb.add_option("--continue", options->continue_run,
                      "Of scinet: fine-tune on a run that was recorded with --views")
          ->type_name("RUN");
  verb.add_option("--from", options->from,
                  "The checkpoint to continue (default: the one that comes with the program)")
      ->needs(continues)
      ->type_name("FILE");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = train(*options); });
}

}  // namespace scinet
