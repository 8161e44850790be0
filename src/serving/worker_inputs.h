// Brings the inputs of a fragment to the worker that runs it: straight from the workers that made
// them, all at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "serving/http.h"
#include "serving/http_client.h"
#include "serving/worker_outputs.h"

namespace scinet {

struct MissingInput {
  HttpUrl url;
  std::string why;
};

using FetchedInputs = std::variant<std::vector<SharedBytes>, MissingInput>;  // in the order asked

// The output at a URL of this worker's own, nullptr where it is not kept; nothing for other URLs.
using OwnOutput = std::function<std::optional<SharedBytes>(const HttpUrl&)>;

// Calls `done` once, on the loop's thread: when all have come, or as soon as one cannot be had. At
// once where all are this worker's own.
void fetch_inputs(HttpClient& client, const std::vector<HttpUrl>& urls, Seconds timeout,
                  const OwnOutput& own, std::function<void(FetchedInputs)> done);

}  // namespace scinet
