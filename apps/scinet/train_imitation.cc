#include "apps/scinet/train_imitation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "apps/scinet/verb_result.h"
#include "learn/imitation/imitation_training.h"
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
          {"test_in_other_families", json_of(result.test_elsewhere)}};
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

Result<ImitationResult> train_and_write(const std::filesystem::path& folder,
                                        const ImitationTraining& training) {
  ProgressLine line;
  Result<ImitationResult> result = train_imitation(
      training, [&line](const ImitationProgress& progress) { line.show(progress); });
  if (!result) return result.error();
  Checkpoint& checkpoint = result.value().checkpoint;
  checkpoint.command = fmt::format("scinet train scinet --seed {} --out DIR", training.seed);
  if (training.effort != 1.0) checkpoint.command += fmt::format(" --effort {}", training.effort);
  Status written = write_whole(folder / "scinet.json", to_json_text(checkpoint));
  if (written) {
    written = write_whole(folder / "report.json", report_of(result.value()).dump(2) + "\n");
  }
  if (!written) return written.error();
  return result;
}

}  // namespace

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
  print_heads("On seeds and families of scenarios that it never saw:",
              result.value().test_elsewhere);
  fmt::print("The checkpoint: {0}/scinet.json; loss curves and figures: {0}/report.json\n",
             options.out);
  return 0;
}

}  // namespace scinet
