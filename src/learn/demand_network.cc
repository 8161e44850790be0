#include "learn/demand_network.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "policy/estimate.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr Eigen::Index kWidth = 8;
constexpr double kScale = 3.0;  // brings shares of common loads near 1

double total_speed(const ClusterView& view) {
  double speed = 0.0;
  for (const HostView& host : view.hosts) speed += view.type_of(host).total_speed().value();
  return speed;
}

double share_of(double work, Seconds time, const ClusterView& view) {
  const double whole = total_speed(view) * time.count();
  return whole > 0.0 ? work / whole : 0.0;
}

}  // namespace

std::vector<WeightShape> demand_network_shapes() {
  std::vector<WeightShape> shapes = dense_shapes("beat", kBeatFeatures, kWidth);
  const auto add = [&](std::string_view name, Eigen::Index inputs, Eigen::Index outputs) {
    std::ranges::move(dense_shapes(name, inputs, outputs), std::back_inserter(shapes));
  };
  add("attention", kWidth, 1);
  add("now", kWidth + kNowFeatures, 2 * kWidth);
  add("demand", 2 * kWidth, 1);
  return shapes;
}

void OfferedWork::update(const ClusterView& view) {
  for (const WorkloadView& entry : view.workloads) {
    if (newest_ && entry.workload.id <= *newest_) continue;
    since_beat_ += mean_work(view.catalogue->at(entry.workload.application)).value();
    newest_ = entry.workload.id;
  }
  if (!view.asked.provisioning) return;
  const Seconds passed = std::max(to_seconds(view.now - beat_at_), view.beat);
  beats_.push_back(share_of(since_beat_, passed, view));
  if (beats_.size() > kDemandBeats) beats_.erase(beats_.begin());
  since_beat_ = 0.0;
  beat_at_ = view.now;
}

double OfferedWork::outstanding(const ClusterView& view) {
  double work = 0.0;
  for (const WorkloadView& entry : view.workloads)
    work += work_left(entry, *view.catalogue).value();
  return share_of(work, view.beat, view);
}

DemandPicture OfferedWork::picture(const ClusterView& view) const {
  double mean = 0.0;
  for (const double beat : beats_) mean += beat / static_cast<double>(beats_.size());
  DemandPicture picture{.beats = Matrix(kDemandBeats, kBeatFeatures),
                        .now = Matrix(1, kNowFeatures)};
  const std::size_t missing = kDemandBeats - beats_.size();
  for (std::size_t i = 0; i < kDemandBeats; ++i) {
    const double beat = i < missing ? mean : beats_[i - missing];
    const double place = static_cast<double>(i + 1) / static_cast<double>(kDemandBeats);
    picture.beats.row(static_cast<Eigen::Index>(i)) << kScale * beat, kScale * (beat - mean), place;
  }
  double arriving = 0.0;
  for (std::size_t i = 0; i < view.arrival_rates.size(); ++i) {
    arriving += view.arrival_rates[i] * mean_work(view.catalogue->applications[i]).value();
  }
  picture.now << kScale * mean, kScale * last(), kScale * share_of(arriving, Seconds(1), view),
      std::log1p(outstanding(view));
  return picture;
}

Variable foreseen_demand(const WeightsOnTape& network, const DemandPicture& picture) {
  Tape& tape = network.tape();
  const Rows all(kDemandBeats, 0);
  const Variable keys = tape.tanh(network.dense("beat", tape.constant(picture.beats)));
  const Variable attention = tape.group_softmax(network.dense("attention", keys), all, 1);
  const Variable seen = tape.group_sums(tape.times_column(keys, attention), all, 1);
  const Variable whole = tape.beside(seen, tape.constant(picture.now));
  return tape.softplus(network.dense("demand", tape.tanh(network.dense("now", whole))));
}

}  // namespace scinet
