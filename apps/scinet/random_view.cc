// scinet random-view: a situation of a cluster that nobody has seen, for tests and tools.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/scinet/generated_view.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "report/results.h"

namespace scinet {
namespace {

struct RandomViewOptions {
  GeneratedViewSettings settings;
  std::optional<int> tasks;
  std::uint64_t seed = 1;
  std::string out;
};

int random_view(const RandomViewOptions& options) {
  GeneratedViewSettings settings = options.settings;
  settings.tasks = options.tasks.value_or(settings.hosts);
  if (const Status possible = check(settings); !possible) return report_error(possible.error());
  const std::string text = json_of(generate_view(settings, options.seed).view).dump(1) + "\n";
  if (options.out.empty()) {
    fmt::print("{}", text);
    return 0;
  }
  const Status written = write_whole(options.out, text);
  return written ? 0 : report_error(written.error());
}

}  // namespace

void add_random_view_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RandomViewOptions>();
  CLI::App& verb = *app.add_subcommand(
      "random-view", "Write a situation of made-up hosts and applications, in mid-run");
  verb.add_option("--hosts", options->settings.hosts, "1 to 10000")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--workloads", options->settings.workloads, "New ones, which wait for an answer")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--tasks", options->tasks,
                  "Running, queued or blocked on hosts, up to 4 more (default: as many as hosts)")
      ->type_name("N");
  verb.add_option("--seed", options->seed, "The same seed gives the same situation")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--out", options->out, "The file (default: standard output)")->type_name("FILE");
  verb.callback([options, &exit_code] { exit_code = random_view(*options); });
}

}  // namespace scinet
