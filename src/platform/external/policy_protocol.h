// What the program and a policy in another process say to each other: a line of JSON each, version
// 1. docs/adding-a-policy.md describes it for those who write such a policy.
//
//   asks     {"hello": {"protocol": 1}}
//   answers  {"hello": {"protocol": 1}}
//   asks     {"decision": 1, "random": N, "search_steps": N, "catalogue": {...}, "view": {...}}
//   answers  {"decision": 1, "plan": {...}}
//
// The catalogue comes with the first question and whenever it has changed. `random` is the state of
// the RandomStream of this decision. Catalogue, view and plan are those of model/json.h.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/json.h"
#include "policy/policy.h"

namespace scinet {

// Both sides say the same.
std::string hello_line();
// kInvalidInput where the line is no hello of this version.
Status read_hello(std::string_view line);

std::string question_line(std::uint64_t decision, const ClusterView& view,
                          const DecisionContext& context, bool with_catalogue);
std::string answer_line(std::uint64_t decision, const Plan& plan);

// The plan in an answer, not yet read. kInvalidInput: this is no answer to this decision, so the
// sides are out of step.
Result<Json> read_answer(std::string_view line, std::uint64_t decision);
Result<Plan> read_plan(const Json& plan);

struct Question {
  std::uint64_t decision = 0;
  DecisionContext context;
  StoredView view;
};

// Reads the questions of one conversation, in order.
class QuestionReader {
 public:
  // kInvalidInput: what is wrong with the line.
  Result<Question> read(std::string_view line);

 private:
  Json catalogue_;  // the last one told
};

}  // namespace scinet
