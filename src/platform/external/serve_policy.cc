#include "platform/external/serve_policy.h"

#include <fmt/format.h>

#include <exception>
#include <istream>
#include <ostream>
#include <string>

#include "platform/external/policy_protocol.h"

namespace scinet {
namespace {

Result<std::string> answer_to(const std::string& line, QuestionReader& reader, Policy& policy) {
  Result<Question> question = reader.read(line);
  if (!question) return question.error();
  auto& [decision, context, view] = question.value();
  try {
    return answer_line(decision, policy.decide(view.view, context));
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kInternal, fmt::format("the policy made no plan: {}", problem.what())};
  }
}

}  // namespace

Status serve_policy(Policy& policy, std::istream& in, std::ostream& out) {
  QuestionReader reader;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const bool is_first = number == 1;
    const Status hello = is_first ? read_hello(line) : ok_status();
    const Result<std::string> answer = !hello     ? hello.error()
                                       : is_first ? hello_line()
                                                  : answer_to(line, reader, policy);
    if (!answer) {
      return Error{answer.error().code,
                   fmt::format("standard input:{}: {}", number, answer.error().message)};
    }
    if (!(out << answer.value() << '\n' << std::flush)) {
      return Error{ErrorCode::kUnavailable, "nobody reads the answers any more"};
    }
  }
  return ok_status();
}

}  // namespace scinet
