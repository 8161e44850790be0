// The views of a run, one after the other: views.jsonl. The first line holds the version of the
// file and the catalogue, each other line what one decision was taken from.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "base/result.h"
#include "model/cluster_view.h"

namespace scinet {

// Files of this version are read.
inline constexpr int kViewFileVersion = 1;

class ViewWriter {
 public:
  // Begins the file, replacing one of an earlier run.
  static Result<ViewWriter> open(const std::filesystem::path& file, const Catalogue& catalogue);

  // Flushed, so what was recorded survives a crash of the program.
  Status add(const ClusterView& view);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
};

struct RecordedViews {
  std::unique_ptr<const Catalogue> catalogue;  // that the views borrow
  std::vector<ClusterView> views;              // in order of time
};

// Consistent views, as read_view() has them. A last line without its end, as after a crash, is left
// out. kNotFound where there is no such file; else kInvalidInput with file, line and what is wrong.
Result<RecordedViews> read_views(const std::filesystem::path& file);

}  // namespace scinet
