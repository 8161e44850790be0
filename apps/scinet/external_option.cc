#include "apps/scinet/external_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <utility>

#include "apps/scinet/every_policy.h"
#include "base/digest.h"
#include "base/text.h"

namespace scinet {
namespace {

// The shell reads the command, as it would on a command line.
Result<ExternalSettings> settings_of(const std::string& given, Seconds answer_within) {
  const std::size_t equals = given.find('=');
  const std::string name = given.substr(0, equals);
  const std::string command = equals == std::string::npos ? "" : given.substr(equals + 1);
  // Lists of policies are joined by commas, rules by plus signs, and steps of a search follow an @.
  const bool is_good_name = !name.empty() && name.find_first_of(",+@ ") == std::string::npos;
  if (!is_good_name || command.find_first_not_of(' ') == std::string::npos) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format(
            "--external {} is not NAME=COMMAND with a NAME without spaces, ',', '+' and '@'; "
            "write for example --external 'mine=python3 my_policy.py'",
            in_quotes(given))};
  }
  return ExternalSettings{
      .name = name, .command = {"sh", "-c", command}, .answer_within = answer_within, .lines = {}};
}

// The entry's words lie in what its maker holds.
PolicyEntry entry_of(ExternalSettings settings) {
  const auto kept = std::make_shared<const ExternalSettings>(std::move(settings));
  return {.name = kept->name,
          .summary = kept->command.back(),
          .decides = {.provisioning = "as it likes",
                      .deployment = "as it likes",
                      .placement = "as it likes"},
          .source = "a process of its own",
          .make = [kept] { return ExternalPolicy::start(*kept); }};
}

}  // namespace

void add_answer_within_option(CLI::App& verb, std::string& answer_within) {
  verb.add_option("--answer-within", answer_within,
                  "How long a process may take to decide; then it is asked no more, and restarted")
      ->type_name("TIME")
      ->capture_default_str();
}

void add_external_option(CLI::App& verb, ExternalOption& option) {
  verb.add_option("--external", option.policies,
                  "Offers a process as the policy NAME (docs/adding-a-policy.md); may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=COMMAND");
  add_answer_within_option(verb, option.answer_within);
}

Result<PolicyCatalog> policies_with(const ExternalOption& option) {
  const Result<Seconds> within = parse_answer_within(option.answer_within);
  if (!within) return within.error();
  PolicyCatalog catalog = every_policy();
  for (const std::string& given : option.policies) {
    Result<ExternalSettings> settings = settings_of(given, within.value());
    if (!settings) return settings.error();
    if (std::ranges::count(catalog.entries(), settings.value().name, &PolicyEntry::name) > 0) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("--external {}: there is a policy of that name; choose another",
                               in_quotes(settings.value().name))};
    }
    catalog.add(PolicyCatalog({entry_of(std::move(settings).value())}));
  }
  return catalog;
}

Result<std::map<std::string, std::string>> identities_of(const ExternalOption& option) {
  constexpr std::size_t kLargestFile = std::size_t{1} << 32;
  std::map<std::string, std::string> identities;
  for (const std::string& given : option.policies) {
    Digest digest;
    digest.add(given).add(option.answer_within);
    std::istringstream words(given.substr(given.find('=') + 1));
    std::error_code ignored;
    for (std::string word; words >> word;) {
      if (!std::filesystem::is_regular_file(word, ignored)) continue;
      const Result<std::string> contents = read_text_file(word, kLargestFile);
      if (!contents) return contents.error();
      digest.add(contents.value());
    }
    identities.emplace(given.substr(0, given.find('=')), digest.text());
  }
  return identities;
}

Result<Seconds> parse_answer_within(const std::string& text) {
  constexpr Seconds kLongest{3600};
  const std::optional<Seconds> within = parse_quantity<Seconds>(text);
  if (within && *within > Seconds{0} && *within <= kLongest) return *within;
  return Error{ErrorCode::kInvalidInput,
               fmt::format("--answer-within {} is not a length of time of at most an hour; write "
                           "for example 200 ms",
                           in_quotes(text))};
}

}  // namespace scinet
