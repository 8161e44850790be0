// How fast the twin is: events of the anchor job, and forks as a search uses them.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "bench/anchor_job.h"
#include "bench/fork_case.h"

namespace scinet {
namespace {

// Two events a task. The time is that of the loop: twins are made and read outside.
void anchor(benchmark::State& state) {
  const AnchorTrace trace = make_anchor_trace({.hosts = static_cast<std::uint64_t>(state.range(0)),
                                               .tasks = static_cast<std::uint64_t>(state.range(1))},
                                              1);
  for (auto _ : state) {
    state.PauseTiming();
    {
      AnchorJob job(trace, AnchorPlacement::kLeastRunning);
      state.ResumeTiming();
      job.run();
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  const double events = 2.0 * static_cast<double>(state.range(1));
  state.counters["s_per_event"] =
      benchmark::Counter(events * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(anchor)->Args({1000, 200'000})->Args({10'000, 1'000'000})->Unit(benchmark::kMillisecond);

void fork_apply_roll_score(benchmark::State& state) {
  const ForkCase fork(16, 40, 5);
  for (auto _ : state) benchmark::DoNotOptimize(fork.score());
}
BENCHMARK(fork_apply_roll_score);

void fork_only(benchmark::State& state) {
  const ForkCase fork(16, 40, 5);
  for (auto _ : state) {
    const Twin copy = fork.base().fork();
    benchmark::DoNotOptimize(copy.now());
  }
}
BENCHMARK(fork_only);

void from_view(benchmark::State& state) {
  const ForkCase fork(16, 40, 5);
  for (auto _ : state) {
    const Twin twin = Twin::from(fork.view(), TwinSettings{}, RandomStreams(1));
    benchmark::DoNotOptimize(twin.now());
  }
}
BENCHMARK(from_view);

}  // namespace
}  // namespace scinet
