#include "platform/external/policy_protocol.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "model/json_domain.h"

namespace scinet {
namespace {

constexpr int kProtocol = 1;

struct Hello {
  int protocol = kProtocol;
};

struct HelloMessage {
  Hello hello;
};

// A question without its view and catalogue.
struct QuestionHead {
  std::uint64_t decision = 0;
  std::uint64_t random = 0;
  std::int64_t search_steps = 0;
};

void describe(auto& field, Of<Hello> auto& hello) { field("protocol", hello.protocol); }
void describe(auto& field, Of<HelloMessage> auto& message) { field("hello", message.hello); }
void describe(auto& field, Of<QuestionHead> auto& head) {
  field("decision", head.decision);
  field("random", head.random);
  field("search_steps", head.search_steps);
}

// Names may hold any bytes; what is not UTF-8 becomes U+FFFD.
std::string line_of(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error wrong(std::string message) { return Error{ErrorCode::kInvalidInput, std::move(message)}; }

Result<Json> parse_object(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (json.is_object()) return json;
  return wrong(
      fmt::format("wrote {}, which is not an object of JSON; print anything else to standard error",
                  in_quotes(line)));
}

}  // namespace

std::string hello_line() { return line_of(to_json_value(HelloMessage{})); }

Status read_hello(std::string_view line) {
  const Result<Json> json = parse_object(line);
  if (!json) return json.error();
  const Result<HelloMessage> message = from_json<HelloMessage>(json.value(), "hello");
  if (!message) return message.error();
  if (message.value().hello.protocol == kProtocol) return ok_status();
  return wrong(
      fmt::format("speaks protocol {}, expected {}", message.value().hello.protocol, kProtocol));
}

std::string question_line(std::uint64_t decision, const ClusterView& view,
                          const DecisionContext& context, bool with_catalogue) {
  Json message = to_json_value(QuestionHead{.decision = decision,
                                            .random = context.random.state(),
                                            .search_steps = context.search_steps});
  if (with_catalogue) message["catalogue"] = json_of(*view.catalogue);
  message["view"] = to_json_value(view);
  return line_of(message);
}

std::string answer_line(std::uint64_t decision, const Plan& plan) {
  Json message = Json::object();
  message["decision"] = decision;
  message["plan"] = json_of(plan);
  return line_of(message);
}

Result<Json> read_answer(std::string_view line, std::uint64_t decision) {
  Result<Json> json = parse_object(line);
  if (!json) return json.error();
  const auto number = json.value().find("decision");
  const auto plan = json.value().find("plan");
  if (number == json.value().end() || plan == json.value().end()) {
    return wrong(fmt::format("wrote {}, expected {{\"decision\": {}, \"plan\": {{...}}}}",
                             in_quotes(line), decision));
  }
  if (*number != decision) {
    return wrong(
        fmt::format("answered decision {}, expected {}", in_quotes(number->dump()), decision));
  }
  return std::move(*plan);
}

Result<Plan> read_plan(const Json& plan) { return from_json<Plan>(plan, "plan"); }

Result<Question> QuestionReader::read(std::string_view line) {
  Result<Json> json = parse_object(line);
  if (!json) return json.error();
  Json& message = json.value();

  Json document = Json::object();
  if (message.contains("catalogue")) catalogue_ = std::move(message["catalogue"]);
  document["catalogue"] = catalogue_;
  if (message.contains("view")) document["view"] = std::move(message["view"]);
  message.erase("catalogue");
  message.erase("view");

  const Result<QuestionHead> head = from_json<QuestionHead>(message, "the question");
  if (!head) return head.error();
  Result<StoredView> view = view_from_json(document, "the question");
  if (!view) return view.error();
  return Question{.decision = head.value().decision,
                  .context = {.random = RandomStream(head.value().random),
                              .search_steps = head.value().search_steps},
                  .view = std::move(view).value()};
}

}  // namespace scinet
