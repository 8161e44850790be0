// Reads catalogue files: YAML with any of `power_curves`, `host_types` and `applications`, and
// `uses` for the files that it builds on. The formats are described in docs/catalogue.md.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml_fields.h"
#include "model/catalogue.h"

namespace scinet {

struct CatalogueContents {
  std::vector<PowerCurve> power_curves;
  Catalogue catalogue;
  // Where each fragment is written: "APPLICATION/STRATEGY/FRAGMENT" to "FILE:LINE".
  std::map<std::string, std::string> fragment_places;
};

// All of `files` together, and what they use, in the order of the files. A name that two of them
// define is refused. `directory` is where names in `uses` begin.
Result<CatalogueContents> load_catalogue(std::span<const std::filesystem::path> files,
                                         const std::filesystem::path& directory);

// `name` below `directory`; kInvalidInput where it leads elsewhere.
Result<std::filesystem::path> path_below(const std::filesystem::path& directory,
                                         std::string_view name);

// A name that can stand in a URL, a file name and a CSV field.
void read_name(YamlFields& fields, std::string_view key, std::string& name);

}  // namespace scinet
