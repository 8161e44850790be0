#include "serving/examples.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "base/text.h"

namespace scinet {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestExample = 16 * 1024 * 1024;  // bytes

// What an answer says in the words of the labels.
std::string class_label(const Json& answer) { return answer.at("label").get<std::string>(); }

std::string ocr_label(const Json& answer) {  // a label has the lines in one, "a|b"
  std::string text = answer.at("text").get<std::string>();
  std::ranges::replace(text, '\n', '|');
  return text;
}

std::string vad_label(const Json& answer) { return answer.at("speech").get<bool>() ? "yes" : "no"; }

// Null: answers have no label.
using LabelOf = std::string (*)(const Json& answer);

struct ExampleFolder {
  std::string_view application;
  std::string_view folder;
  LabelOf label_of;
};

// Of the others the folder has the name of the application, and answers name a class.
constexpr ExampleFolder kFolders[] = {
    {"blur", "images", nullptr},
    {"emboss", "images", nullptr},
    {"ocr", "ocr", ocr_label},
    {"vad", "vad", vad_label},
};

ExampleFolder folder_of(std::string_view application) {
  const auto* found = std::ranges::find(kFolders, application, &ExampleFolder::application);
  if (found != std::end(kFolders)) return *found;
  return {application, application, class_label};
}

}  // namespace

Result<std::vector<Example>> read_examples(const std::filesystem::path& folder) {
  const std::filesystem::path list = folder / "labels.csv";
  const Result<std::string> text = read_text_file(list, kLargestExample);
  if (!text) return text.error();

  std::vector<Example> examples;
  std::string_view rest = text.value();
  for (int line = 1; !rest.empty(); ++line) {
    const std::string_view row = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(row.size() + 1, rest.size()));
    if (line == 1 || row.empty()) continue;
    const std::size_t comma = row.find(',');
    if (comma == std::string_view::npos) {
      return Error{ErrorCode::kInvalidInput, fmt::format("{}:{}: found {}, expected file,label",
                                                         list.string(), line, in_quotes(row))};
    }
    Example example;
    example.name = row.substr(0, comma);
    example.label = row.substr(comma + 1);
    Result<std::string> bytes = read_text_file(folder / example.name, kLargestExample);
    if (!bytes) return bytes.error();
    example.bytes = std::move(bytes).value();
    examples.push_back(std::move(example));
  }
  return examples;
}

Result<std::vector<Example>> load_examples(std::string_view application,
                                           const std::filesystem::path& inputs_directory,
                                           const std::filesystem::path& models_directory) {
  const ExampleFolder entry = folder_of(application);
  std::filesystem::path folder = inputs_directory / entry.folder;
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) {
    folder = models_directory / application / "examples";
    if (!std::filesystem::exists(folder, ignored)) return std::vector<Example>{};
  }
  Result<std::vector<Example>> examples = read_examples(folder);
  if (!examples || entry.label_of) return examples;
  for (Example& example : examples.value()) example.label.clear();
  return examples;
}

std::optional<bool> is_right(std::string_view application, std::string_view label,
                             std::string_view answer) {
  const LabelOf label_of = folder_of(application).label_of;
  if (!label_of || label.empty()) return std::nullopt;
  try {
    return label_of(Json::parse(answer)) == label;
  } catch (const Json::exception&) {
    return false;  // not even an answer of the right form
  }
}

}  // namespace scinet
