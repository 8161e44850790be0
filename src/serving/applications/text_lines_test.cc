#include "serving/applications/text_lines.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>

namespace scinet {
namespace {

std::vector<TextLine> two_lines() {
  std::vector<TextLine> lines(2);
  lines[0].box = {cv::Point(1, 2), {300, -4}, {299, 50}, {0, 51}};
  lines[0].image = cv::Mat(kLineHeight, 3, CV_8UC3, cv::Scalar(1, 2, 3));
  lines[1].box = {cv::Point(70'000, 0), {0, 0}, {0, 0}, {0, 0}};
  lines[1].image = cv::Mat(kLineHeight, kMaxLineWidth, CV_8UC3, cv::Scalar(255, 0, 128));
  return lines;
}

TEST(TextLines, ComeBackFromTheirMessage) {
  const std::vector<TextLine> lines = two_lines();
  const Result<std::vector<TextLine>> back = from_message(to_message(lines));
  ASSERT_TRUE(back.ok()) << back.error().message;
  ASSERT_EQ(back.value().size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back.value()[i].box, lines[i].box);
    EXPECT_EQ(back.value()[i].image.size(), lines[i].image.size());
    EXPECT_EQ(cv::norm(back.value()[i].image, lines[i].image, cv::NORM_INF), 0.0);
  }
  const Result<std::vector<TextLine>> none = from_message(to_message({}));
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none.value().empty());
}

TEST(TextLines, AreRefusedWhenTheMessageIsNotWhole) {
  std::vector<TextLine> lines = two_lines();
  lines.pop_back();
  const std::string message = to_message(lines);
  for (std::size_t length = 0; length < message.size(); ++length) {
    EXPECT_FALSE(from_message(std::string_view(message).substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(from_message(message + "x").ok());
  EXPECT_EQ(from_message("{}").error().message,
            "the input is not what the fragment 'detect' of ocr gives; send that, unchanged");
}

TEST(TextLines, AreRefusedWhenTheyClaimMoreThanTheBounds) {
  const std::size_t count_at = to_message({}).size() - 4;
  std::string many = to_message({});
  many[count_at + 3] = '\x7f';  // two thousand million lines
  EXPECT_FALSE(from_message(many).ok());
  many[count_at + 3] = '\xff';  // fewer than none
  EXPECT_FALSE(from_message(many).ok());

  std::vector<TextLine> lines = two_lines();
  std::string wide = to_message({lines[1]});
  wide[count_at + 4 + 32 + 1] = '\x70';  // the second byte of the width
  EXPECT_FALSE(from_message(wide).ok());

  lines.assign(kMaxTotalWidth / kMaxLineWidth, lines[1]);
  EXPECT_TRUE(from_message(to_message(lines)).ok());
  lines.push_back(lines[0]);
  EXPECT_FALSE(from_message(to_message(lines)).ok());
}

TextLine at(int left, int top, int height) {
  TextLine line;
  line.box = {
      cv::Point(left, top), {left + 50, top}, {left + 50, top + height}, {left, top + height}};
  return line;
}

TEST(TextLines, StandInOneRowWhenTheirMiddlesAreClose) {
  EXPECT_TRUE(same_row(at(0, 100, 20), at(60, 100, 20)));
  EXPECT_TRUE(same_row(at(0, 100, 20), at(60, 109, 20)));  // 9 apart, half of 20 is 10
  EXPECT_FALSE(same_row(at(0, 100, 20), at(60, 110, 20)));
  EXPECT_FALSE(same_row(at(0, 100, 20), at(0, 125, 20)));
  EXPECT_FALSE(same_row(at(0, 100, 60), at(60, 100, 10)));  // a small line beside a large one's top
}

}  // namespace
}  // namespace scinet
