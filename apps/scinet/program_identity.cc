#include "apps/scinet/program_identity.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/text.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{1} << 32;

Status add_file(Digest& digest, const fs::path& file) {
  const Result<std::string> contents = read_text_file(file, kLargestFile);
  if (!contents) return contents.error();
  digest.add(contents.value());
  return ok_status();
}

// In order of name; none where there is no such directory.
std::vector<fs::path> files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory, problem)) {
    if (entry.is_regular_file(problem)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<std::string> program_identity(const fs::path& checkpoints) {
  Digest digest;
  digest.add(std::string_view(SCINET_VERSION));
  std::vector<fs::path> files{"/proc/self/exe"};
  for (fs::path& file : files_below(checkpoints)) {
    digest.add(fs::relative(file, checkpoints).string());
    files.push_back(std::move(file));
  }
  for (const fs::path& file : files) {
    if (const Status added = add_file(digest, file); !added) return added.error();
  }
  return digest.text();
}

}  // namespace scinet
