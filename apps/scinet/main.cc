// scinet: one program, a verb per task. Exit codes: 0 done, 1 the task failed, 2 the command
// line or an input file is wrong.
#include <CLI/CLI.hpp>

#include "apps/scinet/verbs.h"

using namespace scinet;

int main(int argc, char** argv) {
  CLI::App app(
      "Manages AI inference on a cluster: which hosts are on, how each request is "
      "deployed, and where it runs.",
      "scinet");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.set_version_flag("--version", SCINET_VERSION);
  app.footer("'scinet VERB --help' tells more. Results print as JSON with '-o json'.");

  int exit_code = 0;
  add_run_verb(app, exit_code);
  add_simulate_verb(app, exit_code);
  add_ablate_verb(app, exit_code);
  add_compare_verb(app, exit_code);
  add_calibrate_verb(app, exit_code);
  add_policies_verb(app, exit_code);
  add_policy_verb(app, exit_code);
  add_oracle_verb(app, exit_code);
  add_decide_verb(app, exit_code);
  add_random_view_verb(app, exit_code);
  add_exact_verb(app, exit_code);
  add_validate_verb(app, exit_code);
  add_worker_verb(app, exit_code);
  add_train_verb(app, exit_code);
  add_train_app_verb(app, exit_code);
  add_bench_verb(app, exit_code);
  add_adopt_verb(app, exit_code);
  add_infer_verb(app, exit_code);
  add_profile_verb(app, exit_code);
  add_split_verb(app, exit_code);
  add_quantize_verb(app, exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return exit_code;
}
