// The network once more, written from the formulas of network.h with libtorch in 64 bits: an
// implementation that shares no code with the tape or with what decides.
#include <torch/types.h>

#include <map>

#include "learn/imitation/forward.h"
#include "learn/imitation/imitation_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

using torch::Tensor;

template <class Rows>
Tensor tensor_of(const Rows& rows) {
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_by_row =
      rows.template cast<double>();
  return torch::tensor(
             at::ArrayRef<double>(row_by_row.data(), static_cast<std::size_t>(row_by_row.size())),
             torch::kFloat64)
      .reshape({row_by_row.rows(), row_by_row.cols()});
}

class TorchNetwork {
 public:
  TorchNetwork(const Weights& weights, const NetworkShape& shape) : shape_(shape) {
    for (const NamedMatrix& matrix : weights) at_[matrix.name] = tensor_of(matrix.values);
  }

  void see(const ViewRows& rows) {
    hosts_ = tensor_of(rows.hosts);
    Tensor waiting = torch::zeros({1, kWidth}, torch::kFloat64);
    if (rows.requests.rows() > 0) {
      waiting = torch::relu(dense("request", tensor_of(rows.requests))).mean(0, true);
    }
    const Tensor cluster =
        torch::tanh(dense("cluster", torch::cat({tensor_of(rows.cluster), waiting}, 1)));
    const Tensor x =
        torch::tanh(dense("host", hosts_) + torch::matmul(cluster, at_["host.cluster"]));
    const Tensor y = shape_.attention ? x + attention(x) : x;
    z_ = y + dense("outer", torch::relu(dense("inner", y)));
    view_ = torch::cat({cluster, z_.mean(0, true)}, 1);
  }

  Tensor logits(const Question& question) {
    const std::string name(to_string(question.head));
    const Tensor answers = tensor_of(question.answers);
    Tensor hidden = dense(name + ".answer", answers) + torch::matmul(view_, at_[name + ".view"]);
    for (std::size_t i = 0; i < question.size(); ++i) {
      if (!question.hosts[i]) continue;
      const auto host = static_cast<std::int64_t>(question.hosts[i]->value);
      hidden[static_cast<std::int64_t>(i)] += torch::matmul(z_[host], at_[name + ".host"]);
    }
    return torch::matmul(torch::relu(hidden), at_[name + ".out"]) +
           torch::matmul(answers, at_[name + ".skip"]);
  }

  Tensor next_utilisation() {
    return torch::sigmoid(torch::matmul(torch::relu(dense("next", z_)), at_["next.out"]) +
                          dense("next.skip", hosts_));
  }

 private:
  Tensor dense(const std::string& name, const Tensor& x) {
    return torch::addmm(at_[name + ".bias"], x, at_[name + ".weight"]);
  }

  // All heads at once, as a dimension of their own.
  Tensor attention(const Tensor& x) {
    const auto by_head = [&](const char* name) {
      const Tensor all = torch::matmul(x, at_[std::string("attention.") + name]);
      return all.reshape({x.size(0), kAttentionHeads, kWidth / kAttentionHeads}).transpose(0, 1);
    };
    const Tensor scores = torch::matmul(by_head("query"), by_head("key").transpose(1, 2));
    const double scale = std::sqrt(static_cast<double>(kWidth / kAttentionHeads));
    const Tensor seen = torch::matmul(torch::softmax(scores / scale, -1), by_head("value"));
    return torch::matmul(seen.transpose(0, 1).reshape({x.size(0), kWidth}), at_["attention.out"]);
  }

  NetworkShape shape_;
  std::map<std::string, Tensor> at_;
  Tensor hosts_, z_, view_;
};

void expect_near(std::span<const float> found, const Tensor& expected, std::uint64_t seed) {
  ASSERT_EQ(static_cast<std::int64_t>(found.size()), expected.numel()) << "seed " << seed;
  if (found.empty()) return;
  const double scale = std::max(expected.abs().max().item<double>(), 1.0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[static_cast<std::int64_t>(i)][0].item<double>(), 1e-5 * scale)
        << "seed " << seed << ", row " << i;
  }
}

TEST(ImitationForward, SaysWhatLibtorchSays) {
  int questions = 0;
  for (const bool attention : {true, false}) {
    const Weights weights = imitation_noise(attention ? 3 : 4);
    ImitationForward forward(weights, {.attention = attention});
    TorchNetwork network(weights, {.attention = attention});
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const TestCluster cluster = random_cluster(seed);
      DecisionWalk walk(cluster.view);
      forward.see(walk.rows());
      network.see(walk.rows());
      expect_near(forward.next_utilisation(), network.next_utilisation(), seed);
      RandomStream random = RandomStreams(seed).stream("answers");
      for (int i = 0; i < 12 && walk.question(); ++i) {
        ++questions;
        expect_near(forward.logits(*walk.question()), network.logits(*walk.question()), seed);
        walk.answer(random.below(walk.question()->size()));
      }
    }
  }
  EXPECT_GT(questions, 200);
}

}  // namespace
}  // namespace scinet
