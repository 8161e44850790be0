// What a request asks a worker to do, decided from its first line and fields alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "serving/application_set.h"
#include "serving/batch_terms.h"
#include "serving/http.h"

namespace scinet {

enum class WorkerQuestion { kHealth, kStats, kDrain };

// Fragments to run one after the other here, what on, and where their output goes.
struct WorkOrder {
  const ServedApplication* application;  // borrowed from the application set
  const ServedStrategy* strategy;
  std::size_t first = 0;
  std::size_t count = 1;
  std::vector<HttpUrl> inputs = {};  // outputs that workers keep; empty: the body is the input
  std::string keep = {};             // its output is kept under this id; empty: it is the answer
  BatchTerms batch = {};             // only of a single fragment
};

// An output that is kept here: to be read, or dropped.
struct OutputOrder {
  std::string id;
  bool drop = false;
};

// A response when there is nothing to do but to answer: 204 to OPTIONS, and 400, 404, 405 and 503
// with a sentence that says what would have worked.
using WorkerRoute = std::variant<WorkerQuestion, WorkOrder, OutputOrder, HttpResponse>;
WorkerRoute route(const HttpRequest& request, const ApplicationSet& applications);

// "http://host:port/outputs/ID", comma-separated.
Result<std::vector<HttpUrl>> parse_inputs(std::string_view field);
// The id in such a URL.
std::string_view output_id(const HttpUrl& url);

}  // namespace scinet
