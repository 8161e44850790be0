#include "model/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

namespace scinet {
namespace {

using namespace std::chrono_literals;

// Every field away from its default, so that one that is forgotten shows.
Catalogue full_catalogue() {
  HostType type{.name = "B2s",
                .cores = 2,
                .speed = Mips(4028.5),
                .memory = Mebibytes(4096),
                .background = 0.02,
                .contention = 0.24,
                .bandwidth = BytesPerSecond(1.25e8),
                .latency = Seconds(0.0003),
                .price = DollarsPerHour(0.08),
                .billing_increment = Seconds(60),
                .boot_time = Seconds(12.5),
                .power = {.name = "curve", .points = {Watts(75.2), Watts(117)}, .source = "SPEC"},
                .boot_power = Watts(90),
                .burst = BurstCredits{.baseline = 0.4,
                                      .credits_per_hour = 24,
                                      .initial_credits = 30,
                                      .maximum_credits = 576,
                                      .boost = 1.5,
                                      .stall = Seconds(0.004)},
                .source = "Azure"};
  HostType plain = type;
  plain.name = "plain";
  plain.burst.reset();
  Fragment first{
      .name = "first",
      .work = {.shape = WorkShape::kHyperexponential, .mean = Mi(1200.25), .variation = 1.5},
      .cores = 1.5,
      .memory = Mebibytes(128),
      .model_memory = Mebibytes(256),
      .load_time = Seconds(0.75),
      .load_work = Mi(40.5),
      .output = Bytes(2e6),
      .inputs = {}};
  Fragment second = first;
  second.name = "second";
  second.work = {.shape = WorkShape::kLognormal, .mean = Mi(1), .variation = 0.1};
  second.inputs = {FragmentId{0}};
  second.batch = {.limit = 8, .delay = Seconds(0.005), .further_work = 0.6};
  Strategy whole{.name = "whole",
                 .accuracy = 0.91,
                 .accuracy_source = "measured",
                 .fragments = {first},
                 .work_source = "profiled"};
  Strategy layer = whole;
  layer.name = "layer";
  layer.fragments = {first, second};
  return {.host_types = {type, plain},
          .applications = {{"blur \"soft\"", {whole}}, {"ocr", {whole, layer}}}};
}

ClusterView full_view(const Catalogue& catalogue) {
  ClusterView view;
  view.now = 123'456'789'012'345ns;  // more than a day, odd nanoseconds
  view.asked = {.provisioning = true, .deployment = false, .placement = true};
  view.cadence = Cadence::kArrival;
  view.beat = Seconds(2.5);
  view.catalogue = &catalogue;
  view.weights = {
      .energy = 0.3, .cost = 0.1, .response = 0.25, .violation = 0.15, .inaccuracy = 0.2};
  view.hosts = {
      {.id = HostId{0},
       .type = HostTypeId{1},
       .state = HostState::kBooting,
       .powered_since = -5'000'000'001ns,
       .ready_at = 123'459'000'000'001ns,
       .memory_used = Mebibytes(300.5),
       .resident = {{ApplicationId{1}, StrategyId{1}, FragmentId{1}}},
       .loading = {{{ApplicationId{1}, StrategyId{1}, FragmentId{0}}, 123'457'000'000'003ns}},
       .credits = 12.75,
       .throttled = true,
       .speed_factor = 0.25,
       .linked = false,
       .utilisation = 1.0 / 3.0,
       .recent_utilisation = {0.1, 0.7}},
      {.id = HostId{1},
       .type = HostTypeId{0},
       .state = HostState::kFailed,
       .ready_at = 0ns,
       .memory_used = Mebibytes(0),
       .resident = {},
       .utilisation = 0.0,
       .recent_utilisation = {}}};
  const Workload workload{.id = WorkloadId{18'000'000'000'000'000'000u},
                          .application = ApplicationId{1},
                          .arrival = 123'450'000'000'007ns,
                          .slo = Seconds(0.3),
                          .input = Bytes(60'000)};
  WorkloadView waiting;
  waiting.workload = workload;
  waiting.workload.id = WorkloadId{3};
  WorkloadView running;
  running.workload = workload;
  running.strategy = StrategyId{1};
  running.deployed_at = 123'450'000'000'009ns;
  running.tasks = {{.fragment = FragmentId{0},
                    .state = TaskState::kRunning,
                    .host = HostId{0},
                    .since = 123'456'000'000'001ns,
                    .progress = 0.625},
                   {.fragment = FragmentId{1},
                    .state = TaskState::kUnplaced,
                    .host = std::nullopt,
                    .progress = 0.0}};
  view.workloads = {waiting, running};
  view.arrival_rates = {0.5, 2.25};
  view.recent_requests = {{{Seconds(1.5), Bytes(1000)}},
                          {{Seconds(30), Bytes(0.25)}, {Seconds(20), Bytes(7)}}};
  return view;
}

Plan full_plan() {
  return {.power = {{HostId{1}, false}, {HostId{2}, true}},
          .deployments = {{WorkloadId{3}, StrategyId{1}}},
          .placements = {{WorkloadId{3}, FragmentId{1}, HostId{2}}},
          .deferrals = {{WorkloadId{4}, "no host has 4 GiB \u2014 yet"}}};
}

void expect_equal(const ClusterView& a, const ClusterView& b) {
  EXPECT_EQ(a.now, b.now);
  EXPECT_EQ(a.asked, b.asked);
  EXPECT_EQ(a.cadence, b.cadence);
  EXPECT_EQ(a.beat, b.beat);
  EXPECT_EQ(*a.catalogue, *b.catalogue);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.hosts, b.hosts);
  EXPECT_EQ(a.workloads, b.workloads);
  EXPECT_EQ(a.arrival_rates, b.arrival_rates);
  EXPECT_EQ(a.recent_requests, b.recent_requests);
}

// The message for a document in which `change` went wrong.
std::string problem_after(const std::function<void(Json&)>& change) {
  const Catalogue catalogue = full_catalogue();
  Json document = json_of(full_view(catalogue));
  change(document);
  const Result<StoredView> read = read_view(document.dump(), "view.json");
  return read ? "read without a problem" : read.error().message;
}

// Calls `visit` with the path of every key of every object in the document.
void for_each_key(const Json& json, const Json::json_pointer& path,
                  const std::function<void(const Json::json_pointer&, const std::string&)>& visit) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      visit(path, key);
      for_each_key(value, path / key, visit);
    }
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) for_each_key(json[i], path / i, visit);
  }
}

TEST(ViewJson, ComesBackAsItWas) {
  const Catalogue catalogue = full_catalogue();
  const ClusterView view = full_view(catalogue);
  const std::string text = json_of(view).dump();

  const Result<StoredView> read = read_view(text, "view.json");

  ASSERT_TRUE(read.ok()) << read.error().message;
  expect_equal(read.value().view, view);
  EXPECT_EQ(read.value().view.catalogue, read.value().catalogue.get());
  EXPECT_EQ(json_of(read.value().view).dump(), text);
}

TEST(ViewJson, ComesBackFromAFile) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "a_view.json";
  const Catalogue catalogue = full_catalogue();
  std::ofstream(file) << json_of(full_view(catalogue)).dump(2);

  const Result<StoredView> read = load_view(file);
  std::filesystem::remove(file);

  ASSERT_TRUE(read.ok()) << read.error().message;
  expect_equal(read.value().view, full_view(catalogue));
  EXPECT_EQ(load_view(file).error().code, ErrorCode::kNotFound);
}

TEST(ViewJson, EveryKeyIsNeededAndNamedWhenItIsMissing) {
  const Catalogue catalogue = full_catalogue();
  const Json document = json_of(full_view(catalogue));
  int keys = 0;
  for_each_key(document, Json::json_pointer(),
               [&](const Json::json_pointer& path, const std::string& key) {
                 Json changed = document;
                 changed[path].erase(key);
                 const Result<StoredView> read = read_view(changed.dump(), "view.json");
                 ++keys;
                 const bool is_optional = key == "burst" || key == "stall_s" || key == "batch";
                 if (is_optional) {  // and not bound to others
                   EXPECT_TRUE(read.ok()) << read.error().message;
                   return;
                 }
                 ASSERT_FALSE(read.ok()) << path.to_string() << "/" << key;
                 EXPECT_EQ(read.error().code, ErrorCode::kInvalidInput);
                 EXPECT_TRUE(read.error().message.starts_with("view.json")) << read.error().message;
               });
  EXPECT_GT(keys, 100);
}

TEST(ViewJson, EveryValueOfAWrongKindIsRefused) {
  const Catalogue catalogue = full_catalogue();
  const Json document = json_of(full_view(catalogue));
  for_each_key(
      document, Json::json_pointer(), [&](const Json::json_pointer& path, const std::string& key) {
        for (const Json& wrong : {Json(Json::array({Json::array()})), Json(Json::object())}) {
          Json changed = document;
          changed[path][key] = wrong;
          EXPECT_FALSE(read_view(changed.dump(), "view.json").ok())
              << path.to_string() << "/" << key;
        }
      });
}

TEST(ViewJson, EveryTextCutShortIsRefusedWithItsLine) {
  const Catalogue catalogue = full_catalogue();
  const std::string text = json_of(full_view(catalogue)).dump(1);
  for (std::size_t length = 0; length < text.size(); length += 11) {
    const Result<StoredView> read = read_view(text.substr(0, length), "view.json");
    ASSERT_FALSE(read.ok()) << length;
    EXPECT_TRUE(read.error().message.starts_with("view.json:")) << read.error().message;
  }
}

TEST(ViewJson, MessagesSayWhereWhatAndWhatWouldWork) {
  EXPECT_EQ(problem_after([](Json& d) { d["view"]["hosts"][1]["state"] = "asleep"; }),
            "view.json: view.hosts[1].state is '\"asleep\"', expected one of off, booting, on, "
            "draining, failed");
  EXPECT_EQ(problem_after([](Json& d) { d["view"]["hosts"][0]["colour"] = "red"; }),
            "view.json: view.hosts[0] has the unknown key 'colour'; known keys: id, type, state, "
            "powered_since_s, ready_at_s, memory_used_mib, resident, loading, credits, throttled, "
            "speed_factor, linked, utilisation, recent_utilisation");
  EXPECT_EQ(problem_after([](Json& d) { d["catalogue"]["host_types"][0].erase("cores"); }),
            "view.json: catalogue.host_types[0] has no 'cores'");
  EXPECT_EQ(problem_after([](Json& d) { d["catalogue"]["host_types"][0]["cores"] = 2.5; }),
            "view.json: catalogue.host_types[0].cores is '2.5', expected a whole number from "
            "-2147483648 to 2147483647");
  EXPECT_EQ(problem_after([](Json& d) { d["view"]["now_s"] = 1e300; }),
            "view.json: view.now_s is '1e+300', expected a time of at most 9e9 seconds");
}

Json& batch_of(Json& document) {
  return document["catalogue"]["applications"][1]["strategies"][1]["fragments"][1]["batch"];
}

TEST(ViewJson, ABatchIsWrittenOnlyWhereThereIsOne) {
  const Catalogue catalogue = full_catalogue();
  Json document = json_of(full_view(catalogue));
  EXPECT_EQ(batch_of(document).dump(), R"({"limit":8,"delay_s":0.005,"further_work":0.6})");
  const Json& fragments = document["catalogue"]["applications"][1]["strategies"][1]["fragments"];
  EXPECT_FALSE(fragments[0].contains("batch"));
}

TEST(ViewJson, IdsOutsideTheirListsAreRefused) {
  const std::vector<std::pair<std::function<void(Json&)>, std::string>> cases{
      {[](Json& d) { d["view"]["hosts"][0]["type"] = 2; }, "the catalogue has 2 host types"},
      {[](Json& d) { d["view"]["hosts"][0]["id"] = 1; }, "hosts are in order of id"},
      {[](Json& d) { d["view"]["hosts"][0]["resident"][0]["fragment"] = 2; }, "resident"},
      {[](Json& d) { d["view"]["hosts"][0]["resident"][0]["application"] = 2; }, "resident"},
      {[](Json& d) { d["view"]["hosts"][0]["loading"][0]["model"]["fragment"] = 2; }, "loading"},
      {[](Json& d) { d["view"]["hosts"][0]["speed_factor"] = 0; }, "speed_factor"},
      {[](Json& d) { d["view"]["hosts"][0]["resident"][0]["strategy"] = 2; }, "resident"},
      {[](Json& d) { d["view"]["workloads"][0]["workload"]["application"] = 2; },
       "has 2 applications"},
      {[](Json& d) { d["view"]["workloads"][1]["strategy"] = 2; }, "has 2 strategies"},
      {[](Json& d) { d["view"]["workloads"][1]["strategy"] = 0; }, "has 2 tasks, expected 1"},
      {[](Json& d) { d["view"]["workloads"][1]["workload"]["id"] = 3; },
       "more than the one before"},
      {[](Json& d) { d["view"]["workloads"][1]["tasks"][0]["host"] = 2; }, "there are 2 hosts"},
      {[](Json& d) { d["view"]["workloads"][1]["tasks"][1]["host"] = 0; },
       "is unplaced and has a host"},
      {[](Json& d) { d["view"]["workloads"][1]["tasks"][1]["state"] = "queued"; },
       "is queued and has no host"},
      {[](Json& d) { d["view"]["workloads"][1]["tasks"][1]["fragment"] = 0; }, "expected 1"},
      {[](Json& d) { d["view"]["arrival_rates_per_s"] = {1}; }, "1 values for 2 applications"},
      {[](Json& d) { d["view"]["recent_requests"].erase(1); }, "1 lists for 2 applications"},
      {[](Json& d) { d["view"]["recent_requests"][0] = Json::array(); },
       "recent_requests[0] is empty, expected the latest requests where arrival_rates_per_s[0]"},
      {[](Json& d) { d["view"]["recent_requests"][1][1]["slo_s"] = 0; },
       "recent_requests[1][1].slo_s is 0, expected more than 0"},
      {[](Json& d) { d["view"]["beat_s"] = 0; }, "view.beat_s is 0, expected more than 0"},
      {[](Json& d) { d["view"]["cadence"] = "daily"; }, "daily"},
      {[](Json& d) { d["catalogue"]["applications"][0]["name"] = "ocr"; }, "are named 'ocr'"},
      {[](Json& d) { d["catalogue"]["host_types"][1]["power"]["points_w"] = {1}; },
       "has 1 points, expected at least 2"},
      {[](Json& d) { d["catalogue"]["host_types"][1]["cores"] = 0; }, "expected at least 1"},
      {[](Json& d) { d["catalogue"]["host_types"][1]["speed_mips"] = 0; }, "more than 0"},
      {[](Json& d) { batch_of(d)["limit"] = 0; },
       "the batch of fragment 'second' has a limit of 0, expected at least 1"},
      {[](Json& d) { batch_of(d)["delay_s"] = -0.5; },
       "the batch of fragment 'second' has a delay of -0.5 s, expected at least 0"},
      {[](Json& d) { batch_of(d)["further_work"] = 0; },
       "the batch of fragment 'second' has a further_work of 0, expected more than 0"},
      {[](Json& d) { batch_of(d)["further_work"] = 1.5; }, "has a further_work of 1.5"},
  };
  for (const auto& [change, expected] : cases) {
    const std::string message = problem_after(change);
    EXPECT_TRUE(message.starts_with("view.json: ")) << message;
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

TEST(PlanJson, ComesBackAsItWas) {
  const Result<Plan> read = read_plan(json_of(full_plan()).dump(), "plan");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value(), full_plan());
}

TEST(PlanJson, RefusesWhatIsNoPlan) {
  for (const char* text : {"", "null", "[]", "{}", "{\"power\":[]", "\"plan\"", "{\"power\":{}}",
                           "{\"power\":[{\"host\":-1,\"on\":true}],\"deployments\":[],"
                           "\"placements\":[],\"deferrals\":[]}",
                           "{\"power\":[{\"host\":1,\"on\":1}],\"deployments\":[],"
                           "\"placements\":[],\"deferrals\":[]}"}) {
    EXPECT_FALSE(read_plan(text, "plan").ok()) << text;
  }
}

}  // namespace
}  // namespace scinet
