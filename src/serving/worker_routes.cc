#include "serving/worker_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "serving/worker_outputs.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

constexpr std::string_view kPaths =
    "POST /api/APPLICATION, POST /fragments/APPLICATION/STRATEGY/INDEX, GET and DELETE "
    "/outputs/ID, POST /drain, GET /stats, GET /healthz";
constexpr std::string_view kOutputs = "/outputs/";

template <class Named>
std::string names_of(const std::vector<Named>& all) {
  std::string names;
  for (const Named& one : all) names += (names.empty() ? "" : ", ") + one.name;
  return names;
}

HttpResponse no_such_path(const HttpRequest& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  return error_response(404, fmt::format("there is no {}; there are: {}", in_quotes(path), kPaths));
}

// The methods of a path, or nothing where there is no such path.
std::string_view methods_of(const HttpTarget& target) {
  const std::vector<std::string>& segments = target.segments;
  if (segments.size() == 1 && (segments[0] == "healthz" || segments[0] == "stats")) {
    return "GET, HEAD, OPTIONS";
  }
  if (segments.size() == 2 && segments[0] == "outputs") return "GET, HEAD, DELETE, OPTIONS";
  const bool takes_posts = (segments.size() == 1 && segments[0] == "drain") ||
                           (segments.size() == 2 && segments[0] == "api") ||
                           (segments.size() == 4 && segments[0] == "fragments");
  return takes_posts ? "POST, OPTIONS" : "";
}

bool allows(std::string_view methods, std::string_view method) {
  return fmt::format(" {},", methods).find(fmt::format(" {},", method)) != std::string::npos;
}

HttpResponse with_allow(HttpResponse response, std::string_view methods) {
  response.fields.push_back({"Allow", std::string(methods)});
  return response;
}

// The application and strategy of these names, ready to be served, or the answer why not.
std::variant<WorkOrder, HttpResponse> find_work(const ApplicationSet& applications,
                                                std::string_view application,
                                                const std::string* strategy) {
  const ServedApplication* found = applications.find(application);
  if (!found) {
    return error_response(
        404, fmt::format("there is no application {}; there are: {}", in_quotes(application),
                         names_of(applications.applications())));
  }
  if (!found->unavailable.empty()) {
    return error_response(
        503, fmt::format("{} is not available here: {}", found->name, found->unavailable));
  }
  if (!strategy) return WorkOrder{found, &found->strategies.front()};
  for (const ServedStrategy& candidate : found->strategies) {
    if (candidate.name == *strategy) return WorkOrder{found, &candidate};
  }
  return error_response(404, fmt::format("{} has no strategy {}; it has: {}", found->name,
                                         in_quotes(*strategy), names_of(found->strategies)));
}

WorkerRoute route_application(const HttpTarget& target, const ApplicationSet& applications) {
  const std::string* strategy = nullptr;
  for (const HttpField& parameter : target.query) {
    if (parameter.name != "strategy") {
      return error_response(400,
                            fmt::format("there is no parameter {}; only strategy=NAME is taken",
                                        in_quotes(parameter.name)));
    }
    strategy = &parameter.value;
  }
  auto work = find_work(applications, target.segments[1], strategy);
  if (auto* refused = std::get_if<HttpResponse>(&work)) return std::move(*refused);
  WorkOrder order = std::get<WorkOrder>(work);
  order.count = order.strategy->fragments.size();
  return order;
}

// What the fields say: where the inputs are, whether the output stays here, and whether it may wait
// for others.
WorkerRoute with_fields(WorkOrder order, const HttpRequest& request) {
  if (const std::string* keep = find_field(request.fields, kKeepField)) {
    if (!is_output_id(*keep)) {
      return error_response(
          400, fmt::format("{}: {} is no id; one has letters, digits and '-', and at most 64",
                           kKeepField, in_quotes(*keep)));
    }
    order.keep = *keep;
  }
  if (const std::string* batch = find_field(request.fields, kBatchField)) {
    const Result<BatchTerms> terms = parse_batch(*batch);
    if (!terms) return error_response(400, terms.error().message);
    order.batch = terms.value();
  }
  const std::string* field = find_field(request.fields, kInputsField);
  if (!field) return order;
  if (!request.body.empty()) {
    return error_response(
        400, fmt::format("an input comes in the body or by {}, not by both", kInputsField));
  }
  Result<std::vector<HttpUrl>> inputs = parse_inputs(*field);
  if (!inputs) return error_response(400, inputs.error().message);
  order.inputs = std::move(inputs).value();
  const std::size_t wanted =
      std::max<std::size_t>(1, order.strategy->fragments[order.first].inputs.size());
  if (order.inputs.size() != wanted) {
    return error_response(
        400,
        fmt::format("{} names {} outputs and {}/{}/{} takes {}", kInputsField, order.inputs.size(),
                    order.application->name, order.strategy->name, order.first, wanted));
  }
  return order;
}

WorkerRoute route_fragment(const HttpTarget& target, const HttpRequest& request,
                           const ApplicationSet& applications) {
  auto work = find_work(applications, target.segments[1], &target.segments[2]);
  if (auto* refused = std::get_if<HttpResponse>(&work)) return std::move(*refused);
  WorkOrder order = std::get<WorkOrder>(work);

  const std::string& index = target.segments[3];
  const auto first = parse_number<std::size_t>(index);
  const std::size_t fragments = order.strategy->fragments.size();
  if (!first || *first >= fragments) {
    return error_response(404, fmt::format("{}/{} has no fragment {}; it has {}, counted from 0",
                                           order.application->name, order.strategy->name,
                                           in_quotes(index), fragments));
  }
  order.first = *first;
  return with_fields(std::move(order), request);
}

}  // namespace

WorkerRoute route(const HttpRequest& request, const ApplicationSet& applications) {
  if (request.method == "OPTIONS" && request.target == "*") {
    return with_allow({204, "", {}, ""}, "GET, HEAD, POST, OPTIONS");
  }
  const Result<HttpTarget> target = parse_target(request.target);
  if (!target) return error_response(400, target.error().message);
  const std::string_view methods = methods_of(target.value());
  if (methods.empty()) return no_such_path(request);
  if (request.method == "OPTIONS") return with_allow({204, "", {}, ""}, methods);
  if (!allows(methods, request.method)) {
    return with_allow(error_response(405, fmt::format("{} is not possible here; possible are: {}",
                                                      in_quotes(request.method), methods)),
                      methods);
  }
  const std::string& kind = target.value().segments[0];
  if (kind == "healthz") return WorkerQuestion::kHealth;
  if (kind == "stats") return WorkerQuestion::kStats;
  if (kind == "drain") return WorkerQuestion::kDrain;
  if (kind == "outputs") {
    return OutputOrder{target.value().segments[1], request.method == "DELETE"};
  }
  if (kind == "api") return route_application(target.value(), applications);
  return route_fragment(target.value(), request, applications);
}

Result<std::vector<HttpUrl>> parse_inputs(std::string_view field) {
  std::vector<HttpUrl> inputs;
  while (!field.empty()) {
    const std::size_t comma = field.find(',');
    std::string_view text = field.substr(0, comma);
    field = comma == std::string_view::npos ? std::string_view() : field.substr(comma + 1);
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);

    Result<HttpUrl> url = parse_url(text);
    if (!url) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("{}: {}", kInputsField, url.error().message)};
    }
    if (!url.value().target.starts_with(kOutputs) || !is_output_id(output_id(url.value()))) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("{}: {} is no output; one looks like http://host:port/outputs/ID",
                               kInputsField, in_quotes(text))};
    }
    inputs.push_back(std::move(url).value());
  }
  return inputs;
}

std::string_view output_id(const HttpUrl& url) {
  return std::string_view(url.target).substr(std::min(kOutputs.size(), url.target.size()));
}

}  // namespace scinet
