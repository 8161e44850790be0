// The real applications that this machine can serve: which exist, which are available (their
// model files are present), and how to run one fragment of a strategy on raw bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace scinet {

struct ServedFragment {
  std::string name;
  std::vector<std::size_t> inputs;       // earlier fragments whose outputs it takes; none: the
                                         // bytes of the client
  std::vector<std::string> model_files;  // relative to the model directory; may be empty
};

struct ServedStrategy {
  std::string name;
  std::vector<ServedFragment> fragments;  // each after its inputs; the last one answers
};

struct ServedApplication {
  std::string name;
  std::string summary;       // one line for people: what goes in, what comes out
  std::string content_type;  // of the answer, e.g. "image/jpeg"
  std::vector<ServedStrategy> strategies;
  std::string unavailable;  // empty when it can be served, else why not and what would help
};

// What a fragment takes, out of the client's bytes and the outputs of the fragments before it.
std::vector<std::string_view> inputs_of(const ServedFragment& fragment, std::string_view client,
                                        std::span<const std::string> outputs);

// What a fragment takes for one request: the outputs of the fragments before it, in their order, or
// the client's bytes.
using RequestInputs = std::span<const std::string_view>;

// Thread-safe: fragments may run at once on many threads. A model is loaded at first use and
// stays resident.
class ApplicationSet {
 public:
  // A model that is absent makes its application unavailable and nothing else fail.
  explicit ApplicationSet(std::filesystem::path model_directory);
  ~ApplicationSet();

  const std::vector<ServedApplication>& applications() const;
  const ServedApplication* find(std::string_view name) const;

  // Makes the models of a fragment resident, if they are not; run() does the same at first use.
  // Fails as run() does.
  Status load(std::string_view application, std::string_view strategy, std::size_t fragment);

  // Runs one fragment on the outputs of the fragments that it takes, in their order, or on the
  // client's bytes. kInvalidInput when these are not what it takes (with a sentence), kUnavailable
  // when a model is absent, kNotFound when there is no such fragment.
  Result<std::string> run(std::string_view application, std::string_view strategy,
                          std::size_t fragment, RequestInputs inputs);

  // The same for several requests, one result for each, in their order. Models run once for all
  // that they can take at once; one whose input is refused fails alone.
  std::vector<Result<std::string>> run_together(std::string_view application,
                                                std::string_view strategy, std::size_t fragment,
                                                std::span<const RequestInputs> requests);

  // Whether requests that run together share any work, or a sentence why not. Loads the models.
  Status can_share(std::string_view application, std::string_view strategy, std::size_t fragment);

  // All fragments of a strategy one after the other: the direct run, without a cluster.
  Result<std::string> run_all(std::string_view application, std::string_view strategy,
                              std::string_view input);

  // Model files loaded so far, sorted.
  std::vector<std::string> resident_models() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scinet
