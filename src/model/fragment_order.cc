#include "model/fragment_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "base/ensure.h"
#include "base/text.h"

namespace scinet {
namespace {

using Positions = std::map<std::string, std::size_t>;

std::vector<std::string> names_of(const std::vector<NamedFragment>& given) {
  std::vector<std::string> names;
  for (const NamedFragment& entry : given) names.push_back(entry.fragment.name);
  return names;
}

std::optional<GraphProblem> check_inputs(const std::vector<NamedFragment>& given, std::size_t i,
                                         const Positions& positions) {
  const std::vector<std::string>& inputs = given[i].inputs;
  if (inputs.size() > kMostInputs) {
    return GraphProblem{
        i, fmt::format("takes {} outputs, expected at most {}", inputs.size(), kMostInputs)};
  }
  std::set<std::string> seen;
  for (const std::string& input : inputs) {
    if (!positions.contains(input)) {
      return GraphProblem{i, fmt::format("takes the output of {}, which is none of: {}",
                                         in_quotes(input), joined(names_of(given)))};
    }
    if (!seen.insert(input).second) {
      return GraphProblem{i, fmt::format("takes the output of '{}' twice", input)};
    }
  }
  return std::nullopt;
}

// Whether each fragment can be ordered behind its inputs; those of a circle and behind it cannot.
std::vector<bool> find_orderable(const std::vector<NamedFragment>& given,
                                 const Positions& positions) {
  std::vector<bool> orderable(given.size(), false);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (orderable[i]) continue;
      orderable[i] = std::ranges::all_of(given[i].inputs, [&](const std::string& input) {
        return orderable[positions.at(input)];
      });
      changed = changed || orderable[i];
    }
  }
  return orderable;
}

// Goes from input to input among those that cannot be ordered until a fragment comes again.
std::optional<GraphProblem> find_circle(const std::vector<NamedFragment>& given,
                                        const Positions& positions) {
  const std::vector<bool> orderable = find_orderable(given, positions);
  const auto first = std::ranges::find(orderable, false);
  if (first == orderable.end()) return std::nullopt;
  std::vector<std::size_t> path{static_cast<std::size_t>(first - orderable.begin())};
  while (true) {
    const auto next = std::ranges::find_if(
        given[path.back()].inputs,
        [&](const std::string& input) { return !orderable[positions.at(input)]; });
    const std::size_t position = positions.at(*next);
    const auto circle = std::ranges::find(path, position);
    const bool is_closed = circle != path.end();
    if (is_closed) path.erase(path.begin(), circle);
    path.push_back(position);
    if (is_closed) break;
  }
  std::vector<std::string> names;
  for (const std::size_t position : path) names.push_back(given[position].fragment.name);
  return GraphProblem{path.front(),
                      fmt::format("its inputs run in a circle: {}", fmt::join(names, " needs "))};
}

// Of two fragments whose output no other takes, the first is the better place to look.
std::optional<GraphProblem> find_loose_end(const std::vector<NamedFragment>& given) {
  std::set<std::string> taken;
  for (const NamedFragment& entry : given) taken.insert(entry.inputs.begin(), entry.inputs.end());
  std::vector<std::string> last;
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (taken.contains(given[i].fragment.name)) continue;
    last.push_back(given[i].fragment.name);
    if (!first) first = i;
  }
  if (last.size() == 1) return std::nullopt;
  return GraphProblem{
      *first, fmt::format("the output of {} goes nowhere; exactly one fragment answers the client",
                          joined(last))};
}

}  // namespace

std::optional<GraphProblem> find_graph_problem(const std::vector<NamedFragment>& given) {
  ensure(!given.empty(), "a strategy has fragments");
  Positions positions;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string& name = given[i].fragment.name;
    if (!positions.emplace(name, i).second) {
      return GraphProblem{i, fmt::format("two fragments are named '{}'", name)};
    }
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (auto problem = check_inputs(given, i, positions)) return problem;
  }
  if (auto problem = find_circle(given, positions)) return problem;
  return find_loose_end(given);
}

std::vector<Fragment> in_topological_order(std::vector<NamedFragment> given) {
  std::vector<Fragment> ordered;
  std::map<std::string, FragmentId> ids;
  const auto is_ready = [&](const NamedFragment& entry) {
    return std::ranges::all_of(entry.inputs,
                               [&](const std::string& input) { return ids.contains(input); });
  };
  while (!given.empty()) {
    const auto next = std::ranges::find_if(given, is_ready);
    ensure(next != given.end(), "the graph is sound");
    Fragment fragment = std::move(next->fragment);
    fragment.inputs.clear();
    for (const std::string& input : next->inputs) fragment.inputs.push_back(ids.at(input));
    ids[fragment.name] = FragmentId{static_cast<std::uint32_t>(ordered.size())};
    ordered.push_back(std::move(fragment));
    given.erase(next);
  }
  return ordered;
}

}  // namespace scinet
