#include "serving/http_client.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <memory>
#include <utility>

#include "serving/http_coroutines.h"

namespace scinet {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using http_detail::copy;
using http_detail::in;
using http_detail::report_to;

using Stream = std::unique_ptr<beast::tcp_stream>;

struct KeptConnection {
  Stream stream;
  Clock::time_point since;
};

http::request<http::string_body> to_message(HttpCall& call) {
  http::request<http::string_body> message(http::verb::post, call.url.target, 11);
  message.method_string(call.method);
  message.set(http::field::host, fmt::format("{}:{}", call.url.host, call.url.port));
  for (const HttpField& field : call.fields) message.set(field.name, field.value);
  message.body() = std::move(call.body);
  message.prepare_payload();
  return message;
}

HttpResponse to_response(http::response<http::string_body>&& message) {
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  response.content_type = copy(message[http::field::content_type]);
  for (const auto& field : message) {
    const bool about_connection =
        field.name() == http::field::content_type || field.name() == http::field::content_length ||
        field.name() == http::field::connection || field.name() == http::field::keep_alive ||
        field.name() == http::field::transfer_encoding;
    if (about_connection) continue;
    response.fields.push_back({copy(field.name_string()), copy(field.value())});
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

struct HttpClient::Impl {
  using Request = http::request<http::string_body>;
  using Parser = http::response_parser<http::string_body>;

  Impl(asio::io_context& io, std::size_t most) : loop(io), max_answer(most) {}

  awaitable<Result<HttpResponse>> call(HttpCall call);
  awaitable<error_code> connect(beast::tcp_stream& stream, const HttpUrl& url, Seconds timeout);
  awaitable<error_code> exchange(beast::tcp_stream& stream, const Request& request, Parser& parser);
  Stream take_kept(const std::string& server);
  void keep(const std::string& server, Stream stream);

  asio::io_context& loop;
  std::size_t max_answer;
  std::map<std::string, std::vector<KeptConnection>> kept;  // by "host:port"
};

awaitable<Result<HttpResponse>> HttpClient::Impl::call(HttpCall call) {
  const std::string server = fmt::format("{}:{}", call.url.host, call.url.port);
  const Request request = to_message(call);
  const Clock::time_point deadline = Clock::now() + in(call.timeout);

  Stream stream = take_kept(server);
  bool reused = stream != nullptr;
  while (true) {
    error_code failure;
    if (!reused) {
      stream = std::make_unique<beast::tcp_stream>(loop);
      failure = co_await connect(*stream, call.url, std::min(call.connect_timeout, call.timeout));
    }
    Parser parser;
    parser.body_limit(max_answer);
    if (call.method == "HEAD") parser.skip(true);
    if (!failure) {
      stream->expires_at(deadline);
      failure = co_await exchange(*stream, request, parser);
    }
    if (!failure) {
      if (parser.keep_alive()) keep(server, std::move(stream));
      co_return to_response(parser.release());
    }
    // The server may have closed the connection before it saw this request.
    if (reused && !parser.got_some() && failure != beast::error::timeout) {
      reused = false;
      continue;
    }
    co_return Error{ErrorCode::kUnavailable,
                    fmt::format("http://{} gave no answer: {}", server, failure.message())};
  }
}

awaitable<error_code> HttpClient::Impl::connect(beast::tcp_stream& stream, const HttpUrl& url,
                                                Seconds timeout) {
  error_code failure;
  stream.expires_after(in(timeout));
  const asio::ip::address address = asio::ip::make_address(url.host, failure);
  if (!failure) {
    co_await stream.async_connect(tcp::endpoint(address, url.port), report_to(failure));
  } else {
    tcp::resolver resolver(loop);
    const auto found =
        co_await resolver.async_resolve(url.host, std::to_string(url.port), report_to(failure));
    if (!failure) co_await stream.async_connect(found, report_to(failure));
  }
  error_code ignored;
  if (!failure) stream.socket().set_option(tcp::no_delay(true), ignored);
  co_return failure;
}

awaitable<error_code> HttpClient::Impl::exchange(beast::tcp_stream& stream, const Request& request,
                                                 Parser& parser) {
  error_code failure;
  error_code write_failure;
  co_await http::async_write(stream, request, report_to(write_failure));
  // Even if the server stopped listening half way, it may have said why.
  beast::flat_buffer buffer;
  co_await http::async_read(stream, buffer, parser, report_to(failure));
  co_return failure&& write_failure ? write_failure : failure;
}

Stream HttpClient::Impl::take_kept(const std::string& server) {
  // Well below the time after which servers close idle connections.
  constexpr std::chrono::seconds kFresh(15);
  std::vector<KeptConnection>& candidates = kept[server];
  Stream taken;
  if (!candidates.empty() && Clock::now() - candidates.back().since < kFresh) {
    taken = std::move(candidates.back().stream);
    candidates.pop_back();
  } else {
    candidates.clear();
  }
  return taken;
}

void HttpClient::Impl::keep(const std::string& server, Stream stream) {
  constexpr std::size_t kMost = 64;
  stream->expires_never();
  std::vector<KeptConnection>& connections = kept[server];
  if (connections.size() == kMost) connections.erase(connections.begin());
  connections.push_back({std::move(stream), Clock::now()});
}

HttpClient::HttpClient(asio::io_context& loop, std::size_t max_answer)
    : impl_(std::make_shared<Impl>(loop, max_answer)) {}

HttpClient::~HttpClient() = default;

void HttpClient::send(HttpCall call, std::function<void(Result<HttpResponse>)> done) {
  const auto run = [](std::shared_ptr<Impl> impl, HttpCall asked,
                      std::function<void(Result<HttpResponse>)> finish) -> awaitable<void> {
    finish(co_await impl->call(std::move(asked)));
  };
  asio::co_spawn(impl_->loop, run(impl_, std::move(call), std::move(done)), asio::detached);
}

Result<HttpResponse> http_call(HttpCall call) {
  asio::io_context loop(1);
  std::optional<Result<HttpResponse>> answer;
  HttpClient client(loop);
  client.send(std::move(call),
              [&](Result<HttpResponse> response) { answer = std::move(response); });
  loop.run();
  return std::move(*answer);
}

}  // namespace scinet
