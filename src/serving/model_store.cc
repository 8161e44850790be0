#include "serving/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace scinet {
namespace {

constexpr std::string_view kLibrary = "onnxruntime/libonnxruntime.so.1";

std::string fetch_hint(const std::filesystem::path& folder) {
  return fmt::format("tools/fetch_models.sh {} fetches it", folder.string());
}

}  // namespace

ModelStore::ModelStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  Result<OnnxRuntime> runtime = OnnxRuntime::load(folder_ / kLibrary);
  if (runtime) {
    runtime_.emplace(std::move(runtime).value());
  } else {
    no_runtime_ = fmt::format("{}; {}", runtime.error().message, fetch_hint(folder_));
  }
}

std::string ModelStore::missing(const std::vector<std::string>& files) const {
  for (const std::string& file : files) {
    if (file.ends_with(".onnx") && !runtime_) return no_runtime_;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(folder_ / file, ignored)) {
      return fmt::format("{} is missing; {}", (folder_ / file).string(), fetch_hint(folder_));
    }
  }
  return {};
}

template <class Item>
Result<const Item*> ModelStore::get(Items<Item>& items, const std::string& file,
                                    Result<Item> (ModelStore::*read)(const std::string&) const) {
  Entry<Item>& entry = [&]() -> Entry<Item>& {
    const std::lock_guard lock(resident_);
    return items[file];
  }();
  const std::lock_guard one_at_a_time(entry.reading);
  if (entry.item) return entry.item.get();
  Result<Item> loaded = (this->*read)(file);
  if (!loaded) return Error{ErrorCode::kUnavailable, loaded.error().message};
  const std::lock_guard lock(resident_);
  entry.item = std::make_unique<const Item>(std::move(loaded).value());
  return entry.item.get();
}

Result<OnnxSession> ModelStore::load_session(const std::string& file) const {
  if (std::string reason = missing({file}); !reason.empty()) {
    return Error{ErrorCode::kUnavailable, std::move(reason)};
  }
  return runtime_->open(folder_ / file);
}

Result<std::vector<std::string>> ModelStore::load_lines(const std::string& file) const {
  if (std::string reason = missing({file}); !reason.empty()) {
    return Error{ErrorCode::kUnavailable, std::move(reason)};
  }
  std::ifstream stream(folder_ / file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Result<const OnnxSession*> ModelStore::session(const std::string& file) {
  return get(sessions_, file, &ModelStore::load_session);
}

Result<const std::vector<std::string>*> ModelStore::lines(const std::string& file) {
  return get(texts_, file, &ModelStore::load_lines);
}

Status ModelStore::load(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    if (file.ends_with(".onnx")) {
      if (const auto model = session(file); !model) return model.error();
    } else {
      if (const auto text = lines(file); !text) return text.error();
    }
  }
  return ok_status();
}

std::vector<std::string> ModelStore::resident() const {
  const std::lock_guard lock(resident_);
  std::vector<std::string> names;
  const auto add = [&](const auto& items) {
    for (const auto& [name, entry] : items) {
      if (entry.item) names.push_back(name);
    }
  };
  add(sessions_);
  add(texts_);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace scinet
