#include "serving/applications/model_application.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "serving/rounded.h"
#include "serving/stacked_run.h"
#include "serving/tensor_message.h"

namespace scinet {
namespace {

// What the fragments of one application share.
struct Ends {
  std::optional<ImageInput> image;
  std::optional<ClassAnswer> answer;
};

// All that arrives, by name.
Result<NamedTensors> arriving(const Ends& ends, const ModelFragment& fragment,
                              FragmentInputs inputs) {
  if (fragment.inputs.empty() && ends.image) {
    Result<Tensor> tensor = image_tensor(*ends.image, inputs.front());
    if (!tensor) return tensor.error();
    return NamedTensors{{ends.image->name, std::move(tensor).value()}};
  }
  NamedTensors tensors;
  for (const std::string_view input : inputs) {
    Result<NamedTensors> message = tensors_of(input);
    if (!message) return message;
    tensors.merge(std::move(message).value());
  }
  return tensors;
}

Error not_in_message(std::string_view tensor) {
  return {
      ErrorCode::kInvalidInput,
      fmt::format("the message has no tensor {}, which this fragment needs", in_quotes(tensor))};
}

// What the model takes, of what has arrived.
Result<ModelTensors> taken_by(const OnnxSession& model, const NamedTensors& tensors) {
  ModelTensors inputs;
  for (const std::string& name : model.input_names()) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) return not_in_message(name);
    inputs.push_back(found->second);
  }
  return inputs;
}

Result<std::string> message_of(NamedTensors& tensors, const std::vector<std::string>& names) {
  NamedTensors sent;
  for (const std::string& name : names) {
    auto node = tensors.extract(name);
    if (node.empty()) return not_in_message(name);
    sent.insert(std::move(node));
  }
  return to_message(sent);
}

Result<std::string> class_answer(const ClassAnswer& answer, const NamedTensors& tensors) {
  const auto found = tensors.find(answer.name);
  if (found == tensors.end()) return not_in_message(answer.name);
  const auto* scores = std::get_if<std::vector<float>>(&found->second.values);
  if (!scores || scores->size() != answer.labels.size()) {
    return Error{ErrorCode::kInternal,
                 fmt::format("the model gives {} scores for {} labels",
                             scores ? fmt::to_string(scores->size()) : "no", answer.labels.size())};
  }
  const auto best = std::ranges::max_element(*scores);
  double probability = static_cast<double>(*best);
  if (answer.scale == ScoreScale::kLogits) {
    double total = 0.0;  // of the softmax, relative to its largest term
    for (const float score : *scores) total += std::exp(static_cast<double>(score - *best));
    probability = 1.0 / total;
  }
  const auto index = static_cast<std::size_t>(best - scores->begin());
  return nlohmann::ordered_json{
      {"label", answer.labels[index]}, {"index", index}, {"probability", rounded(probability)}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// What a fragment does besides running its model.
struct FragmentEnd {
  std::shared_ptr<const Ends> ends;
  ModelFragment fragment;
  bool answers = false;  // it is the last one

  bool makes_its_input() const { return fragment.inputs.empty() && ends->image; }
};

// One request on its way through a fragment, up to the first step that fails.
struct Passage {
  Result<NamedTensors> tensors;  // that have arrived
  Result<ModelTensors> inputs;   // those that the model takes
};

Passage passage_of(const FragmentEnd& end, const OnnxSession& model, FragmentInputs request) {
  Result<NamedTensors> tensors = arriving(*end.ends, end.fragment, request);
  Result<ModelTensors> inputs =
      tensors ? taken_by(model, tensors.value()) : Result<ModelTensors>(tensors.error());
  return {std::move(tensors), std::move(inputs)};
}

// The outputs of the model beside what it was given, and of both what is handed on. Tensors that
// somebody sent may not be those that it takes.
Result<std::string> output_of(const FragmentEnd& end, const OnnxSession& model,
                              NamedTensors& tensors, Result<ModelTensors> outputs) {
  if (!outputs) {
    return Error{end.makes_its_input() ? ErrorCode::kInternal : ErrorCode::kInvalidInput,
                 outputs.error().message};
  }
  for (std::size_t i = 0; i < outputs.value().size(); ++i) {
    tensors.insert_or_assign(model.output_names()[i], std::move(outputs.value()[i]));
  }
  if (end.answers && end.ends->answer) return class_answer(*end.ends->answer, tensors);
  return message_of(tensors,
                    end.fragment.sends.empty() ? model.output_names() : end.fragment.sends);
}

std::vector<Result<std::string>> run_all(const FragmentEnd& end,
                                         const Result<const OnnxSession*>& session,
                                         std::span<const FragmentInputs> requests) {
  if (!session) {
    return std::vector<Result<std::string>>(requests.size(), Result<std::string>(session.error()));
  }
  const OnnxSession& model = *session.value();
  std::vector<Passage> passages;
  std::vector<ModelTensors> taken;  // of those that are right so far
  for (const FragmentInputs request : requests) {
    Passage& passage = passages.emplace_back(passage_of(end, model, request));
    if (passage.inputs) taken.push_back(std::move(passage.inputs.value()));
  }
  std::vector<Result<ModelTensors>> outputs = run_stacked(model, taken);
  std::vector<Result<std::string>> results;
  auto next = outputs.begin();
  for (Passage& passage : passages) {
    if (!passage.inputs) {
      results.emplace_back(passage.inputs.error());
    } else {
      results.push_back(output_of(end, model, passage.tensors.value(), std::move(*next++)));
    }
  }
  return results;
}

FragmentDefinition fragment_definition(const std::shared_ptr<const Ends>& ends,
                                       const ModelFragment& fragment, bool answers,
                                       const std::string& folder) {
  const std::string model_file = folder + "/" + fragment.model;
  const FragmentEnd end{ends, fragment, answers};
  const auto run_together = [=](ModelStore& models, std::span<const FragmentInputs> requests) {
    return run_all(end, models.session(model_file), requests);
  };
  const auto run = [=](ModelStore& models, FragmentInputs inputs) -> Result<std::string> {
    return std::move(run_together(models, {&inputs, 1}).front());
  };
  const auto can_share = [=](ModelStore& models) -> Status {
    const Result<const OnnxSession*> model = models.session(model_file);
    if (!model) return model.error();
    if (model.value()->takes_stacks()) return ok_status();
    return Error{ErrorCode::kUnavailable,
                 fmt::format("{} takes one input at a time: the first dimension of its tensors is "
                             "not free",
                             model_file)};
  };
  return {fragment.name, {model_file}, run, fragment.inputs, run_together, can_share};
}

}  // namespace

ApplicationDefinition model_application(const ApplicationFile& file, const std::string& folder) {
  const auto ends = std::make_shared<const Ends>(Ends{file.image, file.answer});
  ApplicationDefinition application{
      file.name, file.summary, file.answer ? "application/json" : "application/octet-stream", {}};
  for (const ModelStrategy& strategy : file.strategies) {
    StrategyDefinition& definition = application.strategies.emplace_back();
    definition.name = strategy.name;
    for (std::size_t i = 0; i < strategy.fragments.size(); ++i) {
      const bool answers = i + 1 == strategy.fragments.size();
      definition.fragments.push_back(
          fragment_definition(ends, strategy.fragments[i], answers, folder));
    }
  }
  return application;
}

}  // namespace scinet
