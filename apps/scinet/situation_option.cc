#include "apps/scinet/situation_option.h"

namespace scinet {

void add_situation_option(CLI::App& verb, SituationOption& option) {
  verb.add_option("--view", option.view,
                  "The situation: a view document, of 'scinet random-view' or 'simulate --view-at'")
      ->required()
      ->type_name("FILE");
  verb.add_option("--futures", option.futures, "How many draws of what comes a plan is judged by")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--seed", option.seed, "Of these draws, and of whoever decides")
      ->type_name("N")
      ->capture_default_str();
}

CLI::Option* add_beats_option(CLI::App& verb, int& beats, const std::string& what) {
  return verb.add_option("--beats", beats, what)->check(CLI::Range(1, 1000))->type_name("N");
}

}  // namespace scinet
