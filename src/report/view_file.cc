#include "report/view_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "model/json.h"
#include "model/json_domain.h"

namespace scinet {
namespace {

Error cannot_write(const std::filesystem::path& file) {
  return {ErrorCode::kUnavailable,
          fmt::format("{} cannot be written; name a directory that can be written to, with space",
                      file.string())};
}

// The catalogue of the first line.
Result<Json> catalogue_of(const Json& header, const std::string& source) {
  if (!header.is_object() || !header.contains("version") || !header.contains("catalogue")) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: the first line has no 'version' and 'catalogue'", source)};
  }
  if (header["version"] != kViewFileVersion) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: is of version {}, this program reads version {}; record the run "
                             "again",
                             source, header["version"].dump(), kViewFileVersion)};
  }
  return header["catalogue"];
}

}  // namespace

Result<ViewWriter> ViewWriter::open(const std::filesystem::path& file, const Catalogue& catalogue) {
  ViewWriter writer;
  writer.file_ = file;
  writer.out_.open(file, std::ios::binary | std::ios::trunc);
  Json header = Json::object();
  header["version"] = kViewFileVersion;
  header["catalogue"] = json_of(catalogue);
  writer.out_ << header.dump() << '\n' << std::flush;
  if (!writer.out_) return cannot_write(file);
  return writer;
}

Status ViewWriter::add(const ClusterView& view) {
  out_ << to_json_value(view).dump() << '\n' << std::flush;
  if (!out_) return cannot_write(file_);
  return ok_status();
}

Result<RecordedViews> read_views(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error{ErrorCode::kNotFound, fmt::format("{} cannot be read", file.string())};
  }
  RecordedViews recorded;
  Json document = Json::object();
  std::string line;
  for (int number = 1; std::getline(in, line) && !in.eof(); ++number) {
    const std::string source = fmt::format("{}:{}", file.string(), number);
    Result<Json> json = parse_json(line, source);
    if (!json) return json.error();
    if (number == 1) {
      Result<Json> catalogue = catalogue_of(json.value(), source);
      if (!catalogue) return catalogue.error();
      document["catalogue"] = std::move(catalogue).value();
      continue;
    }
    document["view"] = std::move(json).value();
    Result<StoredView> stored = view_from_json(document, source);
    if (!stored) return stored.error();
    if (!recorded.catalogue) recorded.catalogue = std::move(stored.value().catalogue);
    recorded.views.push_back(std::move(stored.value().view));
    recorded.views.back().catalogue = recorded.catalogue.get();
  }
  if (recorded.views.empty()) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: holds no view", file.string())};
  }
  return recorded;
}

}  // namespace scinet
