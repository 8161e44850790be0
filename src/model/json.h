// Catalogues, views and plans as JSON documents, for journals, files and tools outside.
// A view document is self-contained: {"catalogue": {...}, "view": {...}}; ids are positions in
// the lists of the same document, quantities carry their unit in the key.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

using Json = nlohmann::ordered_json;

Json json_of(const Catalogue& catalogue);
Json json_of(const Plan& plan);
Json json_of(const QosTerms& terms);
// The document with the view's catalogue.
Json json_of(const ClusterView& view);

// A view together with the catalogue that it borrows.
struct StoredView {
  std::unique_ptr<const Catalogue> catalogue;
  ClusterView view;
};

// `source` is what messages call the document, usually the path of its file. Errors (kInvalidInput)
// name the source, the field, what was found and what would have worked. What is returned
// is consistent: every id is in range, every workload has the tasks of its strategy.
Result<StoredView> read_view(std::string_view text, const std::string& source);
Result<StoredView> view_from_json(const Json& document, const std::string& source);
// The part of these checks that is about the catalogue, for other documents that hold one.
Status check_catalogue(const Catalogue& catalogue, const std::string& source);
Result<Plan> read_plan(std::string_view text, const std::string& source);

// The same from a file of at most 256 MiB; kNotFound where it cannot be read.
Result<StoredView> load_view(const std::filesystem::path& file);

}  // namespace scinet
