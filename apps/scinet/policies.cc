// scinet policies: what can decide, and how.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/scinet/every_policy.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"

namespace scinet {
namespace {

// The decisions that the policy's own idea takes.
std::vector<std::string_view> decisions_of(const PolicyEntry& entry) {
  std::vector<std::string_view> decisions;
  if (!entry.decides.provisioning.empty()) decisions.push_back("provisioning");
  if (!entry.decides.deployment.empty()) decisions.push_back("deployment");
  if (!entry.decides.placement.empty()) decisions.push_back("placement");
  return decisions;
}

nlohmann::ordered_json json_of(const PolicyEntry& entry) {
  return {{"name", entry.name},
          {"summary", entry.summary},
          {"decides", decisions_of(entry)},
          {"provisioning", entry.decides.provisioning},
          {"deployment", entry.decides.deployment},
          {"placement", entry.decides.placement},
          {"needs_training", entry.needs_training},
          {"takes_steps", bool(entry.make_with_steps)},
          {"source", entry.source}};
}

template <class Entry>
nlohmann::ordered_json json_of(const std::vector<Entry>& rules) {
  auto list = nlohmann::ordered_json::array();
  for (const Entry& rule : rules) {
    list.push_back(
        {{"name", rule.name}, {"summary", rule.summary}, {"needs_training", rule.needs_training}});
  }
  return list;
}

void print_json(const PolicyCatalog& catalog) {
  nlohmann::ordered_json json;
  json["policies"] = nlohmann::ordered_json::array();
  for (const PolicyEntry& entry : catalog.entries()) json["policies"].push_back(json_of(entry));
  json["rules"] = {{"provisioning", json_of(catalog.rules().provisioning)},
                   {"deployment", json_of(catalog.rules().deployment)},
                   {"placement", json_of(catalog.rules().placement)}};
  fmt::print("{}\n", json.dump(2));
}

void print_row(std::string_view name, std::string_view what, std::string_view how) {
  fmt::print("{:<16}{:<14}{}\n", name, what, how);
}

void print_policy(const PolicyEntry& entry) {
  const Combination defaults;
  const auto or_default = [](std::string_view how, const std::string& rule) {
    return how.empty() ? fmt::format("- ({})", rule) : std::string(how);
  };
  fmt::print("\n");
  print_row(entry.name, "in short", entry.summary);
  print_row("", "decides", fmt::format("{}", fmt::join(decisions_of(entry), ", ")));
  print_row("", "provisioning", or_default(entry.decides.provisioning, defaults.provisioning));
  print_row("", "deployment", or_default(entry.decides.deployment, defaults.deployment));
  print_row("", "placement", or_default(entry.decides.placement, defaults.placement));
  print_row("", "training", entry.needs_training ? "yes: scinet train" : "none");
  if (entry.make_with_steps) {
    print_row("", "steps",
              fmt::format("{0}@N searches for at most N steps, as in {0}@500", entry.name));
  }
  print_row("", "source", entry.source);
}

template <class Entry>
void print_rules(std::string_view option, const std::vector<Entry>& rules) {
  fmt::print("\n");
  for (const Entry& rule : rules) {
    fmt::print("{:<16}{:<24}{}{}\n", &rule == &rules.front() ? option : "", rule.name, rule.summary,
               rule.needs_training ? " (needs training)" : "");
  }
}

void print_text(const PolicyCatalog& catalog) {
  print_row("policy", "", "");
  for (const PolicyEntry& entry : catalog.entries()) print_policy(entry);
  fmt::print("\nRules to combine instead of a policy:\n");
  print_rules("--provision", catalog.rules().provisioning);
  print_rules("--deploy", catalog.rules().deployment);
  print_rules("--place", catalog.rules().placement);
}

}  // namespace

void add_policies_verb(CLI::App& app, int&) {
  auto format = std::make_shared<std::string>("text");
  CLI::App& verb = *app.add_subcommand("policies", "List the policies");
  add_output_option(verb, *format);
  verb.callback([format] {
    const PolicyCatalog catalog = every_policy();
    *format == "json" ? print_json(catalog) : print_text(catalog);
  });
}

}  // namespace scinet
