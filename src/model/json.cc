#include "model/json.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "model/json_domain.h"

namespace scinet {
namespace {

// What the types cannot say: ids in range, lists in order, tasks that match their strategy.
// The first thing wrong is thrown, and caught in read_view.
class ViewChecker {
 public:
  ViewChecker(const Catalogue& catalogue, const ClusterView& view, const std::string& source)
      : catalogue_(catalogue), view_(view), source_(source) {}

  void check_catalogue() const {
    check_host_types();
    check_applications();
  }

  void check() const {
    check_catalogue();
    require(view_.beat > Seconds{0}, "view.beat_s is {}, expected more than 0", view_.beat.count());
    for (std::size_t i = 0; i < view_.hosts.size(); ++i) check_host(i);
    for (std::size_t i = 0; i < view_.workloads.size(); ++i) check_workload(i);
    require(view_.arrival_rates.size() == catalogue_.applications.size(),
            "view.arrival_rates_per_s has {} values for {} applications",
            view_.arrival_rates.size(), catalogue_.applications.size());
    require(view_.recent_requests.size() == catalogue_.applications.size(),
            "view.recent_requests has {} lists for {} applications", view_.recent_requests.size(),
            catalogue_.applications.size());
    for (std::size_t i = 0; i < view_.recent_requests.size(); ++i) check_recent_requests(i);
  }

 private:
  void check_recent_requests(std::size_t application) const {
    const auto& recent = view_.recent_requests[application];
    const double rate = view_.arrival_rates[application];
    require(rate <= 0.0 || !recent.empty(),
            "view.recent_requests[{}] is empty, expected the latest requests where "
            "arrival_rates_per_s[{}] is {}",
            application, application, rate);
    require(recent.size() <= RecentRequests::kKept,
            "view.recent_requests[{}] has {} requests, expected at most {}", application,
            recent.size(), RecentRequests::kKept);
    for (std::size_t i = 0; i < recent.size(); ++i) {
      require(recent[i].slo > Seconds(0),
              "view.recent_requests[{}][{}].slo_s is {}, expected more than 0", application, i,
              recent[i].slo.count());
    }
  }

  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> format, Args&&... args) const {
    if (holds) return;
    throw json_detail::Problem{source_ + ": " + fmt::format(format, std::forward<Args>(args)...)};
  }

  template <class Named>
  void require_unique_names(const std::vector<Named>& list, std::string_view what) const {
    std::set<std::string_view> names;
    for (const Named& entry : list) {
      require(names.insert(entry.name).second, "two {} are named '{}'", what, entry.name);
    }
  }

  void check_host_types() const {
    require_unique_names(catalogue_.host_types, "host types");
    for (const HostType& type : catalogue_.host_types) {
      require(type.cores > 0, "host type '{}' has {} cores, expected at least 1", type.name,
              type.cores);
      require(type.speed > Mips(0), "host type '{}' has a speed of {} MIPS, expected more than 0",
              type.name, type.speed.value());
      require(type.power.points.size() >= 2,
              "the power curve of host type '{}' has {} points, expected at least 2", type.name,
              type.power.points.size());
    }
  }

  void check_applications() const {
    require_unique_names(catalogue_.applications, "applications");
    for (const Application& application : catalogue_.applications) {
      require(!application.strategies.empty(), "application '{}' has no strategy",
              application.name);
      require_unique_names(application.strategies, "strategies of one application");
      for (const Strategy& strategy : application.strategies) {
        check_strategy(application, strategy);
      }
    }
  }

  void check_strategy(const Application& application, const Strategy& strategy) const {
    require(!strategy.fragments.empty(), "strategy '{}' of application '{}' has no fragment",
            strategy.name, application.name);
    for (std::size_t i = 0; i < strategy.fragments.size(); ++i) {
      for (const FragmentId input : strategy.fragments[i].inputs) {
        require(input.value < i,
                "fragment {} of strategy '{}' of application '{}' takes its input from fragment "
                "{}, expected an earlier one",
                i, strategy.name, application.name, input.value);
      }
      check_batch(strategy.fragments[i]);
    }
  }

  void check_batch(const Fragment& fragment) const {
    const auto& [limit, delay, further_work] = fragment.batch;
    require(limit >= 1, "the batch of fragment '{}' has a limit of {}, expected at least 1",
            fragment.name, limit);
    require(delay >= Seconds{0},
            "the batch of fragment '{}' has a delay of {} s, expected at least 0", fragment.name,
            delay.count());
    require(further_work > 0.0 && further_work <= 1.0,
            "the batch of fragment '{}' has a further_work of {:g}, expected more than 0 and at "
            "most 1",
            fragment.name, further_work);
  }

  void check_host(std::size_t i) const {
    const HostView& host = view_.hosts[i];
    require(host.id.value == i, "view.hosts[{}].id is {}, expected {}: hosts are in order of id", i,
            host.id.value, i);
    require(host.type.value < catalogue_.host_types.size(),
            "view.hosts[{}].type is {}, but the catalogue has {} host types", i, host.type.value,
            catalogue_.host_types.size());
    for (const ModelId& model : host.resident) {
      require(exists(model), "view.hosts[{}].resident names a model outside the catalogue", i);
    }
    for (const ModelLoad& load : host.loading) {
      require(exists(load.model), "view.hosts[{}].loading names a model outside the catalogue", i);
    }
    require(host.speed_factor > 0.0, "view.hosts[{}].speed_factor is {:g}, expected more than 0", i,
            host.speed_factor);
  }

  bool exists(const ModelId& model) const {
    if (model.application.value >= catalogue_.applications.size()) return false;
    const Application& application = catalogue_.at(model.application);
    if (model.strategy.value >= application.strategies.size()) return false;
    return model.fragment.value < application.strategies[model.strategy.value].fragments.size();
  }

  void check_workload(std::size_t i) const {
    const auto& [workload, strategy, deployed_at, tasks] = view_.workloads[i];
    require(i == 0 || view_.workloads[i - 1].workload.id < workload.id,
            "view.workloads[{}].workload.id is {}, expected more than the one before", i,
            workload.id.value);
    require(workload.application.value < catalogue_.applications.size(),
            "view.workloads[{}].workload.application is {}, but the catalogue has {} applications",
            i, workload.application.value, catalogue_.applications.size());
    const auto& strategies = catalogue_.at(workload.application).strategies;
    require(!strategy || strategy->value < strategies.size(),
            "view.workloads[{}].strategy is {}, but its application has {} strategies", i,
            strategy.value_or(StrategyId{}).value, strategies.size());
    const std::size_t expected = strategy ? strategies[strategy->value].fragments.size() : 0;
    require(tasks.size() == expected, "view.workloads[{}] has {} tasks, expected {}", i,
            tasks.size(), expected);
    for (std::size_t j = 0; j < tasks.size(); ++j) check_task(i, j);
  }

  void check_task(std::size_t i, std::size_t j) const {
    const TaskView& task = view_.workloads[i].tasks[j];
    require(task.fragment.value == j, "view.workloads[{}].tasks[{}].fragment is {}, expected {}", i,
            j, task.fragment.value, j);
    require(task.host.has_value() == (task.state != TaskState::kUnplaced),
            "view.workloads[{}].tasks[{}] is {} and has {} host", i, j, to_string(task.state),
            task.host ? "a" : "no");
    require(!task.host || task.host->value < view_.hosts.size(),
            "view.workloads[{}].tasks[{}].host is {}, but there are {} hosts", i, j,
            task.host.value_or(HostId{}).value, view_.hosts.size());
  }

  const Catalogue& catalogue_;
  const ClusterView& view_;
  const std::string& source_;
};

struct ViewDocument {
  Catalogue catalogue;
  ClusterView view;
};

void describe(auto& field, Of<ViewDocument> auto& document) {
  field("catalogue", document.catalogue);
  field("view", document.view);
}

}  // namespace

Json json_of(const Catalogue& catalogue) { return to_json_value(catalogue); }
Json json_of(const Plan& plan) { return to_json_value(plan); }
Json json_of(const QosTerms& terms) { return to_json_value(terms); }

Json json_of(const ClusterView& view) {
  Json document = Json::object();
  document["catalogue"] = to_json_value(*view.catalogue);
  document["view"] = to_json_value(view);
  return document;
}

Result<Json> parse_json(std::string_view text, const std::string& source) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& problem) {
    const std::size_t end = std::min(problem.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(end), '\n');
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}:{}: this is not JSON; the text breaks off at byte {}", source,
                             line, problem.byte)};
  } catch (const Json::exception& problem) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: {}", source, problem.what())};
  }
}

Status check_catalogue(const Catalogue& catalogue, const std::string& source) {
  try {
    ViewChecker(catalogue, ClusterView{}, source).check_catalogue();
  } catch (const json_detail::Problem& problem) {
    return Error{ErrorCode::kInvalidInput, problem.message};
  }
  return ok_status();
}

Result<StoredView> read_view(std::string_view text, const std::string& source) {
  const Result<Json> json = parse_json(text, source);
  if (!json) return json.error();
  return view_from_json(json.value(), source);
}

Result<StoredView> view_from_json(const Json& json, const std::string& source) {
  Result<ViewDocument> document = from_json<ViewDocument>(json, source);
  if (!document) return document.error();
  auto& [catalogue, view] = document.value();
  try {
    ViewChecker(catalogue, view, source).check();
  } catch (const json_detail::Problem& problem) {
    return Error{ErrorCode::kInvalidInput, problem.message};
  }
  StoredView stored{std::make_unique<const Catalogue>(std::move(catalogue)), std::move(view)};
  stored.view.catalogue = stored.catalogue.get();
  return stored;
}

Result<Plan> read_plan(std::string_view text, const std::string& source) {
  const Result<Json> json = parse_json(text, source);
  if (!json) return json.error();
  return from_json<Plan>(json.value(), source);
}

Result<StoredView> load_view(const std::filesystem::path& file) {
  constexpr std::size_t kLargest = std::size_t{1} << 28;
  const Result<std::string> text = read_text_file(file, kLargest);
  if (!text) return text.error();
  return read_view(text.value(), file.string());
}

}  // namespace scinet
