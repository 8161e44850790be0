#include "profile/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace scinet {
namespace {

using Json = nlohmann::ordered_json;

// Below this, inputs differ by less than the measurement does.
constexpr double kLeastVariation = 0.02;
// The catalogue wants some memory of every task, and the kernel counts in pages.
constexpr Mebibytes kLeastMemory{0.1};

// For the catalogue, which people read: more digits than the measurement has would be noise.
double four_digits(double value) {
  if (value == 0.0) return 0.0;
  const double places = 3.0 - std::floor(std::log10(std::abs(value)));
  const double scale = std::pow(10.0, std::abs(places));  // a whole number, so that this is exact
  return places > 0.0 ? std::round(value * scale) / scale : std::round(value / scale) * scale;
}

template <class Unit>
Quantity<Unit> four_digits(Quantity<Unit> quantity) {
  return Quantity<Unit>(four_digits(quantity.value()));
}

Mebibytes mebibytes(Bytes bytes) { return Mebibytes(bytes.value() / (1 << 20)); }

std::string sentence(const ProfileProvenance& provenance) {
  return fmt::format("{}, {}, {}, {}", provenance.machine, provenance.program, provenance.runtime,
                     provenance.date);
}

std::string accuracy_source(const StrategyProfile& strategy) {
  if (!strategy.accuracy) return "not measured: its answers have no labels; taken to be right";
  return fmt::format("measured: {} of {} right, 95 % interval {:.4f} to {:.4f}, {}",
                     strategy.accuracy->correct, strategy.accuracy->samples,
                     strategy.accuracy->ci_low(), strategy.accuracy->ci_high(),
                     strategy.labelled_by);
}

WorkDistribution work_of(const FragmentProfile& fragment, Mips core) {
  const Mi mean = four_digits(core * Seconds(fragment.cpu_s.mean));
  if (fragment.variation < kLeastVariation) return {.mean = mean};
  return {
      .shape = WorkShape::kLognormal, .mean = mean, .variation = four_digits(fragment.variation)};
}

Bytes sent_between_fragments(const StrategyProfile& strategy) {
  Bytes sent;
  for (const FragmentProfile& fragment : strategy.fragments) {
    for (const std::size_t input : fragment.inputs) sent += strategy.fragments[input].output;
  }
  return sent;
}

Json json_of(const Accuracy& accuracy, const std::string& labelled_by) {
  return {{"value", accuracy.value()},
          {"ci_low", accuracy.ci_low()},
          {"ci_high", accuracy.ci_high()},
          {"samples", accuracy.samples},
          {"source", labelled_by}};
}

Json json_of(const std::optional<BatchProfile>& batch) {
  if (!batch) return nullptr;
  Json sizes = Json::array();
  for (const auto& [size, work] : batch->sizes) sizes.push_back({{"size", size}, {"work", work}});
  return {{"sizes", std::move(sizes)}, {"further_work", batch->further_work}};
}

Json json_of(const FragmentProfile& fragment, Mips core) {
  const auto mi = [core](double seconds) { return (core * Seconds(seconds)).value(); };
  return {{"name", fragment.name},
          {"work_mi",
           {{"mean", mi(fragment.cpu_s.mean)},
            {"p50", mi(fragment.cpu_s.p50)},
            {"p95", mi(fragment.cpu_s.p95)},
            {"variation", fragment.variation},
            {"inputs", fragment.inputs_measured}}},
          {"memory_mib", mebibytes(fragment.memory).value()},
          {"model_memory_mib", mebibytes(fragment.model_memory).value()},
          {"bytes_out", fragment.output.value()},
          {"load_s", fragment.load.count()},
          {"model_bytes", fragment.model_size.value()},
          {"batch", json_of(fragment.batch)},
          {"no_batch", fragment.no_batch}};
}

Json json_of(const LatencyProfile& latency) {
  return {{"at", latency.at},
          {"cores", latency.cores},
          {"p50_s", latency.seconds.p50},
          {"p95_s", latency.seconds.p95},
          {"samples", latency.samples}};
}

}  // namespace

Application catalogue_entry(const ApplicationProfile& profile, const ProfileProvenance& provenance,
                            Mips core, const BatchWish& wish) {
  Application application{.name = profile.name, .strategies = {}};
  for (const StrategyProfile& measured : profile.strategies) {
    Strategy& strategy = application.strategies.emplace_back();
    strategy.name = measured.name;
    strategy.accuracy = measured.accuracy ? measured.accuracy->value() : 1.0;
    strategy.accuracy_source = accuracy_source(measured);
    strategy.work_source =
        fmt::format("measured: {} inputs, one core of {}",
                    measured.fragments.front().inputs_measured, sentence(provenance));
    for (const FragmentProfile& from : measured.fragments) {
      Fragment& fragment = strategy.fragments.emplace_back();
      fragment.name = from.name;
      fragment.work = work_of(from, core);
      fragment.memory = std::max(kLeastMemory, four_digits(mebibytes(from.memory)));
      fragment.model_memory = four_digits(mebibytes(from.model_memory));
      fragment.load_work = four_digits(core * from.load);
      fragment.output = four_digits(from.output);
      fragment.batch = batching_of(from.batch, wish);
      fragment.batch.further_work = four_digits(fragment.batch.further_work);
      for (const std::size_t input : from.inputs) {
        fragment.inputs.push_back(FragmentId{static_cast<std::uint32_t>(input)});
      }
    }
  }
  return application;
}

Json json_of(const ApplicationProfile& profile, const ProfileProvenance& provenance, Mips core) {
  Json strategies = Json::array();
  for (const StrategyProfile& strategy : profile.strategies) {
    Json fragments = Json::array();
    for (const FragmentProfile& fragment : strategy.fragments) {
      Json item = json_of(fragment, core);
      Json inputs = Json::array();
      for (const std::size_t input : fragment.inputs) {
        inputs.push_back(strategy.fragments[input].name);
      }
      item["inputs"] = std::move(inputs);
      fragments.push_back(std::move(item));
    }
    Json latency = Json::array();
    for (const LatencyProfile& at : strategy.latency) latency.push_back(json_of(at));
    strategies.push_back(
        {{"name", strategy.name},
         {"accuracy",
          strategy.accuracy ? json_of(*strategy.accuracy, strategy.labelled_by) : Json(nullptr)},
         {"latency_alone", std::move(latency)},
         {"bytes_between_hosts", sent_between_fragments(strategy).value()},
         {"fragments", std::move(fragments)}});
  }
  return {{"application", profile.name},
          {"provenance",
           {{"machine", provenance.machine},
            {"program", provenance.program},
            {"runtime", provenance.runtime},
            {"date", provenance.date},
            {"core_mips", core.value()}}},
          {"strategies", std::move(strategies)}};
}

std::string profile_table(const std::vector<ApplicationProfile>& profiles) {
  std::string text = fmt::format("{:<10} {:<9} {:>24} {:>10} {:>10} {:>10} {:>10} {:>12} {:>12}\n",
                                 "", "strategy", "accuracy, 95 % interval", "alone ms", "work ms",
                                 "slowest ms", "memory MiB", "bytes sent", "model bytes");
  for (const ApplicationProfile& profile : profiles) {
    for (const StrategyProfile& strategy : profile.strategies) {
      double work = 0.0;
      double slowest = 0.0;
      Bytes memory;
      Bytes size;
      for (const FragmentProfile& fragment : strategy.fragments) {
        work += fragment.cpu_s.mean;
        slowest = std::max(slowest, fragment.cpu_s.mean);
        memory = std::max(memory, fragment.memory + fragment.model_memory);
        size += fragment.model_size;
      }
      const std::string accuracy =
          strategy.accuracy
              ? fmt::format("{:.2f} ({:.2f} to {:.2f}) %", 100.0 * strategy.accuracy->value(),
                            100.0 * strategy.accuracy->ci_low(),
                            100.0 * strategy.accuracy->ci_high())
              : "not measured";
      text += fmt::format(
          "{:<10} {:<9} {:>24} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.1f} {:>12.0f} {:>12.0f}\n",
          profile.name, strategy.name, accuracy, 1e3 * strategy.latency.front().seconds.p50,
          1e3 * work, 1e3 * slowest, mebibytes(memory).value(),
          sent_between_fragments(strategy).value(), size.value());
    }
  }
  return text;
}

std::string batch_table(const std::vector<ApplicationProfile>& profiles) {
  std::string text = fmt::format("{:<32}", "work of runs of so many together");
  for (const int size : kBatchSizes) text += fmt::format(" {:>6}", size);
  text += fmt::format(" {:>13}\n", "further work");
  for (const ApplicationProfile& profile : profiles) {
    for (const StrategyProfile& strategy : profile.strategies) {
      for (const FragmentProfile& fragment : strategy.fragments) {
        text += fmt::format("{:<32}",
                            fmt::format("{}/{}/{}", profile.name, strategy.name, fragment.name));
        if (!fragment.batch) {
          text += fmt::format(" not measured: {}\n", fragment.no_batch);
          continue;
        }
        for (const BatchWork& run : fragment.batch->sizes)
          text += fmt::format(" {:>6.2f}", run.work);
        text += fmt::format(" {:>13.3f}{}\n", fragment.batch->further_work,
                            fragment.batch->gains() ? "" : " no gain");
      }
    }
  }
  return text;
}

}  // namespace scinet
