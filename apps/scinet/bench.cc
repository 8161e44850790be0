// scinet bench: how fast the twin is, on jobs that other engines can run too; and what a decision
// takes (bench_decision.cc).
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/scinet/bench.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "bench/anchor_job.h"
#include "bench/anchor_trace.h"
#include "bench/fork_case.h"
#include "report/statistics.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

using Figures = BenchFigures;

struct TwinOptions {
  std::string trace;
  std::string placement = "least-running";
  std::string format = "text";
};

struct ForkOptions {
  std::uint32_t hosts = 16;
  std::uint32_t tasks = 40;
  int intervals = 5;
  int samples = 2000;
  std::string format = "text";
};

struct TraceOptions {
  AnchorShape shape;
  std::uint64_t seed = 1;
  std::string out;
};

long max_rss_kib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

Result<Figures> measure_twin(const TwinOptions& options) {
  const bool given = options.placement == "given";
  const Result<AnchorTrace> trace = read_anchor_trace(options.trace, given);
  if (!trace) return trace.error();
  const Seconds start = thread_cpu_time();
  AnchorJob job(trace.value(), given ? AnchorPlacement::kGiven : AnchorPlacement::kLeastRunning);
  const Seconds made = thread_cpu_time();
  job.run();
  const Seconds end = thread_cpu_time();
  const AnchorResult result = job.result();
  const double events = 2.0 * static_cast<double>(result.tasks);
  return Figures{{"tasks", result.tasks},
                 {"mean_response_s", result.mean_response.count()},
                 {"energy_j", result.energy.value()},
                 {"makespan_s", result.makespan.count()},
                 {"cpu_s", (end - start).count()},
                 {"ns_per_event", (end - made).count() * 1e9 / events},
                 {"max_rss_kib", max_rss_kib()}};
}

// Each fork is timed alone.
Figures measure_forks(const ForkOptions& options) {
  const ForkCase fork(options.hosts, options.tasks, options.intervals);
  for (int i = 0; i < options.samples / 10; ++i) fork.score();  // warm up
  std::vector<double> microseconds;
  for (int i = 0; i < options.samples; ++i) {
    const Seconds start = thread_cpu_time();
    fork.score();
    microseconds.push_back((Seconds(thread_cpu_time()) - start).count() * 1e6);
  }
  return {{"hosts", options.hosts},
          {"tasks", options.tasks},
          {"intervals", options.intervals},
          {"samples", options.samples},
          {"us_p50", percentile(microseconds, 50)},
          {"us_p95", percentile(microseconds, 95)}};
}

void add_twin_verb(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<TwinOptions>();
  CLI::App& verb = *bench.add_subcommand("twin", "Run the anchor job of a trace on the twin");
  verb.add_option("--trace", options->trace, "Written by 'scinet bench trace'")
      ->required()
      ->type_name("FILE");
  verb.add_option("--placement", options->placement, "Which host a task runs on")
      ->check(CLI::IsMember({"least-running", "given"}))
      ->type_name("HOW")
      ->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    const Result<Figures> figures = measure_twin(*options);
    if (!figures) {
      exit_code = report_error(figures.error());
      return;
    }
    print(figures.value(), options->format);
  });
}

void add_fork_verb(CLI::App& bench) {
  auto options = std::make_shared<ForkOptions>();
  CLI::App& verb = *bench.add_subcommand(
      "fork", "Copy a twin in mid-run, apply a plan, roll it forward and read its score");
  verb.add_option("--hosts", options->hosts, "Hosts of 4 cores")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--tasks", options->tasks, "Running tasks")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--intervals", options->intervals, "Beats of 5 s to roll")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--samples", options->samples, "Forks to time")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options] { print(measure_forks(*options), options->format); });
}

void add_trace_verb(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<TraceOptions>();
  AnchorShape& shape = options->shape;
  CLI::App& verb = *bench.add_subcommand("trace", "Write a trace of the anchor job");
  verb.add_option("--hosts", shape.hosts, "Equal hosts")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--cores", shape.cores, "Cores of a host")
      ->check(CLI::Range(1, 4096))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--tasks", shape.tasks, "Tasks, each of one core")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--load", shape.load, "Mean share of busy cores")
      ->check(CLI::Range(0.001, 100.0))
      ->type_name("SHARE")
      ->capture_default_str();
  verb.add_option("--seed", options->seed, "The same seed gives the same trace")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--out", options->out, "Where to write it")->required()->type_name("FILE");
  verb.callback([options, &exit_code] {
    const Status written =
        write_anchor_trace(make_anchor_trace(options->shape, options->seed), options->out);
    if (!written) exit_code = report_error(written.error());
  });
}

}  // namespace

void print(const BenchFigures& figures, const std::string& format) {
  if (format == "json") {
    fmt::print("{}\n", figures.dump(2));
    return;
  }
  for (const auto& [name, value] : figures.items()) fmt::print("{:<18}{}\n", name, value.dump());
}

void add_bench_verb(CLI::App& app, int& exit_code) {
  CLI::App& verb = *app.add_subcommand("bench", "Measure how fast the twin and the policies are");
  verb.require_subcommand(1);
  add_twin_verb(verb, exit_code);
  add_fork_verb(verb);
  add_trace_verb(verb, exit_code);
  add_decision_verb(verb, exit_code);
}

}  // namespace scinet
