// A folder that is gone with its owner, unless it was kept.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace scinet {

class TemporaryFolder {
 public:
  // Beside the place where it is to be kept, so that keeping it is one step; makes the folders
  // above.
  static Result<TemporaryFolder> make_beside(const std::filesystem::path& place);
  static Result<TemporaryFolder> make();  // where the system has its temporary files

  TemporaryFolder(TemporaryFolder&& other) noexcept;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

  // Becomes `place`, which must not exist or be an empty folder.
  Status keep_as(const std::filesystem::path& place);

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  static Result<TemporaryFolder> make_from(const std::filesystem::path& pattern);

  std::filesystem::path path_;  // empty when moved or kept
};

}  // namespace scinet
