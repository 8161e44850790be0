#include "base/yaml.h"

#include <gtest/gtest.h>

#include "base/yaml_fields.h"

namespace scinet {
namespace {

enum class Colour { kRed, kGreen };
constexpr Choice<Colour> kColours[] = {{"red", Colour::kRed}, {"green", Colour::kGreen}};

struct Lamp {
  std::string name;
  Watts power;
  Colour colour = Colour::kRed;
};

void read_lamp(YamlFields& fields, Lamp& lamp) {
  fields.required("name", lamp.name);
  fields.required("power", lamp.power, Range::above(0));
  fields.optional("colour", lamp.colour, kColours);
}

struct House {
  int floors = 1;
  bool occupied = false;
  std::optional<double> share;
  std::vector<Seconds> delays;
  std::vector<Lamp> lamps;

  void visit_fields(YamlFields& fields) {
    fields.required("floors", floors, Range::between(1, 9));
    fields.optional("occupied", occupied);
    fields.optional("share", share, Range::between(0, 1));
    fields.optional("delays", delays);
    fields.optional("lamps", lamps, read_lamp);
  }
};

Result<House> read_house(std::string_view text) {
  const Result<YamlDocument> document = parse_yaml(text, "house.yaml");
  if (!document) return document.error();
  return read_yaml<House>(document.value());
}

std::string problem_of(std::string_view text) {
  const Result<House> house = read_house(text);
  return house ? "none" : house.error().message;
}

TEST(Yaml, ReadsAStructFieldByField) {
  const Result<House> house = read_house(R"(
floors: 2
occupied: true
share: 0.5
delays: [5 s, 250 ms]
lamps:
  - {name: hall, power: 40 W}
  - {name: porch, power: 1 kW, colour: green}
)");
  ASSERT_TRUE(house) << house.error().message;
  EXPECT_EQ(house.value().floors, 2);
  EXPECT_TRUE(house.value().occupied);
  EXPECT_EQ(house.value().share, 0.5);
  EXPECT_EQ(house.value().delays, (std::vector<Seconds>{Seconds(5), Seconds(0.25)}));
  ASSERT_EQ(house.value().lamps.size(), 2u);
  EXPECT_EQ(house.value().lamps[0].colour, Colour::kRed);
  EXPECT_EQ(house.value().lamps[1].power, Watts(1000));
  EXPECT_EQ(house.value().lamps[1].colour, Colour::kGreen);
}

TEST(Yaml, KeepsDefaultsForWhatIsNotMentioned) {
  const Result<House> house = read_house("floors: 1");
  ASSERT_TRUE(house) << house.error().message;
  EXPECT_FALSE(house.value().occupied);
  EXPECT_EQ(house.value().share, std::nullopt);
  EXPECT_TRUE(house.value().lamps.empty());
}

TEST(Yaml, NamesFileLineAndPath) {
  EXPECT_EQ(
      problem_of("floors: 1\nlamps:\n  - name: hall\n    power: 40\n"),
      "house.yaml:4: lamps[0].power: found '40', expected a quantity with a unit, e.g. 300 W");
  EXPECT_EQ(problem_of("floors: 1\ndelays: [1 s,\n  2 m]"),
            "house.yaml:3: delays[1]: found '2 m', expected a quantity in s, ms, us, min, h, d, "
            "e.g. 5 s");
  EXPECT_EQ(problem_of("floors: 12"),
            "house.yaml:1: floors: found '12', expected at least 1 and at most 9");
  EXPECT_EQ(problem_of("floors: 1\nlamps: [{name: a, power: 1 W, colour: blue}]"),
            "house.yaml:2: lamps[0].colour: found 'blue', expected one of red, green");
  EXPECT_EQ(problem_of("floors: 1\noccupied: yes"),
            "house.yaml:2: occupied: found 'yes', expected true or false");
}

TEST(Yaml, AMisspeltKeyExplainsAMissingOne) {
  EXPECT_EQ(
      problem_of("flors: 1"),
      "house.yaml:1: unknown key 'flors'; known keys: floors, occupied, share, delays, lamps");
  EXPECT_EQ(problem_of("occupied: true"),
            "house.yaml:1: key 'floors' is missing, expected a whole number");
}

TEST(Yaml, ReportsTheFirstProblemOnly) {
  EXPECT_EQ(problem_of("floors: one\nshare: 3\n"),
            "house.yaml:1: floors: found 'one', expected a whole number");
}

TEST(Yaml, WantsAMapOfKeys) {
  for (const char* text : {"", "# only a comment", "~", "null"}) {
    EXPECT_EQ(problem_of(text), "house.yaml:1: found nothing, expected a map of keys and values")
        << text;
  }
  EXPECT_EQ(problem_of("- floors"),
            "house.yaml:1: found a list, expected a map of keys and values");
}

TEST(Yaml, AQuotedWordIsAWord) {
  const auto house = read_house("{floors: '3', lamps: [{name: \"null\", power: '4 W'}]}");
  ASSERT_TRUE(house) << house.error().message;
  EXPECT_EQ(house.value().floors, 3);
  EXPECT_EQ(house.value().lamps[0].name, "null");
}

// Ten levels of nine aliases each would be 3.5 billion values.
TEST(Yaml, RefusesAnAliasBomb) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int level = 1; level < 10; ++level) {
    const std::string before = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + before;
    for (int i = 1; i < 9; ++i) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_EQ(problem_of(bomb), "house.yaml:1: anchors are not supported; write the value out");
}

TEST(Yaml, BoundsNestingAndSize) {
  const std::string deep = "floors: " + std::string(31, '[') + std::string(31, ']');
  EXPECT_EQ(problem_of(deep), "house.yaml:1: floors: found a list, expected a whole number");
  const std::string too_deep = "floors: " + std::string(32, '[') + std::string(32, ']');
  EXPECT_EQ(problem_of(too_deep), "house.yaml:1: nested deeper than 32 levels");
  EXPECT_EQ(problem_of("floors: 1 #" + std::string(1024 * 1024, 'x')),
            "house.yaml: larger than 1024 KiB, the most that is read of such a file");
}

}  // namespace
}  // namespace scinet
