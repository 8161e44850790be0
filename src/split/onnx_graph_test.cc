#include "split/onnx_graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "split/made_models.h"

namespace scinet {
namespace {

OnnxGraph read(const ModelMaker& maker) {
  Result<OnnxGraph> graph = OnnxGraph::parse(maker.bytes(), "m.onnx");
  EXPECT_TRUE(graph.ok()) << graph.error().message;
  return std::move(graph).value();
}

const GraphValue& value_of(const OnnxGraph& graph, const std::string& name) {
  return *std::ranges::find(graph.values(), name, &GraphValue::name);
}

std::vector<std::string> operations(const OnnxGraph& graph) {
  std::vector<std::string> names;
  for (const std::size_t step : graph.steps()) names.push_back(graph.nodes()[step].operation);
  return names;
}

TEST(OnnxGraph, KnowsWhoMakesAndReadsWhat) {
  ModelMaker maker;
  const std::string made = maker.relu(maker.conv(maker.input("image", {0, 3, 8, 8}), 3, 4));
  maker.output(made, {0, 4, 8, 8});
  const OnnxGraph graph = read(maker);
  EXPECT_EQ(operations(graph), (std::vector<std::string>{"Conv", "Relu"}));
  EXPECT_TRUE(value_of(graph, "image").is_input);
  EXPECT_EQ(value_of(graph, "image").last_use, std::optional<std::size_t>(0));
  EXPECT_TRUE(value_of(graph, made).is_output);
  EXPECT_EQ(value_of(graph, made).producer, std::optional<std::size_t>(1));
}

TEST(OnnxGraph, PutsNodesInAnOrderThatRuns) {
  ModelMaker maker;
  const std::string made = maker.relu(maker.conv(maker.input("image", {0, 3, 8, 8}), 3, 4));
  maker.output(made, {0, 4, 8, 8});
  maker.graph().mutable_node()->SwapElements(0, 1);
  EXPECT_EQ(operations(read(maker)), (std::vector<std::string>{"Conv", "Relu"}));
}

TEST(OnnxGraph, LeavesOutWhatNeedsNoRequestAndWhatNobodyNeeds) {
  ModelMaker maker;
  const std::string row = maker.input("row", {0, 4});
  const std::string constant = maker.node("Tanh", {maker.weights({4})});
  const std::string noise = maker.node("RandomNormal", {});
  maker.set_integers("shape", {4});
  maker.node("Exp", {row});  // of no use
  const std::string sum = maker.node("Add", {maker.node("Add", {row, constant}), noise});
  maker.output(sum, {0, 4});
  const OnnxGraph graph = read(maker);
  EXPECT_EQ(operations(graph), (std::vector<std::string>{"RandomNormal", "Add", "Add"}));
  EXPECT_TRUE(value_of(graph, constant).is_constant);
  EXPECT_FALSE(value_of(graph, noise).is_constant);
}

TEST(OnnxGraph, CountsWhatInnerGraphsReadOfOuterOnes) {
  const OnnxGraph graph = read(choosing_model());
  const auto choice = std::ranges::find(graph.nodes(), "If", &GraphNode::operation);
  ASSERT_NE(choice, graph.nodes().end());
  EXPECT_EQ(choice->inputs.size(), 3u);  // the condition, and two values from long before
  const GraphValue& early = graph.values()[graph.nodes()[0].outputs[0]];
  EXPECT_EQ(early.last_use, static_cast<std::size_t>(choice - graph.nodes().begin()));
}

}  // namespace
}  // namespace scinet
