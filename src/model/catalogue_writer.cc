#include "model/catalogue_writer.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/yaml_writer.h"

namespace scinet {
namespace {

// The reader wants to know where numbers come from.
std::string source(std::string_view text) {
  return yaml_quoted(text.empty() ? "not recorded" : text);
}

std::string curve_yaml(const PowerCurve& curve) {
  std::vector<std::string> points;
  for (const Watts point : curve.points) points.push_back(fmt::format("{} W", point.value()));
  return fmt::format("  - name: {}\n    points: [{}]\n    source: {}\n", yaml_quoted(curve.name),
                     fmt::join(points, ", "), source(curve.source));
}

std::string burst_yaml(const BurstCredits& burst) {
  return fmt::format(
      "    burst: {{baseline: {}, credits_per_hour: {}, initial_credits: {}, maximum_credits: {}, "
      "boost: {}, stall: {} s}}\n",
      burst.baseline, burst.credits_per_hour, burst.initial_credits, burst.maximum_credits,
      burst.boost, burst.stall.count());
}

std::string type_yaml(const HostType& type) {
  std::string text = fmt::format("\n  - name: {}\n    cores: {}\n    speed: {} MIPS\n",
                                 yaml_quoted(type.name), type.cores, type.speed.value());
  text += fmt::format("    memory: {} MiB\n", type.memory.value());
  text += fmt::format("    background: {}\n    contention: {}\n", type.background, type.contention);
  text += fmt::format("    bandwidth: {} B/s\n    latency: {} s\n", type.bandwidth.value(),
                      type.latency.count());
  text += fmt::format("    price: {} USD/h\n    billing_increment: {} s\n", type.price.value(),
                      type.billing_increment.count());
  text += fmt::format("    boot_time: {} s\n    boot_power: {} W\n", type.boot_time.count(),
                      type.boot_power.value());
  text += fmt::format("    power: {}\n", yaml_quoted(type.power.name));
  if (type.burst) text += burst_yaml(*type.burst);
  return text + fmt::format("    source: {}\n", source(type.source));
}

std::string work_yaml(const WorkDistribution& work) {
  const double mean = work.mean.value();
  switch (work.shape) {
    case WorkShape::kConstant:
      return fmt::format("{} MI", mean);
    case WorkShape::kExponential:
      return fmt::format("{{mean: {} MI, shape: exponential}}", mean);
    case WorkShape::kLognormal:
      return fmt::format("{{mean: {} MI, shape: lognormal, variation: {}}}", mean, work.variation);
    case WorkShape::kHyperexponential:
      return fmt::format("{{mean: {} MI, shape: hyperexponential, variation: {}}}", mean,
                         work.variation);
  }
  return {};
}

std::string fragment_yaml(const Fragment& fragment, const Strategy& strategy) {
  std::string text = fmt::format("          - name: {}\n            work: {}\n",
                                 yaml_quoted(fragment.name), work_yaml(fragment.work));
  const auto line = [&](std::string_view key, double value, std::string_view unit) {
    text += fmt::format("            {}: {}{}\n", key, value, unit);
  };
  line("cores", fragment.cores, "");
  line("memory", fragment.memory.value(), " MiB");
  line("model_memory", fragment.model_memory.value(), " MiB");
  line("load_time", fragment.load_time.count(), " s");
  line("load_work", fragment.load_work.value(), " MI");
  line("output", fragment.output.value(), " B");
  if (const Batching& batch = fragment.batch; batch.is_on()) {
    text += fmt::format("            batch: {{limit: {}, delay: {} s, further_work: {}}}\n",
                        batch.limit, batch.delay.count(), batch.further_work);
  }
  if (fragment.inputs.empty()) return text;
  std::vector<std::string> inputs;
  for (const FragmentId input : fragment.inputs) {
    inputs.push_back(yaml_quoted(strategy.fragments[input.value].name));
  }
  return text + fmt::format("            inputs: [{}]\n", fmt::join(inputs, ", "));
}

std::string strategy_yaml(const Strategy& strategy) {
  std::string text = fmt::format(
      "      - name: {}\n        accuracy: {}\n        accuracy_source: {}\n        work_source: "
      "{}\n"
      "        fragments:\n",
      yaml_quoted(strategy.name), strategy.accuracy, source(strategy.accuracy_source),
      source(strategy.work_source));
  for (const Fragment& fragment : strategy.fragments) text += fragment_yaml(fragment, strategy);
  return text;
}

}  // namespace

std::string host_types_yaml(std::span<const HostType> types, std::string_view comment) {
  std::string text = yaml_comment(comment) + "power_curves:\n";
  std::vector<std::string_view> written;
  for (const HostType& type : types) {
    if (std::ranges::find(written, type.power.name) != written.end()) continue;
    written.push_back(type.power.name);
    text += curve_yaml(type.power);
  }
  text += "\nhost_types:";
  for (const HostType& type : types) text += type_yaml(type);
  return text;
}

std::string applications_yaml(std::span<const Application> applications, std::string_view comment) {
  std::string text = yaml_comment(comment) + "applications:";
  for (const Application& application : applications) {
    text += fmt::format("\n  - name: {}\n    strategies:\n", yaml_quoted(application.name));
    for (const Strategy& strategy : application.strategies) text += strategy_yaml(strategy);
  }
  return text;
}

}  // namespace scinet
