// The verbs of the program. Each has a source of its own and adds itself to the command line;
// its callback sets `exit_code`: 0 done, 1 the task failed, 2 wrong command line or input.
#pragma once

#include <CLI/CLI.hpp>

namespace scinet {

void add_run_verb(CLI::App& app, int& exit_code);
void add_simulate_verb(CLI::App& app, int& exit_code);
void add_ablate_verb(CLI::App& app, int& exit_code);
void add_compare_verb(CLI::App& app, int& exit_code);
void add_calibrate_verb(CLI::App& app, int& exit_code);
void add_policies_verb(CLI::App& app, int& exit_code);
void add_policy_verb(CLI::App& app, int& exit_code);
void add_oracle_verb(CLI::App& app, int& exit_code);
void add_decide_verb(CLI::App& app, int& exit_code);
void add_random_view_verb(CLI::App& app, int& exit_code);
void add_exact_verb(CLI::App& app, int& exit_code);
void add_validate_verb(CLI::App& app, int& exit_code);
void add_worker_verb(CLI::App& app, int& exit_code);
void add_train_verb(CLI::App& app, int& exit_code);
void add_train_app_verb(CLI::App& app, int& exit_code);
void add_bench_verb(CLI::App& app, int& exit_code);
void add_adopt_verb(CLI::App& app, int& exit_code);
void add_infer_verb(CLI::App& app, int& exit_code);
void add_profile_verb(CLI::App& app, int& exit_code);
void add_split_verb(CLI::App& app, int& exit_code);
void add_quantize_verb(CLI::App& app, int& exit_code);

}  // namespace scinet
