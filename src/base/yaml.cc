#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "base/text.h"

namespace scinet {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;
constexpr std::size_t kDeepestNesting = 32;

// What this file refuses and yaml-cpp would accept. Thrown through yaml-cpp and caught in
// parse_yaml.
struct Refusal {
  int line;
  std::string sentence;
};

// Builds the tree from the events of yaml-cpp.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw Refusal{line_of(mark), "a second document begins; expected one"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_extras(mark, "?", anchor);
    add({.kind = YamlNode::Kind::kNothing, .line = line_of(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_extras(mark, tag, anchor);
    add({.kind = YamlNode::Kind::kWord, .line = line_of(mark), .text = value});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{line_of(mark), "aliases are not supported; write the value out"};
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override {
    refuse_twins(open_.back());
    end();
  }

 private:
  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  static void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      throw Refusal{line_of(mark), "anchors are not supported; write the value out"};
    }
    // yaml-cpp reports plain words as "?" and quoted ones as "!".
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refusal{line_of(mark), fmt::format("tag {} is not supported", in_quotes(tag))};
    }
  }

  static void refuse_twins(const YamlNode& map) {
    std::vector<const YamlNode::Key*> keys;
    for (const YamlNode::Key& key : map.keys) keys.push_back(&key);
    std::stable_sort(keys.begin(), keys.end(),
                     [](const auto* a, const auto* b) { return a->name < b->name; });
    const auto twins = std::adjacent_find(
        keys.begin(), keys.end(), [](const auto* a, const auto* b) { return a->name == b->name; });
    if (twins == keys.end()) return;
    throw Refusal{(*(twins + 1))->line, fmt::format("key {} is given twice, first in line {}",
                                                    in_quotes((*twins)->name), (*twins)->line)};
  }

  void begin(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    refuse_extras(mark, tag, anchor);
    if (open_.size() == kDeepestNesting) {
      throw Refusal{line_of(mark), fmt::format("nested deeper than {} levels", kDeepestNesting)};
    }
    open_.push_back({.kind = kind, .line = line_of(mark)});
  }

  void end() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    add(std::move(node));
  }

  // In a map, keys and values arrive in turn.
  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    const bool is_key =
        parent.kind == YamlNode::Kind::kMap && parent.keys.size() == parent.items.size();
    if (!is_key) {
      // What is not there has no line of its own.
      const bool lacks_value = node.kind == YamlNode::Kind::kNothing && !parent.keys.empty();
      if (lacks_value) node.line = parent.keys.back().line;
      parent.items.push_back(std::move(node));
    } else if (node.kind == YamlNode::Kind::kWord) {
      parent.keys.push_back({std::move(node.text), node.line});
    } else {
      throw Refusal{node.line, "a key must be a word"};
    }
  }

  int documents_ = 0;
  YamlNode root_;
  std::vector<YamlNode> open_;  // lists and maps that have begun, outermost first
};

Error at_line(const std::string& file, int line, std::string_view sentence) {
  return Error{ErrorCode::kInvalidInput, fmt::format("{}:{}: {}", file, line, sentence)};
}

}  // namespace

Result<YamlDocument> parse_yaml(std::string_view text, std::string file) {
  if (text.size() > kLargestFile) {
    return Error{ErrorCode::kTooLarge, fmt::format("{}: larger than {} KiB, the most that is read "
                                                   "of such a file",
                                                   file, kLargestFile / 1024)};
  }
  TreeBuilder builder;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return at_line(file, refusal.line, refusal.sentence);
  } catch (const YAML::Exception& problem) {
    return at_line(file, problem.mark.line + 1, "not valid YAML: " + printable(problem.msg));
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: not valid YAML: {}", file, printable(problem.what()))};
  }
  return YamlDocument{std::move(file), builder.take_root()};
}

Result<YamlDocument> load_yaml(const std::filesystem::path& file) {
  Result<std::string> text = read_text_file(file, kLargestFile);
  if (!text) return text.error();
  return parse_yaml(text.value(), file.string());
}

}  // namespace scinet
