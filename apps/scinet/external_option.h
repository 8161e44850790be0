// How a command line offers policies that are other processes, beside those of the program.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "platform/external/external_policy.h"
#include "policy/catalog.h"

namespace scinet {

struct ExternalOption {
  std::vector<std::string> policies;  // "NAME=COMMAND", as given
  std::string answer_within = "1 s";
};

// Adds --external and --answer-within. `option` outlives the parsing.
void add_external_option(CLI::App& verb, ExternalOption& option);
// Adds --answer-within alone.
void add_answer_within_option(CLI::App& verb, std::string& answer_within);

// Every policy of the program, and these. kInvalidInput where one cannot be read or its name is
// taken; none is started yet.
Result<PolicyCatalog> policies_with(const ExternalOption& option);

// By the name of each: what its runs depend on beside its name, the command and the contents of the
// files that its words name. Other files that it reads are not seen.
Result<std::map<std::string, std::string>> identities_of(const ExternalOption& option);

// "1 s" or "200 ms".
Result<Seconds> parse_answer_within(const std::string& text);

}  // namespace scinet
