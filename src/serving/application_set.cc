#include "serving/application_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <opencv2/core/utility.hpp>
#include <optional>
#include <utility>

#include "serving/application_file.h"
#include "serving/applications/applications.h"
#include "serving/applications/model_application.h"
#include "serving/model_store.h"

namespace scinet {
namespace {

// No input that the applications take is larger than a minute of sound or a large photograph.
constexpr std::size_t kMaxInputBytes = 64u << 20;

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  for (const Named& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

ServedStrategy served(const StrategyDefinition& strategy) {
  ServedStrategy result{strategy.name, {}};
  for (const FragmentDefinition& fragment : strategy.fragments) {
    result.fragments.push_back({fragment.name, fragment.inputs, fragment.model_files});
  }
  return result;
}

struct Applications {
  std::vector<ApplicationDefinition> definitions;
  std::vector<ServedApplication> unusable;  // files that cannot be read, each with the reason
};

// Those of this program and those that the folder describes, by name.
Applications all_in(const std::filesystem::path& folder) {
  Applications found{all_applications(), {}};
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::filesystem::path file = entry.path() / kApplicationFile;
    if (std::filesystem::is_regular_file(file, ignored)) files.push_back(file);
  }
  std::ranges::sort(files);
  for (const std::filesystem::path& file : files) {
    const std::string name = file.parent_path().filename();
    const Result<ApplicationFile> read = read_application_file(file);
    if (!read) {
      found.unusable.push_back({name, {}, {}, {}, read.error().message});
    } else if (find_named(found.definitions, read.value().name)) {
      found.unusable.push_back({name,
                                {},
                                {},
                                {},
                                fmt::format("{}: the name '{}' is taken; choose another",
                                            file.string(), read.value().name)});
    } else {
      found.definitions.push_back(model_application(read.value(), name));
    }
  }
  std::ranges::sort(found.definitions, {}, &ApplicationDefinition::name);
  return found;
}

ServedApplication served(const ApplicationDefinition& application, const ModelStore& models) {
  ServedApplication result{application.name, application.summary, application.content_type, {}, {}};
  for (const StrategyDefinition& strategy : application.strategies) {
    result.strategies.push_back(served(strategy));
    for (const FragmentDefinition& fragment : strategy.fragments) {
      if (result.unavailable.empty()) result.unavailable = models.missing(fragment.model_files);
    }
  }
  return result;
}

template <class Named>
std::string names_of(const std::vector<Named>& all) {
  std::string names;
  for (const Named& one : all) names += (names.empty() ? "" : ", ") + one.name;
  return names;
}

Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }

// A fragment, and what it is asked for by.
struct NamedFragment {
  std::string_view application;
  std::string_view strategy;
  std::size_t index;
  const FragmentDefinition& definition;
};

// Why the fragment does not even look at these inputs.
std::optional<Error> refused(const NamedFragment& what, RequestInputs inputs) {
  const std::size_t wanted = std::max<std::size_t>(1, what.definition.inputs.size());
  if (inputs.size() != wanted) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}/{}/{} takes {} inputs and was given {}", what.application,
                             what.strategy, what.index, wanted, inputs.size())};
  }
  std::size_t size = 0;
  for (const std::string_view input : inputs) size += input.size();
  if (size <= kMaxInputBytes) return std::nullopt;
  return Error{ErrorCode::kTooLarge,
               fmt::format("the input has {} bytes; at most {} are taken", size, kMaxInputBytes)};
}

}  // namespace

std::vector<std::string_view> inputs_of(const ServedFragment& fragment, std::string_view client,
                                        std::span<const std::string> outputs) {
  if (fragment.inputs.empty()) return {client};
  std::vector<std::string_view> inputs;
  for (const std::size_t before : fragment.inputs) inputs.push_back(outputs[before]);
  return inputs;
}

struct ApplicationSet::Impl {
  explicit Impl(const std::filesystem::path& folder) : models(folder) {
    Applications found = all_in(folder);
    definitions = std::move(found.definitions);
    for (const ApplicationDefinition& definition : definitions) {
      applications.push_back(served(definition, models));
    }
    for (ServedApplication& unusable : found.unusable) {
      if (find_named(applications, unusable.name)) continue;
      applications.push_back(std::move(unusable));
    }
    std::ranges::sort(applications, {}, &ServedApplication::name);
  }

  Result<const StrategyDefinition*> strategy(std::string_view application,
                                             std::string_view name) const {
    const ServedApplication* shown = find_named(applications, application);
    if (!shown) {
      return not_found(fmt::format("there is no application '{}'; there are: {}", application,
                                   names_of(applications)));
    }
    if (!shown->unavailable.empty()) {
      return Error{ErrorCode::kUnavailable, fmt::format("{}: {}", application, shown->unavailable)};
    }
    const ApplicationDefinition* definition = find_named(definitions, application);
    const StrategyDefinition* found = find_named(definition->strategies, name);
    if (!found) {
      return not_found(fmt::format("{} has no strategy '{}'; it has: {}", application, name,
                                   names_of(definition->strategies)));
    }
    return found;
  }

  Result<const FragmentDefinition*> fragment(std::string_view application,
                                             std::string_view strategy_name,
                                             std::size_t index) const {
    const Result<const StrategyDefinition*> found = strategy(application, strategy_name);
    if (!found) return found.error();
    const std::vector<FragmentDefinition>& fragments = found.value()->fragments;
    if (index < fragments.size()) return &fragments[index];
    return not_found(fmt::format("{}/{} has no fragment {}; it has {}, counted from 0", application,
                                 strategy_name, index, fragments.size()));
  }

  Result<std::string> run_alone(const NamedFragment& what, RequestInputs inputs) {
    if (std::optional<Error> error = refused(what, inputs)) return *std::move(error);
    try {
      return what.definition.run(models, inputs);
    } catch (const std::bad_alloc&) {
      return Error{
          ErrorCode::kUnavailable,
          fmt::format("{}: there is not enough memory for this input now", what.application)};
    } catch (const std::exception& failure) {
      return Error{ErrorCode::kInternal, fmt::format("{}: {}", what.application, failure.what())};
    }
  }

  ModelStore models;
  std::vector<ApplicationDefinition> definitions;
  std::vector<ServedApplication> applications;  // by name
};

// OpenCV's own threads are switched off, for the whole process: a request uses one core, as the
// models do, and a host's cores are shared out by request.
ApplicationSet::ApplicationSet(std::filesystem::path model_directory)
    : impl_(std::make_unique<Impl>(model_directory)) {
  cv::setNumThreads(1);
}

ApplicationSet::~ApplicationSet() = default;

const std::vector<ServedApplication>& ApplicationSet::applications() const {
  return impl_->applications;
}

const ServedApplication* ApplicationSet::find(std::string_view name) const {
  return find_named(impl_->applications, name);
}

Status ApplicationSet::load(std::string_view application, std::string_view strategy,
                            std::size_t fragment) {
  const Result<const FragmentDefinition*> found = impl_->fragment(application, strategy, fragment);
  if (!found) return found.error();
  return impl_->models.load(found.value()->model_files);
}

Result<std::string> ApplicationSet::run(std::string_view application, std::string_view strategy,
                                        std::size_t fragment, RequestInputs inputs) {
  const Result<const FragmentDefinition*> found = impl_->fragment(application, strategy, fragment);
  if (!found) return found.error();
  return impl_->run_alone({application, strategy, fragment, *found.value()}, inputs);
}

std::vector<Result<std::string>> ApplicationSet::run_together(
    std::string_view application, std::string_view strategy, std::size_t fragment,
    std::span<const RequestInputs> requests) {
  const Result<const FragmentDefinition*> found = impl_->fragment(application, strategy, fragment);
  if (!found) {
    return std::vector<Result<std::string>>(requests.size(), Result<std::string>(found.error()));
  }
  const NamedFragment what{application, strategy, fragment, *found.value()};
  std::vector<RequestInputs> fitting;
  for (const RequestInputs request : requests) {
    if (!refused(what, request)) fitting.push_back(request);
  }
  std::vector<Result<std::string>> shared;
  if (found.value()->run_together && fitting.size() > 1) {
    try {
      shared = found.value()->run_together(impl_->models, fitting);
    } catch (const std::exception&) {
      shared.clear();  // each by itself, then, which takes less memory and fails by itself
    }
  }
  std::vector<Result<std::string>> results;
  auto next = shared.begin();
  for (const RequestInputs request : requests) {
    const bool is_done = !shared.empty() && !refused(what, request);
    results.push_back(is_done ? std::move(*next++) : impl_->run_alone(what, request));
  }
  return results;
}

Status ApplicationSet::can_share(std::string_view application, std::string_view strategy,
                                 std::size_t fragment) {
  const Result<const FragmentDefinition*> found = impl_->fragment(application, strategy, fragment);
  if (!found) return found.error();
  if (!found.value()->run_together) {
    return Error{ErrorCode::kUnavailable, fmt::format("{}/{}/{} works on one input at a time",
                                                      application, strategy, fragment)};
  }
  return found.value()->can_share ? found.value()->can_share(impl_->models) : ok_status();
}

Result<std::string> ApplicationSet::run_all(std::string_view application, std::string_view strategy,
                                            std::string_view input) {
  const Result<const StrategyDefinition*> found = impl_->strategy(application, strategy);
  if (!found) return found.error();
  const ServedStrategy shape = served(*found.value());
  std::vector<std::string> outputs;
  for (std::size_t i = 0; i < shape.fragments.size(); ++i) {
    Result<std::string> output =
        run(application, strategy, i, inputs_of(shape.fragments[i], input, outputs));
    if (!output) return output;
    outputs.push_back(std::move(output).value());
  }
  return std::move(outputs.back());
}

std::vector<std::string> ApplicationSet::resident_models() const {
  return impl_->models.resident();
}

}  // namespace scinet
