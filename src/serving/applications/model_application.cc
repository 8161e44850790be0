#include "serving/applications/model_application.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "serving/rounded.h"
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

// Adds the outputs of the model to what it was given. Tensors that somebody sent may not be those
// that it takes: `if_refused` says whose mistake that is.
Status run_model(const OnnxSession& model, NamedTensors& tensors, ErrorCode if_refused) {
  std::vector<Tensor> inputs;
  for (const std::string& name : model.input_names()) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) return not_in_message(name);
    inputs.push_back(found->second);
  }
  Result<std::vector<Tensor>> outputs = model.run(inputs);
  if (!outputs) return Error{if_refused, outputs.error().message};
  for (std::size_t i = 0; i < outputs.value().size(); ++i) {
    tensors.insert_or_assign(model.output_names()[i], std::move(outputs.value()[i]));
  }
  return ok_status();
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

FragmentDefinition fragment_definition(const std::shared_ptr<const Ends>& ends,
                                       const ModelFragment& fragment, bool answers,
                                       const std::string& folder) {
  const std::string model_file = folder + "/" + fragment.model;
  const auto run = [=](ModelStore& models, FragmentInputs inputs) -> Result<std::string> {
    Result<NamedTensors> tensors = arriving(*ends, fragment, inputs);
    if (!tensors) return tensors.error();
    const Result<const OnnxSession*> model = models.session(model_file);
    if (!model) return model.error();
    const bool made_here = fragment.inputs.empty() && ends->image;
    const Status done = run_model(*model.value(), tensors.value(),
                                  made_here ? ErrorCode::kInternal : ErrorCode::kInvalidInput);
    if (!done) return done.error();
    if (answers && ends->answer) return class_answer(*ends->answer, tensors.value());
    return message_of(tensors.value(),
                      fragment.sends.empty() ? model.value()->output_names() : fragment.sends);
  };
  return {fragment.name, {model_file}, run, fragment.inputs};
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
