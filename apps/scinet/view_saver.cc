#include "apps/scinet/view_saver.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "model/json.h"
#include "report/results.h"
#include "report/view_file.h"

namespace scinet {
namespace {

class ViewSaver final : public Policy {
 public:
  ViewSaver(std::unique_ptr<Policy> policy, ViewMoment moment, std::shared_ptr<Status> saved)
      : policy_(std::move(policy)), moment_(std::move(moment)), saved_(std::move(saved)) {
    *saved_ = Error{ErrorCode::kNotFound,
                    fmt::format("no decision was taken at {:g} s or later; give --view-at an "
                                "earlier time",
                                moment_.at.count())};
  }

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    if (!is_done_ && to_seconds(view.now) >= moment_.at) {
      is_done_ = true;
      *saved_ = write_whole(moment_.file, json_of(view).dump(1) + "\n");
    }
    return policy_->decide(view, context);
  }
  std::string review(const ClusterView& view, DecisionContext& context) override {
    return policy_->review(view, context);
  }
  std::span<const float> next_utilisation() const override { return policy_->next_utilisation(); }

 private:
  std::unique_ptr<Policy> policy_;
  ViewMoment moment_;
  std::shared_ptr<Status> saved_;
  bool is_done_ = false;
};

class ViewRecorder final : public Policy {
 public:
  ViewRecorder(std::unique_ptr<Policy> policy, std::filesystem::path folder,
               std::shared_ptr<Status> recorded)
      : policy_(std::move(policy)), folder_(std::move(folder)), recorded_(std::move(recorded)) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    return policy_->decide(view, context);
  }
  std::string review(const ClusterView& view, DecisionContext& context) override {
    record(view);
    return policy_->review(view, context);
  }
  std::span<const float> next_utilisation() const override { return policy_->next_utilisation(); }

 private:
  void record(const ClusterView& view) {
    if (!*recorded_) return;
    if (!writer_) {  // only now is the folder ready
      Result<ViewWriter> opened = ViewWriter::open(folder_ / "views.jsonl", *view.catalogue);
      if (!opened) {
        *recorded_ = opened.error();
        return;
      }
      writer_ = std::move(opened).value();
    }
    *recorded_ = writer_->add(view);
  }

  std::unique_ptr<Policy> policy_;
  std::filesystem::path folder_;
  std::shared_ptr<Status> recorded_;
  std::optional<ViewWriter> writer_;
};

}  // namespace

std::unique_ptr<Policy> recording_views(std::unique_ptr<Policy> policy,
                                        std::filesystem::path folder,
                                        std::shared_ptr<Status> recorded) {
  return std::make_unique<ViewRecorder>(std::move(policy), std::move(folder), std::move(recorded));
}

std::unique_ptr<Policy> saving_view(std::unique_ptr<Policy> policy, ViewMoment moment,
                                    std::shared_ptr<Status> saved) {
  return std::make_unique<ViewSaver>(std::move(policy), std::move(moment), std::move(saved));
}

}  // namespace scinet
