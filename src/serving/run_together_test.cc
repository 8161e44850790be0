// Fragments that run for several requests at once, on the real inputs and models. What is absent
// from build/models is left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "serving/application_set.h"
#include "serving/same_output.h"
#include "serving/test_inputs.h"

namespace scinet {
namespace {

class RunTogether : public testing::Test {
 protected:
  // The filters take any picture.
  static std::vector<std::string> inputs_for(const std::string& application, std::size_t most) {
    const bool is_filter = application == "blur" || application == "emboss";
    std::vector<std::string> inputs;
    for (LabelledInput& input : labelled_inputs(is_filter ? "fashion" : application)) {
      if (inputs.size() < most) inputs.push_back(std::move(input.bytes));
    }
    return inputs;
  }

  // Each fragment for all inputs at once: the answers.
  std::vector<Result<std::string>> all_together(const ServedApplication& application,
                                                const ServedStrategy& strategy,
                                                const std::vector<std::string>& inputs) {
    std::vector<std::vector<std::string>> outputs(inputs.size());
    std::vector<Result<std::string>> last;
    for (std::size_t f = 0; f < strategy.fragments.size(); ++f) {
      std::vector<std::vector<std::string_view>> taken;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        taken.push_back(inputs_of(strategy.fragments[f], inputs[i], outputs[i]));
      }
      last = set_.run_together(application.name, strategy.name, f,
                               std::vector<RequestInputs>(taken.begin(), taken.end()));
      EXPECT_EQ(last.size(), inputs.size());
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_TRUE(last[i].ok()) << application.name << "/" << strategy.name;
        outputs[i].push_back(last[i] ? last[i].value() : "");
      }
    }
    return last;
  }

  bool available(const char* name) {
    const ServedApplication* application = set_.find(name);
    return application && application->unavailable.empty();
  }

  ApplicationSet set_{kModelDirectory};
};

TEST_F(RunTogether, GivesTheAnswersOfSingleRunsByEveryStrategy) {
  for (const ServedApplication& application : set_.applications()) {
    if (!application.unavailable.empty()) continue;
    const std::vector<std::string> inputs =
        inputs_for(application.name, application.name == "ocr" ? 3 : 40);
    for (const ServedStrategy& strategy : application.strategies) {
      const auto together = all_together(application, strategy, inputs);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::string alone = set_.run_all(application.name, strategy.name, inputs[i]).value();
        EXPECT_TRUE(same_output(together[i].value(), alone))
            << application.name << "/" << strategy.name << " " << i << ": "
            << together[i].value().substr(0, 200) << " and " << alone.substr(0, 200);
      }
    }
  }
}

// Tensors between fragments too, to 1e-5.
TEST_F(RunTogether, GivesTheMessagesOfSingleRuns) {
  for (const char* name : {"fashion", "digits"}) {
    if (!available(name)) GTEST_SKIP() << name << " is not available";
    const std::vector<std::string> inputs = inputs_for(name, 8);
    const std::vector<std::string_view> views(inputs.begin(), inputs.end());
    for (const ServedStrategy& strategy : set_.find(name)->strategies) {
      for (std::size_t f = 0; f < strategy.fragments.size(); ++f) {
        if (!strategy.fragments[f].inputs.empty()) continue;
        std::vector<RequestInputs> requests;
        for (const std::string_view& view : views) requests.emplace_back(&view, 1);
        const auto together = set_.run_together(name, strategy.name, f, requests);
        for (std::size_t i = 0; i < requests.size(); ++i) {
          const std::string alone = set_.run(name, strategy.name, f, requests[i]).value();
          EXPECT_TRUE(same_output(together[i].value(), alone))
              << name << "/" << strategy.name << "/" << f << " " << i;
        }
      }
    }
  }
}

TEST_F(RunTogether, LetsABadInputFailAlone) {
  for (const ServedApplication& application : set_.applications()) {
    if (!application.unavailable.empty()) continue;
    std::vector<std::string> bytes = inputs_for(application.name, 2);
    bytes.insert(bytes.begin() + 1, "no input of any application");
    const std::vector<std::string_view> views(bytes.begin(), bytes.end());
    const std::vector<std::string_view> two(2, views[0]);
    const std::vector<RequestInputs> requests = {
        {&views[0], 1}, {&views[1], 1}, two, {&views[2], 1}};
    const std::string& strategy = application.strategies[0].name;
    const auto results = set_.run_together(application.name, strategy, 0, requests);
    ASSERT_EQ(results.size(), 4u);
    for (const std::size_t i : {0u, 3u}) {
      ASSERT_TRUE(results[i].ok()) << application.name << ": " << results[i].error().message;
      EXPECT_TRUE(same_output(results[i].value(),
                              set_.run(application.name, strategy, 0, requests[i]).value()));
    }
    for (const std::size_t i : {1u, 2u}) {
      ASSERT_FALSE(results[i].ok()) << application.name;
      EXPECT_EQ(results[i].error().code, ErrorCode::kInvalidInput) << application.name;
      EXPECT_EQ(results[i].error().message,
                set_.run(application.name, strategy, 0, requests[i]).error().message);
    }
  }
}

// Sounds of any lengths: the longest is heard to its end alone.
TEST_F(RunTogether, HearsEachSoundToItsEnd) {
  if (!available("vad")) GTEST_SKIP() << "vad is not available";
  std::vector<std::string> sounds = inputs_for("vad", 3);
  sounds[1].resize(sounds[1].size() / 2);
  sounds[1].replace(40, 4, 4, '\xff');  // the length, unknown
  const std::vector<std::string_view> views(sounds.begin(), sounds.end());
  const std::vector<RequestInputs> requests = {{&views[0], 1}, {&views[1], 1}, {&views[2], 1}};
  const auto together = set_.run_together("vad", "whole", 0, requests);
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    ASSERT_TRUE(together[i].ok()) << together[i].error().message;
    EXPECT_EQ(together[i].value(), set_.run_all("vad", "whole", sounds[i]).value()) << i;
  }
}

TEST_F(RunTogether, TellsWhatShares) {
  EXPECT_EQ(set_.can_share("blur", "whole", 0).error().message,
            "blur/whole/0 works on one input at a time");
  EXPECT_EQ(set_.can_share("blur", "whole", 1).error().code, ErrorCode::kNotFound);
  for (const char* name : {"fashion", "vad"}) {
    if (!available(name)) continue;
    EXPECT_TRUE(set_.can_share(name, "whole", 0).ok()) << name;
  }
  EXPECT_EQ(set_.run_together("sing", "whole", 0, std::vector<RequestInputs>(2)).size(), 2u);
}

}  // namespace
}  // namespace scinet
