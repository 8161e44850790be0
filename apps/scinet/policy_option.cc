#include "apps/scinet/policy_option.h"

namespace scinet {

void add_policy_option(CLI::App& verb, PolicyOption& option) {
  CLI::Option* policy =
      verb.add_option("--policy", option.policy, "Who decides; 'scinet policies' lists them")
          ->type_name("NAME")
          ->capture_default_str();
  const auto add_rule = [&](const char* name, std::string& rule, const char* what) {
    verb.add_option_function<std::string>(
            name,
            [&option, &rule](const std::string& given) {
              rule = given;
              option.is_combination = true;
            },
            what)
        ->type_name("RULE")
        ->excludes(policy)
        ->default_str(rule);
  };
  add_rule("--provision", option.rules.provisioning, "Instead of --policy: who switches hosts");
  add_rule("--deploy", option.rules.deployment, "and who chooses strategies");
  add_rule("--place", option.rules.placement, "and who places; the others as by default");
}

}  // namespace scinet
