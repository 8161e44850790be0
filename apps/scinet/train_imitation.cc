#include "apps/scinet/train_imitation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "apps/scinet/verb_result.h"
#include "learn/imitation/continued_training.h"
#include "learn/imitation/imitation_training.h"
#include "report/html_report.h"
#include "report/results.h"

namespace scinet {
namespace {

using Figures = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// One line on a terminal, which rewrites itself; elsewhere one for each hundredth.
class ProgressLine {
 public:
  void show(const ImitationProgress& progress) {
    const int hundredth = static_cast<int>(100.0 * progress.done);
    if (!on_terminal_ && hundredth == hundredth_ && progress.phase == phase_) return;
    hundredth_ = hundredth;
    phase_ = progress.phase;
    if (!first_) first_ = {Clock::now(), progress.done};
    fmt::print(stderr, "{:3.0f} %  {:<14}", 100.0 * progress.done, progress.phase);
    if (progress.loss != 0.0) fmt::print(stderr, "  loss {:.4f}", progress.loss);
    const double made = progress.done - first_->done;
    const double seconds = std::chrono::duration<double>(Clock::now() - first_->at).count();
    if (made > 0.005) {
      fmt::print(stderr, "  {:.0f} min left", seconds / made * (1.0 - progress.done) / 60.0);
    }
    fmt::print(stderr, "{}", on_terminal_ && progress.done < 1.0 ? "        \r" : "\n");
  }

 private:
  struct Moment {
    Clock::time_point at;
    double done = 0.0;
  };
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  std::optional<Moment> first_;
  std::string phase_;
  int hundredth_ = -1;
};

Figures json_of(const HeadReport& head) {
  return {{"questions", head.questions},
          {"regret",
           {{"network", head.regret},
            {"rule", head.rule_regret},
            {"majority", head.majority_regret},
            {"random", head.random_regret}}},
          {"agreement",
           {{"network", head.agreement},
            {"rule", head.rule_agreement},
            {"majority", head.majority_agreement}}}};
}

Figures json_of(const StudyReport& report) {
  Figures figures;
  for (std::size_t k = 0; k < kHeads; ++k) {
    figures[std::string(to_string(static_cast<Head>(k)))] = json_of(report.heads[k]);
  }
  figures["next_utilisation_rmse"] = {{"network", report.utilisation_error},
                                      {"last_value", report.persistence_error},
                                      {"mean_of_3", report.average_error}};
  return figures;
}

Figures json_of(const WholeRuns& played) {
  return {{"runs", played.runs},
          {"beats", played.beats},
          {"qos", played.qos},
          {"cosim_qos", played.cosim_qos}};
}

Figures report_of(const ImitationResult& result) {
  Figures phases = Figures::array();
  for (const PhaseReport& phase : result.phases) {
    phases.push_back({{"phase", phase.phase},
                      {"lessons", phase.lessons},
                      {"losses", phase.losses},
                      {"validation", json_of(phase.validation)}});
  }
  return {{"policy", result.checkpoint.policy},
          {"command", result.checkpoint.command},
          {"seed", result.checkpoint.seed},
          {"data", result.checkpoint.data},
          {"phases", phases},
          {"test", json_of(result.test)},
          {"test_without_features", json_of(result.test_blank)},
          {"test_with_shuffled_features", json_of(result.test_shuffled)},
          {"test_in_other_families", json_of(result.test_elsewhere)},
          {"whole_runs", json_of(result.whole_runs)},
          {"large_runs", json_of(result.large_runs)}};
}

Figures report_of(const ContinuedResult& result) {
  return {{"policy", result.checkpoint.policy},
          {"command", result.checkpoint.command},
          {"continued_from", result.checkpoint.continued_from},
          {"seed", result.checkpoint.seed},
          {"data", result.checkpoint.data},
          {"lessons", result.lessons},
          {"held_out", result.held_out},
          {"losses", result.checkpoint.losses},
          {"before", json_of(result.before)},
          {"after", json_of(result.after)}};
}

void print_heads(std::string_view title, const StudyReport& report) {
  fmt::print("{}\n{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}{:>10}{:>10}\n", title, "", "questions",
             "regret", "rule", "majority", "random", "agreement", "rule", "majority");
  for (std::size_t k = 0; k < kHeads; ++k) {
    const HeadReport& head = report.heads[k];
    fmt::print("{:<10}{:>10}{:>10.5f}{:>10.5f}{:>10.5f}{:>10.5f}{:>11.1f}%{:>9.1f}%{:>9.1f}%\n",
               to_string(static_cast<Head>(k)), head.questions, head.regret, head.rule_regret,
               head.majority_regret, head.random_regret, 100.0 * head.agreement,
               100.0 * head.rule_agreement, 100.0 * head.majority_agreement);
  }
  fmt::print(
      "utilisation of the next beat, root mean square error: {:.4f} (last value {:.4f}, mean "
      "of 3 beats {:.4f})\n\n",
      report.utilisation_error, report.persistence_error, report.average_error);
}

// That it decides by what it sees.
void print_disturbed(const ImitationResult& result) {
  fmt::print("Regret on those seeds when it sees\n{:<10}{:>14}{:>14}{:>14}\n", "", "what is there",
             "zeros", "others' rows");
  for (std::size_t k = 0; k < kHeads; ++k) {
    fmt::print("{:<10}{:>14.5f}{:>14.5f}{:>14.5f}\n", to_string(static_cast<Head>(k)),
               result.test.heads[k].regret, result.test_blank.heads[k].regret,
               result.test_shuffled.heads[k].regret);
  }
  fmt::print("\n");
}

void print_runs(std::string_view hosts, const WholeRuns& played) {
  fmt::print("{:<20}{:.4f} (cosim {:.4f}), {} runs of {} beats\n", hosts, played.qos,
             played.cosim_qos, played.runs, played.beats);
}

// The checkpoint and what there is to tell of it, for programs and for people.
Status write_all(const std::filesystem::path& folder, const Checkpoint& checkpoint,
                 const Figures& report) {
  Status written = write_whole(folder / "scinet.json", to_json_text(checkpoint));
  if (written) written = write_whole(folder / "report.json", report.dump(2) + "\n");
  if (written) written = write_whole(folder / "report.html", training_html(report));
  return written;
}

Result<ImitationResult> train_and_write(const std::filesystem::path& folder,
                                        const ImitationTraining& training) {
  ProgressLine line;
  Result<ImitationResult> result = train_imitation(
      training, [&line](const ImitationProgress& progress) { line.show(progress); });
  if (!result) return result.error();
  Checkpoint& checkpoint = result.value().checkpoint;
  checkpoint.command = fmt::format("scinet train scinet --seed {} --out DIR", training.seed);
  if (training.effort != 1.0) checkpoint.command += fmt::format(" --effort {}", training.effort);
  const Status written = write_all(folder, checkpoint, report_of(result.value()));
  if (!written) return written.error();
  return result;
}

Result<ContinuedResult> continue_and_write(const ContinueImitationOptions& options) {
  Result<Checkpoint> from = load_checkpoint(options.from, "scinet", imitation_shapes());
  if (!from) return from.error();
  ProgressLine line;
  Result<ContinuedResult> result = continue_imitation(
      {.run = options.run, .from = std::move(from).value(), .seed = options.seed},
      [&line](double share) { line.show({.phase = "lessons", .done = share}); });
  if (!result) return result.error();
  Checkpoint& checkpoint = result.value().checkpoint;
  checkpoint.command =
      fmt::format("scinet train scinet --continue RUN --seed {} --out DIR", options.seed);
  if (const Status made = make_directory(options.out); !made) return made.error();
  const std::filesystem::path folder = options.out;
  const Status written = write_all(folder, checkpoint, report_of(result.value()));
  if (!written) return written.error();
  return result;
}

}  // namespace

int continue_imitation_verb(const ContinueImitationOptions& options) {
  const Result<ContinuedResult> result = continue_and_write(options);
  if (!result) return report_error(result.error());
  const auto& [checkpoint, lessons, held_out, before, after] = result.value();
  if (options.format == "json") {
    fmt::print("{}\n", report_of(result.value()).dump(2));
    return 0;
  }
  fmt::print("{} situations of the run learned from, {} others to judge by.\n\n", lessons,
             held_out);
  print_heads("Before, on those others:", before);
  print_heads("After:", after);
  if (lost_by_answers(after) >= lost_by_answers(before)) {
    fmt::print("It did not help: answers lose no less than before. Keep the former checkpoint.\n");
  }
  fmt::print("The checkpoint: {0}/scinet.json; figures: {0}/report.html\n", options.out);
  return 0;
}

Result<std::filesystem::path> train_imitation_into(const std::filesystem::path& folder,
                                                   const ImitationTraining& training) {
  const Result<ImitationResult> result = train_and_write(folder, training);
  if (!result) return result.error();
  return folder / "scinet.json";
}

int train_imitation_verb(const TrainImitationOptions& options) {
  const Result<ImitationResult> result = train_and_write(
      options.out, {.seed = options.seed, .effort = options.effort, .folder = options.out});
  if (!result) return report_error(result.error());
  if (options.format == "json") {
    fmt::print("{}\n", report_of(result.value()).dump(2));
    return 0;
  }
  print_heads("On seeds that it never saw:", result.value().test);
  print_disturbed(result.value());
  print_heads("On seeds and families of scenarios that it never saw:",
              result.value().test_elsewhere);
  fmt::print("QoS of runs of made-up scenarios, the same for every training:\n");
  print_runs("4 to 64 hosts", result.value().whole_runs);
  print_runs("128 to 256 hosts", result.value().large_runs);
  fmt::print("\n");
  fmt::print("The checkpoint: {0}/scinet.json; loss curves and figures: {0}/report.html\n",
             options.out);
  return 0;
}

}  // namespace scinet
