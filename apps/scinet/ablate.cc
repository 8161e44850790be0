// scinet ablate: what each part of the imitation learner is worth, by training it without the part
// and comparing over paired seeds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "apps/scinet/comparison_job.h"
#include "apps/scinet/data_directory.h"
#include "apps/scinet/program_identity.h"
#include "apps/scinet/train_imitation.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "learn/imitation/imitation_policy.h"
#include "learn/imitation/imitation_training.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

struct Variant {
  std::string_view name;
  std::string_view summary;
  ImitationDesign design = {};
  DriftBounds drift = {};
};

constexpr std::array kVariants{
    Variant{"whole", "the imitation learner as it is"},
    Variant{"no-attention", "hosts see each other only by their mean", {.attention = false}},
    Variant{"no-codesign",
            "strategies and hosts as if nothing had been decided before",
            {.codesign = false}},
    Variant{"no-teacher-forcing",
            "from the first lesson on after its own answers",
            {.teacher_forcing = false}},
    Variant{"no-rounds", "never taught in the states that it reaches itself", {.rounds = false}},
    Variant{"no-predictions", "without closed forms of what follows", {.predictions = false}},
    Variant{"no-verifier", "relied on whatever it foresees and loses", {}, DriftBounds::none()},
};

struct AblateOptions {
  std::vector<std::string> scenarios{"scinet-2023", "hetero-16", "failures", "burst"};
  std::size_t seeds = 10;
  std::uint64_t training_seed = 1;
  double effort = 1.0;
  std::string out;
  std::string data;
  std::string format = "text";
};

// Trains a variant, or reads what is there already. Those of one design share a folder.
Result<PolicyEntry> trained(const Variant& variant, const AblateOptions& options) {
  const Variant& trained_as = *std::ranges::find(kVariants, variant.design, &Variant::design);
  const fs::path folder = fs::path(options.out) / "trained" / trained_as.name;
  fmt::print(stderr, "{}\n", variant.name);
  const Result<fs::path> checkpoint = train_imitation_into(folder, {.seed = options.training_seed,
                                                                    .effort = options.effort,
                                                                    .design = variant.design,
                                                                    .folder = folder});
  if (!checkpoint) return checkpoint.error();
  return PolicyEntry{.name = variant.name,
                     .summary = variant.summary,
                     .decides = {},
                     .needs_training = true,
                     .source = "an ablation of scinet",
                     .make = scinet_from_checkpoint(checkpoint.value(), variant.drift)};
}

std::string command_of(const AblateOptions& options) {
  return fmt::format(
      "scinet ablate --scenario {} --seeds {} --training-seed {} --effort {} --out {}",
      fmt::join(options.scenarios, ","), options.seeds, options.training_seed, options.effort,
      options.out);
}

Result<Comparison> ablate(const AblateOptions& options) {
  ComparisonJob job;
  job.reference = kVariants.front().name;
  job.command = command_of(options);
  job.threads = std::max(1u, std::thread::hardware_concurrency());
  for (const std::string& name : options.scenarios) {
    Result<Scenario> scenario = load_scenario_named(name, options.data);
    if (!scenario) return scenario.error();
    job.plan.scenarios.push_back(std::move(scenario).value());
  }
  PolicyCatalog catalog = builtin_policies();
  std::vector<PolicyEntry> entries;
  for (const Variant& variant : kVariants) {
    Result<PolicyEntry> entry = trained(variant, options);
    if (!entry) return entry.error();
    entries.push_back(std::move(entry).value());
    job.plan.policies.emplace_back(variant.name);
  }
  catalog.add(PolicyCatalog(std::move(entries)));
  const Result<std::string> program = program_identity(fs::path(options.out) / "trained");
  if (!program) return program.error();
  job.plan.seeds = options.seeds;
  job.plan.program = program.value();
  job.plan.runs = fs::path(options.out) / "runs";
  // Only now: a training that is interrupted ends at once, and is gone on with the next time.
  const Interrupts interrupts;
  return run_job(std::move(job), catalog, interrupts);
}

}  // namespace

void add_ablate_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<AblateOptions>();
  CLI::App& verb = *app.add_subcommand(
      "ablate", "Train the imitation learner without each of its parts, and compare");
  verb.add_option("--scenario", options->scenarios, "Names under scenarios/, or files")
      ->delimiter(',')
      ->type_name("NAME[,NAME]")
      ->capture_default_str();
  verb.add_option("--seeds", options->seeds, "Every variant runs with the seeds 1 to N")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--training-seed", options->training_seed, "That all variants are trained with")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--effort", options->effort, "Share of the runs that `scinet train` learns from")
      ->check(CLI::Range(0.01, 10.0))
      ->type_name("X")
      ->capture_default_str();
  verb.add_option("--out", options->out,
                  "Directory; what was trained and run in it is not repeated")
      ->required()
      ->type_name("DIR");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    exit_code = write_and_print(ablate(*options), options->out, options->format);
  });
}

}  // namespace scinet
