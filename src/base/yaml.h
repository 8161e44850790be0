// A YAML file as a tree that remembers the line of every value. Only plain data: maps, lists and
// words. Anchors, aliases, tags and more than one document are refused, so a small file is always
// a small tree. Nothing here throws.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace scinet {

struct YamlNode {
  enum class Kind { kNothing, kWord, kList, kMap };

  Kind kind = Kind::kNothing;
  int line = 1;
  std::string text = {};             // of a word, as written
  std::vector<YamlNode> items = {};  // of a list, or the values of a map

  // Of a map, one per item; no key is there twice.
  struct Key {
    std::string name;
    int line = 1;
  };
  std::vector<Key> keys = {};
};

struct YamlDocument {
  std::string file;  // as messages name it
  YamlNode root;
};

// Errors read "FILE:LINE: sentence". `file` is only used to name the place.
Result<YamlDocument> parse_yaml(std::string_view text, std::string file);

// At most 1 MiB.
Result<YamlDocument> load_yaml(const std::filesystem::path& file);

}  // namespace scinet
