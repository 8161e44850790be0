// The network of network.h as decisions use it: 32-bit numbers, one thread, and no allocation once
// it has seen a view and a question as large.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/imitation/attention.h"
#include "learn/imitation/decision_walk.h"
#include "learn/imitation/network.h"

namespace scinet {

class ImitationForward {
 public:
  // The weights have the shapes of imitation_shapes().
  ImitationForward(const Weights& weights, const NetworkShape& shape);

  // Of a view that questions are going to be about.
  void see(const ViewRows& rows);
  // A number for each answer: the larger, the better.
  std::span<const float> logits(const Question& question);
  std::size_t best_answer(const Question& question);  // of equals the first
  // Expected of each host of the view over the next beat, in [0, 1].
  std::span<const float> next_utilisation();

 private:
  static constexpr Eigen::Index kHead = kWidth / kAttentionHeads;
  using Row = Eigen::Matrix<float, 1, Eigen::Dynamic, Eigen::RowMajor>;

  struct Dense {
    FloatRows weight;
    Row bias;
  };
  struct AnswerHead {
    FloatRows host;  // empty for strategies
    FloatRows view;
    Dense answer;
    Eigen::VectorXf out;
    Eigen::VectorXf skip;
  };

  void attend();
  void grow(Eigen::Index hosts);
  Eigen::Index row_of(HostId host) const {
    return static_cast<Eigen::Index>(row_of_.empty() ? host.value : row_of_[host.value]);
  }

  NetworkShape shape_;
  Dense request_, cluster_, host_, inner_, outer_, next_;
  FloatRows host_cluster_, query_, key_, value_, attention_out_;
  Eigen::VectorXf next_out_, next_skip_;
  float next_bias_ = 0.0f;
  std::array<AnswerHead, kHeads> heads_;

  // Of the view that is seen. Buffers have as many rows as the largest view so far.
  Eigen::Index hosts_ = 0;  // rows of hosts
  FloatRows host_rows_;
  // Where rows stand for several hosts; else empty.
  std::vector<float> counts_, log_counts_;
  std::vector<std::uint32_t> row_of_;
  FloatRows z_, a_, b_, c_, d_;
  AttentionHead attention_;
  FloatRows requests_hidden_;
  Row cluster_in_, cluster_state_, view_state_, from_view_;
  std::array<FloatRows, kHeads> of_hosts_;  // z through `host` of each head
  std::array<Row, kHeads> of_view_;         // what every answer of a head starts from
  FloatRows hidden_;
  Eigen::VectorXf logits_, utilisation_;
  std::vector<float> of_each_host_;  // utilisation_, where a row stands for several
};

}  // namespace scinet
