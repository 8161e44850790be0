#include "base/yaml_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace scinet {

YamlFields::YamlFields(YamlPlace map) : map_(std::move(map)) {
  if (map_.node->kind != YamlNode::Kind::kMap) map_.fail_expecting("a map of keys and values");
}

bool YamlFields::is_map(std::string_view key) const {
  const YamlNode* const node = find(key);
  return node && node->kind == YamlNode::Kind::kMap;
}

void YamlFields::fail(std::string_view key, std::string_view sentence) {
  if (missing_.empty()) (find(key) ? place_of(key) : map_).fail(sentence);
}

void YamlFields::fail(std::string_view key, std::size_t item, std::string_view sentence) {
  if (missing_.empty()) place_of(key).item(item).fail(sentence);
}

void YamlFields::fail(Error error) {
  if (missing_.empty() && !*map_.problem) *map_.problem = std::move(error);
}

std::string YamlFields::where(std::string_view key) const {
  const YamlNode* const node = find(key);
  return fmt::format("{}:{}", *map_.file, (node ? node : map_.node)->line);
}

void YamlFields::finish() {
  if (*map_.problem) return;
  for (const YamlNode::Key& key : map_.node->keys) {
    if (std::find(known_.begin(), known_.end(), key.name) != known_.end()) continue;
    // Points at the key, not at the map.
    YamlNode at_key{.line = key.line};
    YamlPlace{&at_key, map_.path, map_.file, map_.problem}.fail(
        fmt::format("unknown key {}; known keys: {}", in_quotes(key.name), joined(known_)));
    return;
  }
  if (!missing_.empty()) map_.fail(missing_);
}

const YamlNode* YamlFields::find(std::string_view key) const {
  const std::vector<YamlNode::Key>& keys = map_.node->keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == key) return &map_.node->items[i];
  }
  return nullptr;
}

YamlPlace YamlFields::place_of(std::string_view key) const {
  const std::string dot = map_.path.empty() ? "" : ".";
  return {find(key), map_.path + dot + std::string(key), map_.file, map_.problem};
}

void YamlFields::note_missing(std::string_view key, std::string_view expected) {
  if (missing_.empty()) {
    missing_ = fmt::format("key '{}' is missing, expected {}", key, expected);
  }
}

}  // namespace scinet
