#include "serving/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace scinet {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const std::optional<int> high = hex_digit(text[i + 1]);
    const std::optional<int> low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

// Calls `each` with the parts of `text` between separators.
template <class Each>
void for_parts(std::string_view text, char separator, Each each) {
  while (true) {
    const std::size_t end = text.find(separator);
    each(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

const std::string* find_field(const HttpFields& fields, std::string_view name) {
  for (const HttpField& field : fields) {
    if (same_name(field.name, name)) return &field.value;
  }
  return nullptr;
}

HttpResponse json_response(int status, std::string json) {
  json += '\n';
  return {status, "application/json", {}, std::move(json)};
}

HttpResponse error_response(int status, std::string_view sentence) {
  const nlohmann::json body = {{"error", sentence}};
  return json_response(status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Result<HttpTarget> parse_target(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    const std::size_t slash = target.find('/', kScheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/')) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("the request target {} does not begin with '/'", in_quotes(target))};
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(1, question - 1);

  HttpTarget parsed;
  bool sound = true;
  const auto decode = [&sound](std::string_view text) {
    std::optional<std::string> decoded = percent_decoded(text);
    sound = sound && decoded;
    return decoded.value_or("");
  };
  if (!path.empty()) {
    for_parts(path, '/', [&](std::string_view part) { parsed.segments.push_back(decode(part)); });
  }
  if (question != std::string_view::npos) {
    for_parts(target.substr(question + 1), '&', [&](std::string_view part) {
      if (part.empty()) return;
      const std::size_t equals = part.find('=');
      const bool has_value = equals != std::string_view::npos;
      parsed.query.push_back({decode(part.substr(0, equals)),
                              has_value ? decode(part.substr(equals + 1)) : std::string()});
    });
  }
  if (!sound) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("the request target {} has a '%' that two hexadecimal digits do not "
                             "follow",
                             in_quotes(target))};
  }
  return parsed;
}

Result<HttpUrl> parse_url(std::string_view url) {
  const auto wrong = [url](std::string_view what) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("{} {}; a URL looks like http://127.0.0.1:7071/path", in_quotes(url), what)};
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return wrong("does not begin with http://");
  std::string_view rest = url.substr(kScheme.size());

  HttpUrl parsed;
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) parsed.target = rest.substr(slash);
  const std::string_view authority = rest.substr(0, slash);
  const std::size_t colon = authority.find(':');
  parsed.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    const auto port = parse_number<std::uint16_t>(authority.substr(colon + 1));
    if (!port || *port == 0) return wrong("has a port that is not a number from 1 to 65535");
    parsed.port = *port;
  }
  const bool plain_host = std::all_of(parsed.host.begin(), parsed.host.end(), [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  if (parsed.host.empty() || !plain_host) return wrong("has no host name or IPv4 address");
  // What ends up in a request line must not be able to end it.
  const bool plain_target = std::all_of(parsed.target.begin(), parsed.target.end(),
                                        [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain_target) return wrong("has a blank or unprintable byte");
  return parsed;
}

std::string to_string(const HttpUrl& url) {
  return fmt::format("http://{}:{}{}", url.host, url.port, url.target);
}

}  // namespace scinet
