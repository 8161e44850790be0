#include "platform/local/gateway.h"

#include <boost/asio/post.hpp>
#include <charconv>
#include <future>
#include <nlohmann/json.hpp>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace scinet {
namespace {

constexpr std::string_view kPaths =
    "POST /api/NAME, GET /applications, GET /stats and GET /healthz";

std::string names_of(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const Application& application : catalogue.applications) names.push_back(application.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// The deadline that the client names; an empty optional where it names none.
Result<std::optional<Seconds>> read_slo(const HttpFields& fields) {
  const std::string* text = find_field(fields, kSloField);
  if (!text) return std::optional<Seconds>();
  double seconds = 0.0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end || !(seconds > 0.0) || seconds > 86'400.0) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("{}: {} is not a deadline; give seconds, more than 0 and at most 86400",
                    kSloField, in_quotes(*text))};
  }
  return std::optional(Seconds(seconds));
}

HttpResponse wrong_method(const char* allowed) {
  HttpResponse response = error_response(405, fmt::format("only {} is possible here", allowed));
  response.fields.push_back({"Allow", allowed});
  return response;
}

HttpResponse with_origin(Answer answer) {
  HttpResponse response = std::move(answer.response);
  if (!answer.workload) return response;
  response.fields.push_back({kWorkloadField, fmt::to_string(answer.workload->value)});
  if (!answer.strategy.empty()) response.fields.push_back({kStrategyField, answer.strategy});
  if (!answer.hosts.empty()) {
    response.fields.push_back({kHostsField, fmt::format("{}", fmt::join(answer.hosts, ", "))});
  }
  return response;
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(GatewaySettings settings, LocalPlatform& platform,
                                                EventLoop& loop) {
  auto gateway = std::unique_ptr<Gateway>(new Gateway(std::move(settings), platform, loop));
  std::promise<Result<std::uint16_t>> promise;
  boost::asio::post(loop.context(), [&] {
    promise.set_value(
        gateway->server_->listen(gateway->settings_.address, gateway->settings_.port));
  });
  const Result<std::uint16_t> listening = promise.get_future().get();
  if (!listening) return listening.error();
  gateway->port_ = listening.value();
  return gateway;
}

Gateway::Gateway(GatewaySettings settings, LocalPlatform& platform, EventLoop& loop)
    : settings_(std::move(settings)), platform_(platform), loop_(loop) {
  server_ = std::make_unique<HttpServer>(loop.context(), settings_.http,
                                         [this](HttpRequest request, HttpRespond respond) {
                                           handle(std::move(request), std::move(respond));
                                         });
}

Gateway::~Gateway() {
  std::promise<void> closed;
  boost::asio::post(loop_.context(), [&] {
    server_->close([&] {
      server_.reset();
      closed.set_value();
    });
  });
  closed.get_future().wait();
}

std::string Gateway::url() const { return fmt::format("http://{}:{}", settings_.address, port_); }

void Gateway::handle(HttpRequest request, HttpRespond respond) {
  const Result<HttpTarget> target = parse_target(request.target);
  if (!target) return respond(error_response(400, target.error().message));
  const std::vector<std::string>& path = target.value().segments;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path.size() == 2 && path[0] == "api") {
    if (request.method != "POST") return respond(wrong_method("POST"));
    if (!target.value().query.empty()) {
      return respond(error_response(
          400,
          fmt::format("there is no parameter {}; which strategy serves a request is decided here",
                      in_quotes(target.value().query.front().name))));
    }
    const std::string name = path[1];
    return serve(name, std::move(request), std::move(respond));
  }
  const bool is_known =
      path.size() == 1 && (path[0] == "healthz" || path[0] == "stats" || path[0] == "applications");
  if (!is_known) {
    return respond(error_response(
        404, fmt::format("there is no {}; there are {}", in_quotes(request.target), kPaths)));
  }
  if (!reads) return respond(wrong_method("GET, HEAD"));
  if (path[0] == "healthz") return respond({200, "text/plain", {}, "ok\n"});
  respond(path[0] == "stats" ? stats() : applications());
}

void Gateway::serve(const std::string& name, HttpRequest request, HttpRespond respond) {
  const Catalogue& catalogue = platform_.catalogue();
  const std::optional<ApplicationId> application = catalogue.find_application(name);
  if (!application) {
    return respond(error_response(404, fmt::format("there is no application {}; there are: {}",
                                                   in_quotes(name), names_of(catalogue))));
  }
  Result<std::optional<Seconds>> slo = read_slo(request.fields);
  if (!slo) return respond(error_response(400, slo.error().message));
  platform_.submit(
      {*application, std::move(request.body), slo.value()},
      [respond = std::move(respond)](Answer answer) { respond(with_origin(std::move(answer))); });
}

HttpResponse Gateway::stats() const {
  nlohmann::json hosts = nlohmann::json::array();
  for (const HostStatus& host : platform_.hosts()) {
    hosts.push_back({{"name", host.name},
                     {"type", host.type},
                     {"state", to_string(host.state)},
                     {"pid", host.pid},
                     {"url", host.url},
                     {"cores", host.cores},
                     {"utilisation", host.utilisation},
                     {"memory_mib", host.memory_used.value()},
                     {"in_flight", host.in_flight},
                     {"cpu_s", host.cpu.count()}});
  }
  const RequestCounts counts = platform_.counts();
  const nlohmann::json stats{{"time_s", to_seconds(platform_.now()).count()},
                             {"hosts", std::move(hosts)},
                             {"open", platform_.open_requests()},
                             {"arrived", counts.arrived},
                             {"answered", counts.answered},
                             {"wrong_input", counts.wrong_input},
                             {"given_up", counts.given_up},
                             {"refused", counts.refused},
                             {"failed_attempts", counts.failed_attempts},
                             {"refused_actions", counts.refused_actions},
                             {"notices", platform_.notices()}};
  return json_response(200, stats.dump());
}

HttpResponse Gateway::applications() const {
  nlohmann::json all = nlohmann::json::array();
  for (const Application& application : platform_.catalogue().applications) {
    nlohmann::json strategies = nlohmann::json::array();
    for (const Strategy& strategy : application.strategies) {
      strategies.push_back({{"name", strategy.name},
                            {"accuracy", strategy.accuracy},
                            {"accuracy_source", strategy.accuracy_source},
                            {"fragments", strategy.fragments.size()}});
    }
    all.push_back({{"name", application.name},
                   {"post", "/api/" + application.name},
                   {"strategies", std::move(strategies)}});
  }
  return json_response(200, all.dump());
}

}  // namespace scinet
