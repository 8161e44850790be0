// What a request asks a worker to do, decided from its first line and fields alone.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "serving/application_set.h"
#include "serving/http.h"

namespace scinet {

enum class WorkerQuestion { kHealth, kStats, kDrain };

// Fragments to run one after the other here, and where their output goes then.
struct WorkOrder {
  const ServedApplication* application;  // borrowed from the application set
  const ServedStrategy* strategy;
  std::size_t first = 0;
  std::size_t count = 1;
  std::vector<HttpUrl> next;  // each runs the next fragment; empty: the output is the answer
};

// A response when there is nothing to do but to answer: 204 to OPTIONS, and 400, 404, 405 and 503
// with a sentence that says what would have worked.
using WorkerRoute = std::variant<WorkerQuestion, WorkOrder, HttpResponse>;
WorkerRoute route(const HttpRequest& request, const ApplicationSet& applications);

// "http://host:port/fragments/...", comma-separated.
Result<std::vector<HttpUrl>> parse_next(std::string_view field);
std::string format_next(const std::vector<HttpUrl>& next, std::size_t from);

}  // namespace scinet
