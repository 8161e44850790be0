#include "learn/imitation/forward.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/ensure.h"
#include "learn/imitation/affine.h"

namespace scinet {
namespace {

using Row = Eigen::Matrix<float, 1, Eigen::Dynamic, Eigen::RowMajor>;

FloatRows matrix_of(const Weights& weights, std::string_view name) {
  const auto found = std::ranges::find(weights, name, &NamedMatrix::name);
  ensure(found != weights.end(), "the weights have the shapes of the network");
  return found->values.cast<float>();
}

Eigen::VectorXf column_of(const Weights& weights, std::string_view name) {
  return matrix_of(weights, name).col(0);
}

// y = bias + x w, and y += x w, for the first rows of y.
void set_affine(const FloatRows& x, Eigen::Index rows, const FloatRows& w, const Row& bias,
                FloatRows& y) {
  y.topRows(rows).rowwise() = bias;
  add_product(x.data(), static_cast<std::size_t>(rows), static_cast<std::size_t>(w.rows()),
              w.data(), y.data());
}

void set_product(const FloatRows& x, Eigen::Index rows, const FloatRows& w, FloatRows& y) {
  y.topRows(rows).setZero();
  add_product(x.data(), static_cast<std::size_t>(rows), static_cast<std::size_t>(w.rows()),
              w.data(), y.data());
}

void set_product(const Row& x, const FloatRows& w, Row& y) {
  y.setZero();
  add_product(x.data(), 1, static_cast<std::size_t>(w.rows()), w.data(), y.data());
}

}  // namespace

static_assert(kWidth == static_cast<Eigen::Index>(kAffineWidth));
static_assert(kWidth == kAttentionHeads * static_cast<Eigen::Index>(kAttentionWidth));

ImitationForward::ImitationForward(const Weights& weights, const NetworkShape& shape)
    : shape_(shape) {
  const auto dense = [&](const std::string& name) {
    return Dense{matrix_of(weights, name + ".weight"), matrix_of(weights, name + ".bias").row(0)};
  };
  request_ = dense("request");
  cluster_ = dense("cluster");
  host_ = dense("host");
  inner_ = dense("inner");
  outer_ = dense("outer");
  next_ = dense("next");
  host_cluster_ = matrix_of(weights, "host.cluster");
  query_ = matrix_of(weights, "attention.query") / std::sqrt(static_cast<float>(kHead));
  key_ = matrix_of(weights, "attention.key");
  value_ = matrix_of(weights, "attention.value");
  attention_out_ = matrix_of(weights, "attention.out");
  next_out_ = column_of(weights, "next.out");
  next_skip_ = column_of(weights, "next.skip.weight");
  next_bias_ = matrix_of(weights, "next.skip.bias")(0, 0);
  for (std::size_t k = 0; k < kHeads; ++k) {
    const std::string name(to_string(static_cast<Head>(k)));
    AnswerHead& head = heads_[k];
    if (static_cast<Head>(k) != Head::kStrategy) head.host = matrix_of(weights, name + ".host");
    head.view = matrix_of(weights, name + ".view");
    head.answer = dense(name + ".answer");
    head.out = column_of(weights, name + ".out");
    head.skip = column_of(weights, name + ".skip");
  }
  for (Row& row : of_view_) row.resize(kWidth);
  cluster_in_.resize(kClusterColumns + kWidth);
  cluster_state_.resize(kWidth);
  view_state_.resize(2 * kWidth);
  from_view_.resize(kWidth);
  grow(1);
}

void ImitationForward::grow(Eigen::Index hosts) {
  if (hosts <= z_.rows()) return;
  for (FloatRows* buffer : {&z_, &a_, &b_, &c_, &d_}) buffer->resize(hosts, kWidth);
  host_rows_.resize(hosts, kHostColumns);
  attention_.grow(static_cast<std::size_t>(hosts));
  utilisation_.resize(hosts);
  for (std::size_t k = 0; k < kHeads; ++k) {
    if (heads_[k].host.size() > 0) of_hosts_[k].resize(hosts, kWidth);
  }
}

void ImitationForward::see(const ViewRows& rows) {
  hosts_ = rows.hosts.rows();
  grow(hosts_);
  host_rows_.topRows(hosts_) = rows.hosts;
  row_of_.assign(rows.row_of.begin(), rows.row_of.end());
  counts_.assign(rows.counts.begin(), rows.counts.end());
  log_counts_.resize(counts_.size());
  std::ranges::transform(counts_, log_counts_.begin(), [](float n) { return std::log(n); });

  cluster_in_.head(kClusterColumns) = rows.cluster.row(0);
  const Eigen::Index requests = rows.requests.rows();
  auto of_requests = cluster_in_.tail(kWidth);
  of_requests.setZero();
  if (requests > 0) {
    if (requests > requests_hidden_.rows()) requests_hidden_.resize(requests, kWidth);
    set_affine(rows.requests, requests, request_.weight, request_.bias, requests_hidden_);
    of_requests = requests_hidden_.topRows(requests).cwiseMax(0.0f).colwise().mean();
  }
  set_product(cluster_in_, cluster_.weight, cluster_state_);
  cluster_state_ = (cluster_state_ + cluster_.bias).array().tanh();
  set_product(cluster_state_, host_cluster_, from_view_);
  from_view_ += host_.bias;

  set_affine(host_rows_, hosts_, host_.weight, from_view_, a_);
  auto x = a_.topRows(hosts_);
  x = x.array().tanh();
  if (shape_.attention) attend();

  set_affine(a_, hosts_, inner_.weight, inner_.bias, b_);
  auto inner = b_.topRows(hosts_);
  inner = inner.cwiseMax(0.0f);
  set_affine(b_, hosts_, outer_.weight, outer_.bias, z_);
  auto z = z_.topRows(hosts_);
  z += x;

  view_state_.head(kWidth) = cluster_state_;
  view_state_.tail(kWidth).setZero();
  if (!counts_.empty()) {
    const Eigen::Map<const Row> counts(counts_.data(), hosts_);
    view_state_.tail(kWidth).noalias() = counts * z;
    view_state_.tail(kWidth) /= counts.sum();
  } else if (hosts_ > 0) {
    view_state_.tail(kWidth) = z.colwise().mean();
  }
  for (std::size_t k = 0; k < kHeads; ++k) {
    set_product(view_state_, heads_[k].view, of_view_[k]);
    of_view_[k] += heads_[k].answer.bias;
    if (heads_[k].host.size() > 0) set_product(z_, hosts_, heads_[k].host, of_hosts_[k]);
  }
}

// Adds to x what each host sees of the others. A row that stands for n hosts counts as n equal
// ones: n exp(s) = exp(s + log n).
void ImitationForward::attend() {
  set_product(a_, hosts_, query_, b_);
  set_product(a_, hosts_, key_, c_);
  set_product(a_, hosts_, value_, d_);
  const auto rows = static_cast<std::size_t>(hosts_);
  const float* bias = !counts_.empty() ? log_counts_.data() : nullptr;
  for (std::size_t head = 0; head < kAttentionHeads; ++head) {
    const std::size_t first = head * kAttentionWidth;
    attention_.attend(b_.data() + first, c_.data() + first, d_.data() + first, bias, rows, kWidth,
                      z_.data() + first);
  }
  add_product(z_.data(), rows, kAffineWidth, attention_out_.data(), a_.data());
}

std::span<const float> ImitationForward::logits(const Question& question) {
  const auto k = static_cast<std::size_t>(question.head);
  const AnswerHead& head = heads_[k];
  const Eigen::Index count = question.answers.rows();
  if (count > hidden_.rows()) {
    hidden_.resize(count, kWidth);
    logits_.resize(count);
  }
  set_affine(question.answers, count, head.answer.weight, of_view_[k], hidden_);
  auto hidden = hidden_.topRows(count);
  if (head.host.size() > 0) {
    for (Eigen::Index i = 0; i < count; ++i) {
      const auto host = question.hosts[static_cast<std::size_t>(i)];
      if (host) hidden.row(i) += of_hosts_[k].row(row_of(*host));
    }
  }
  auto logits = logits_.head(count);
  hidden = hidden.cwiseMax(0.0f);
  logits.noalias() = hidden * head.out;
  logits.noalias() += question.answers * head.skip;
  return {logits_.data(), static_cast<std::size_t>(count)};
}

std::size_t ImitationForward::best_answer(const Question& question) {
  const std::span<const float> values = logits(question);
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

std::span<const float> ImitationForward::next_utilisation() {
  set_affine(z_, hosts_, next_.weight, next_.bias, a_);
  auto hidden = a_.topRows(hosts_);
  hidden = hidden.cwiseMax(0.0f);
  auto next = utilisation_.head(hosts_);
  next.noalias() = hidden * next_out_;
  next.noalias() += host_rows_.topRows(hosts_) * next_skip_;
  next = (1.0f + (-(next.array() + next_bias_)).exp()).inverse();
  if (row_of_.empty()) return {utilisation_.data(), static_cast<std::size_t>(hosts_)};
  of_each_host_.resize(row_of_.size());
  for (std::size_t i = 0; i < row_of_.size(); ++i) of_each_host_[i] = utilisation_[row_of_[i]];
  return of_each_host_;
}

}  // namespace scinet
