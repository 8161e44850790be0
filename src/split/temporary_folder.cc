#include "split/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace scinet {

Result<TemporaryFolder> TemporaryFolder::make_from(const std::filesystem::path& pattern) {
  std::string path = pattern.string() + "-XXXXXX";
  if (mkdtemp(path.data())) return TemporaryFolder(path);
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot make a folder in {}: {}; name a place that can be written",
                           pattern.parent_path().string(), std::strerror(errno))};
}

Result<TemporaryFolder> TemporaryFolder::make_beside(const std::filesystem::path& place) {
  std::error_code failure;
  const std::filesystem::path whole = std::filesystem::absolute(place, failure).lexically_normal();
  // "out/" has an empty last part.
  const std::filesystem::path target = whole.has_filename() ? whole : whole.parent_path();
  std::filesystem::create_directories(target.parent_path(), failure);
  return make_from(target.parent_path() / ("." + target.filename().string()));
}

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code failure;
  std::filesystem::path folder = std::filesystem::temp_directory_path(failure);
  if (failure) folder = "/tmp";
  return make_from(folder / "scinet");
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status TemporaryFolder::keep_as(const std::filesystem::path& place) {
  std::error_code failure;
  // mkdtemp makes it for its owner alone; what is kept is like any other folder.
  std::filesystem::permissions(
      path_,
      std::filesystem::perms::group_read | std::filesystem::perms::group_exec |
          std::filesystem::perms::others_read | std::filesystem::perms::others_exec,
      std::filesystem::perm_options::add, failure);
  const std::filesystem::path whole = std::filesystem::absolute(place, failure).lexically_normal();
  const std::filesystem::path target = whole.has_filename() ? whole : whole.parent_path();
  std::filesystem::rename(path_, target, failure);
  if (failure) {
    return Error{ErrorCode::kUnavailable, fmt::format("cannot move the result to {}: {}",
                                                      target.string(), failure.message())};
  }
  path_.clear();
  return ok_status();
}

}  // namespace scinet
