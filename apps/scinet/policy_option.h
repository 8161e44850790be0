// How a command line says who decides: --policy NAME, or rules by name for single decisions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "policy/catalog.h"

namespace scinet {

struct PolicyOption {
  std::string policy = "scinet";
  Combination rules;  // used once one of them was given

  // As PolicyCatalog::make takes it.
  std::string name() const { return is_combination ? rules.name() : policy; }
  bool is_combination = false;
};

// Adds --policy, --provision, --deploy and --place. `option` outlives the parsing.
void add_policy_option(CLI::App& verb, PolicyOption& option);

}  // namespace scinet
