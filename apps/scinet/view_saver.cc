#include "apps/scinet/view_saver.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "model/json.h"
#include "report/results.h"

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

 private:
  std::unique_ptr<Policy> policy_;
  ViewMoment moment_;
  std::shared_ptr<Status> saved_;
  bool is_done_ = false;
};

}  // namespace

std::unique_ptr<Policy> saving_view(std::unique_ptr<Policy> policy, ViewMoment moment,
                                    std::shared_ptr<Status> saved) {
  return std::make_unique<ViewSaver>(std::move(policy), std::move(moment), std::move(saved));
}

}  // namespace scinet
