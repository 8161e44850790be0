#include "model/fragment_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"

namespace scinet {
namespace {

Error refusal(std::string sentence) { return Error{ErrorCode::kInvalidInput, std::move(sentence)}; }

std::optional<Error> check_names(const std::vector<NamedFragment>& given) {
  std::set<std::string> names;
  std::vector<std::string> known;
  for (const NamedFragment& entry : given) {
    if (!names.insert(entry.fragment.name).second) {
      return refusal(fmt::format("two fragments are named '{}'", entry.fragment.name));
    }
    known.push_back(entry.fragment.name);
  }
  for (const NamedFragment& entry : given) {
    std::set<std::string> inputs;
    for (const std::string& input : entry.inputs) {
      if (!names.contains(input)) {
        return refusal(fmt::format("fragment '{}' takes the output of {}, which is none of: {}",
                                   entry.fragment.name, in_quotes(input), joined(known)));
      }
      if (!inputs.insert(input).second) {
        return refusal(fmt::format("fragment '{}' takes the output of '{}' twice",
                                   entry.fragment.name, input));
      }
    }
  }
  return std::nullopt;
}

// The fragments whose output no other takes.
std::vector<std::string> last_fragments(const std::vector<NamedFragment>& given) {
  std::set<std::string> taken;
  for (const NamedFragment& entry : given) taken.insert(entry.inputs.begin(), entry.inputs.end());
  std::vector<std::string> last;
  for (const NamedFragment& entry : given) {
    if (!taken.contains(entry.fragment.name)) last.push_back(entry.fragment.name);
  }
  return last;
}

}  // namespace

Result<std::vector<Fragment>> in_topological_order(std::vector<NamedFragment> given) {
  if (std::optional<Error> error = check_names(given)) return *std::move(error);

  std::vector<Fragment> ordered;
  const auto position = [&](const std::string& name) {
    return std::find_if(ordered.begin(), ordered.end(),
                        [&](const Fragment& fragment) { return fragment.name == name; });
  };
  const auto is_ready = [&](const NamedFragment& entry) {
    return std::all_of(entry.inputs.begin(), entry.inputs.end(),
                       [&](const std::string& input) { return position(input) != ordered.end(); });
  };
  std::vector<NamedFragment> rest = given;
  while (!rest.empty()) {
    const auto next = std::find_if(rest.begin(), rest.end(), is_ready);
    if (next == rest.end()) {
      std::vector<std::string> names;
      for (const NamedFragment& entry : rest) names.push_back(entry.fragment.name);
      return refusal(fmt::format("the inputs of {} run in a circle", joined(names)));
    }
    Fragment fragment = std::move(next->fragment);
    fragment.inputs.clear();
    for (const std::string& input : next->inputs) {
      fragment.inputs.push_back({static_cast<std::uint32_t>(position(input) - ordered.begin())});
    }
    ordered.push_back(std::move(fragment));
    rest.erase(next);
  }
  if (const auto last = last_fragments(given); last.size() > 1) {
    return refusal(fmt::format(
        "the output of {} goes nowhere; exactly one fragment answers the client", joined(last)));
  }
  return ordered;
}

}  // namespace scinet
