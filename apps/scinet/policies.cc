// scinet policies: what can decide, and how.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "policy/catalog.h"

namespace scinet {
namespace {

void print_json(const PolicyCatalog& catalog) {
  auto list = nlohmann::ordered_json::array();
  for (const PolicyEntry& entry : catalog.entries()) {
    list.push_back({{"name", entry.name},
                    {"summary", entry.summary},
                    {"provisioning", entry.decides.provisioning},
                    {"deployment", entry.decides.deployment},
                    {"placement", entry.decides.placement},
                    {"source", entry.source}});
  }
  fmt::print("{}\n", list.dump(2));
}

void print_table(const PolicyCatalog& catalog) {
  const auto print_row = [](std::string_view name, std::string_view what, std::string_view how) {
    fmt::print("{:<14}{:<14}{}\n", name, what, how.empty() ? "-" : how);
  };
  print_row("policy", "decision", "how");
  for (const PolicyEntry& entry : catalog.entries()) {
    fmt::print("\n");
    print_row(entry.name, "in short", entry.summary);
    print_row("", "provisioning", entry.decides.provisioning);
    print_row("", "deployment", entry.decides.deployment);
    print_row("", "placement", entry.decides.placement);
    print_row("", "source", entry.source);
  }
}

}  // namespace

void add_policies_verb(CLI::App& app, int&) {
  auto format = std::make_shared<std::string>("text");
  CLI::App& verb = *app.add_subcommand("policies", "List the policies");
  add_output_option(verb, *format);
  verb.callback([format] {
    const PolicyCatalog catalog = builtin_policies();
    *format == "json" ? print_json(catalog) : print_table(catalog);
  });
}

}  // namespace scinet
