// The models of this process: loaded from one folder at first use, then resident.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/onnx_runtime.h"

namespace scinet {

// Thread-safe. What it returns stays valid as long as the store.
class ModelStore {
 public:
  // Opens the engine, which is onnxruntime/libonnxruntime.so.1 in the folder, if it is there.
  explicit ModelStore(std::filesystem::path folder);

  // Why these files cannot be used, and what would help; empty when they are all there, and the
  // engine too if one of them is an ONNX model. Reads nothing but the folder.
  std::string missing(const std::vector<std::string>& files) const;

  // A model, or a text file line by line; names are relative to the folder. Loads it at first use.
  // kUnavailable when it cannot be had.
  Result<const OnnxSession*> session(const std::string& file);
  Result<const std::vector<std::string>*> lines(const std::string& file);

  // Makes all these files resident, models and texts.
  Status load(const std::vector<std::string>& files);

  std::vector<std::string> resident() const;  // names, sorted

 private:
  template <class Item>
  struct Entry {
    std::mutex reading;                // held while the file is read
    std::unique_ptr<const Item> item;  // none before
  };
  template <class Item>
  using Items = std::map<std::string, Entry<Item>>;

  Result<OnnxSession> load_session(const std::string& file) const;
  Result<std::vector<std::string>> load_lines(const std::string& file) const;

  // What `read` gives, once per file: others that want the same file wait for the first, those that
  // want another do not.
  template <class Item>
  Result<const Item*> get(Items<Item>& items, const std::string& file,
                          Result<Item> (ModelStore::*read)(const std::string&) const);

  std::filesystem::path folder_;
  std::optional<OnnxRuntime> runtime_;
  std::string no_runtime_;  // why, when there is none

  mutable std::mutex resident_;  // held while the maps are touched; taken after an entry's
  Items<OnnxSession> sessions_;
  Items<std::vector<std::string>> texts_;
};

}  // namespace scinet
