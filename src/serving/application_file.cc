#include "serving/application_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "base/yaml.h"
#include "base/yaml_fields.h"
#include "base/yaml_writer.h"
#include "model/fragment_order.h"

namespace scinet {
namespace {

constexpr int kLargestSide = 8192;
constexpr std::size_t kMostLabels = 100'000;
constexpr std::size_t kMostFragments = 64;

enum class Kind { kImage, kClass, kTensors };
constexpr Choice<Kind> kInputKinds[] = {{"image", Kind::kImage}, {"tensors", Kind::kTensors}};
constexpr Choice<Kind> kAnswerKinds[] = {{"class", Kind::kClass}, {"tensors", Kind::kTensors}};
constexpr Choice<ChannelOrder> kChannels[] = {
    {"gray", ChannelOrder::kGray}, {"rgb", ChannelOrder::kRgb}, {"bgr", ChannelOrder::kBgr}};
constexpr Choice<ImageFit> kFits[] = {{"pad", ImageFit::kPad}, {"stretch", ImageFit::kStretch}};
constexpr Choice<TensorLayout> kLayouts[] = {{"channels-first", TensorLayout::kChannelsFirst},
                                             {"channels-last", TensorLayout::kChannelsLast}};
constexpr Choice<ScoreScale> kScales[] = {{"logits", ScoreScale::kLogits},
                                          {"probabilities", ScoreScale::kProbabilities}};

template <class Value, std::size_t N>
std::string_view word_of(const Choice<Value> (&choices)[N], Value value) {
  return std::ranges::find(choices, value, &Choice<Value>::value)->word;
}

// ---- Reading.

void read_image(YamlFields& fields, ImageInput& image) {
  fields.required("name", image.name);
  fields.required("width", image.width, Range::between(1, kLargestSide));
  fields.required("height", image.height, Range::between(1, kLargestSide));
  fields.required("channels", image.channels, kChannels);
  fields.optional("layout", image.layout, kLayouts);
  fields.optional("fit", image.fit, kFits);
  fields.optional("background", image.background, Range::between(0, 255));
  fields.optional("mean", image.mean);
  fields.optional("deviation", image.deviation, Range::above(0));
  const auto channels = static_cast<std::size_t>(image.channel_count());
  for (const auto& [key, values] :
       {std::pair{"mean", &image.mean}, {"deviation", &image.deviation}}) {
    if (values->empty() || values->size() == channels) continue;
    fields.fail(key, fmt::format("found {} numbers, expected one for each of {} channels",
                                 values->size(), channels));
  }
}

// A kind may have no fields of its own.
struct ReadInput {
  std::optional<ImageInput> image;
};
struct ReadAnswer {
  std::optional<ClassAnswer> classes;
};

void read_input(YamlFields& fields, ReadInput& input) {
  Kind kind = Kind::kImage;
  fields.required("kind", kind, kInputKinds);
  if (kind == Kind::kImage) read_image(fields, input.image.emplace());
}

void read_answer(YamlFields& fields, ReadAnswer& answer) {
  Kind kind = Kind::kClass;
  fields.required("kind", kind, kAnswerKinds);
  if (kind != Kind::kClass) return;
  ClassAnswer& classes = answer.classes.emplace();
  fields.required("name", classes.name);
  fields.optional("scale", classes.scale, kScales);
  fields.required("labels", classes.labels);
  if (classes.labels.empty() || classes.labels.size() > kMostLabels) {
    fields.fail("labels", fmt::format("found {} labels, expected 1 to {}", classes.labels.size(),
                                      kMostLabels));
  }
}

struct ReadFragment {
  ModelFragment fragment;
  std::vector<std::string> inputs;
};

void read_fragment(YamlFields& fields, ReadFragment& read) {
  fields.required("name", read.fragment.name);
  fields.required("model", read.fragment.model);
  fields.optional("inputs", read.inputs);
  fields.optional("sends", read.fragment.sends);
  const std::filesystem::path model(read.fragment.model);
  if (model.is_absolute() || std::ranges::find(model, "..") != model.end()) {
    fields.fail("model", fmt::format("found {}, expected a file in the folder of {}",
                                     in_quotes(read.fragment.model), kApplicationFile));
  }
}

void read_strategy(YamlFields& fields, ModelStrategy& strategy) {
  std::vector<ReadFragment> read;
  fields.required("name", strategy.name);
  fields.required("fragments", read, read_fragment);
  if (read.empty()) return;
  if (read.size() > kMostFragments) {
    fields.fail("fragments", fmt::format("found {} fragments, expected at most {}", read.size(),
                                         kMostFragments));
    return;
  }
  std::vector<NamedFragment> graph(read.size());
  std::map<std::string, ModelFragment> by_name;
  for (std::size_t i = 0; i < read.size(); ++i) {
    graph[i].fragment.name = read[i].fragment.name;
    graph[i].inputs = read[i].inputs;
    by_name[read[i].fragment.name] = std::move(read[i].fragment);
  }
  if (const std::optional<GraphProblem> problem = find_graph_problem(graph)) {
    fields.fail("fragments", problem->fragment, problem->sentence);
    return;
  }
  for (const Fragment& ordered : in_topological_order(std::move(graph))) {
    ModelFragment& fragment = strategy.fragments.emplace_back(std::move(by_name[ordered.name]));
    for (const FragmentId input : ordered.inputs) fragment.inputs.push_back(input.value);
  }
}

void read_application(YamlFields& fields, ApplicationFile& application) {
  fields.required("application", application.name);
  fields.required("summary", application.summary);
  ReadInput input;
  ReadAnswer answer;
  fields.required("input", input, read_input);
  fields.required("answer", answer, read_answer);
  application.image = std::move(input.image);
  application.answer = std::move(answer.classes);
  fields.required("strategies", application.strategies, read_strategy);
  std::vector<std::string> names;
  for (const ModelStrategy& strategy : application.strategies) {
    if (std::ranges::find(names, strategy.name) != names.end()) {
      fields.fail("strategies", names.size(),
                  fmt::format("the name {} is taken already", in_quotes(strategy.name)));
    }
    names.push_back(strategy.name);
  }
}

// ---- Writing.

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(yaml_quoted(text));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::string input_yaml(const std::optional<ImageInput>& image) {
  if (!image) return "input:\n  kind: tensors\n";
  std::string text = fmt::format(
      "input:\n  kind: image\n  name: {}\n  width: {}\n  height: {}\n  channels: {}\n  layout: {}\n"
      "  fit: {}\n  background: {}\n",
      yaml_quoted(image->name), image->width, image->height, word_of(kChannels, image->channels),
      word_of(kLayouts, image->layout), word_of(kFits, image->fit), image->background);
  if (!image->mean.empty()) text += fmt::format("  mean: [{}]\n", fmt::join(image->mean, ", "));
  if (!image->deviation.empty()) {
    text += fmt::format("  deviation: [{}]\n", fmt::join(image->deviation, ", "));
  }
  return text;
}

std::string answer_yaml(const std::optional<ClassAnswer>& answer) {
  if (!answer) return "answer:\n  kind: tensors\n";
  return fmt::format("answer:\n  kind: class\n  name: {}\n  scale: {}\n  labels: {}\n",
                     yaml_quoted(answer->name), word_of(kScales, answer->scale),
                     quoted_list(answer->labels));
}

std::string strategy_yaml(const ModelStrategy& strategy) {
  std::string text = fmt::format("  - name: {}\n    fragments:\n", yaml_quoted(strategy.name));
  for (const ModelFragment& fragment : strategy.fragments) {
    text += fmt::format("      - name: {}\n        model: {}\n", yaml_quoted(fragment.name),
                        yaml_quoted(fragment.model));
    std::vector<std::string> inputs;
    for (const std::size_t input : fragment.inputs) {
      inputs.push_back(strategy.fragments[input].name);
    }
    if (!inputs.empty()) text += fmt::format("        inputs: {}\n", quoted_list(inputs));
    if (!fragment.sends.empty())
      text += fmt::format("        sends: {}\n", quoted_list(fragment.sends));
  }
  return text;
}

}  // namespace

Result<ApplicationFile> read_application_file(const std::filesystem::path& file) {
  const Result<YamlDocument> document = load_yaml(file);
  if (!document) return document.error();
  return read_yaml<ApplicationFile>(document.value(), read_application);
}

std::string application_yaml(const ApplicationFile& application) {
  std::string text = fmt::format("application: {}\nsummary: {}\n", yaml_quoted(application.name),
                                 yaml_quoted(application.summary));
  text += input_yaml(application.image) + answer_yaml(application.answer) + "strategies:\n";
  for (const ModelStrategy& strategy : application.strategies) text += strategy_yaml(strategy);
  return text;
}

}  // namespace scinet
