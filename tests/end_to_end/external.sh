#!/bin/sh
# external.sh PROGRAM: policies as processes: the example in Python, a policy of the program served
# to itself, and programs that misbehave.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

expect_exit() {  # CODE COMMAND...
  wanted=$1; shift
  code=0
  "$@" > "$out/stdout" 2> "$out/stderr" || code=$?
  [ "$code" = "$wanted" ] || { echo "exit code $code, expected $wanted: $*"; cat "$out/stdout" "$out/stderr"; exit 1; }
}
expect_error() {  # WORDS COMMAND...
  words=$1; shift
  expect_exit 2 "$@"
  grep -q -- "$words" "$out/stderr" || { echo "'$words' is not said: $*"; cat "$out/stderr"; exit 1; }
}

# The example is sound, repeats itself, needs no fallback, and beats a random decision.
expect_exit 0 "$program" policy serve-external --horizon '100 s' -o json -- python3 examples/joint_policy.py
python3 - "$out/stdout" <<'CHECK'
import json, sys

check = json.load(open(sys.argv[1]))
if check["faulty"] or check["faults"] or not check["repeats"] or check["decisions"] < 100:
    sys.exit(f"the example is not good: {check}")
if not check["decision_us"]["p50"] > 0:
    sys.exit("an answer takes time")
CHECK
expect_exit 0 "$program" simulate --scenario scinet-2023 --policy random -o json
mv "$out/stdout" "$out/random.json"
expect_exit 0 "$program" simulate --scenario scinet-2023 \
  --external 'joint=exec python3 examples/joint_policy.py' --policy joint -o json
python3 - "$out/stdout" "$out/random.json" <<'CHECK'
import json, sys

joint, random = (json.load(open(path)) for path in sys.argv[1:])
if joint["policy"] != "joint" or joint["fallbacks"] or joint["violations"]:
    sys.exit(f"the example fell back: {joint}")
if joint["qos"] <= random["qos"]:
    sys.exit("the example is no better than random")
CHECK

# A policy of this program decides the same in another process.
for policy in cosim random; do
  expect_exit 0 "$program" simulate --scenario failures --horizon '200 s' --policy $policy --out "$out/here"
  expect_exit 0 "$program" simulate --scenario failures --horizon '200 s' --out "$out/there" \
    --external "served=exec $program policy serve --policy $policy" --policy served
  sed -i "s/\"policy\":\"served\"/\"policy\":\"$policy\"/" "$out/there/decisions.jsonl"
  for file in decisions.jsonl workloads.csv tasks.csv hosts.csv intervals.csv; do
    cmp "$out/here/$file" "$out/there/$file" || { echo "$policy decides otherwise as a process"; exit 1; }
  done
done

# It takes part in comparisons; a changed program is another one, an unchanged one is not run again.
cp examples/joint_policy.py "$out/mine.py"
compare() {
  expect_exit 0 "$program" compare --scenario scinet-2023 --horizon '50 s' --seeds 2 --quiet \
    --external "mine=python3 $out/mine.py" --policies mine,random --out "$out/compared" -o json
}
compare
python3 -c 'import json, sys; p = json.load(open(sys.argv[1]))["scenarios"][0]["policies"]; sys.exit({x["name"] for x in p} != {"mine", "random"})' \
  "$out/stdout" || { echo "the process is not in the comparison"; exit 1; }
runs="$out/compared/runs/scinet-2023"
touch -d '2000-01-01' "$runs"/*/1.json
compare
[ -z "$(find "$runs" -name 1.json -newermt 2001-01-01)" ] || { echo "finished runs were repeated"; exit 1; }
echo '# changed' >> "$out/mine.py"
compare
[ "$(find "$runs" -name 1.json -newermt 2001-01-01)" = "$runs/mine/1.json" ] ||
  { echo "a changed program was not run again, or others were"; exit 1; }

# One that never answers costs a fallback for each decision, and ends with the run.
expect_exit 0 "$program" simulate --scenario scinet-2023 --horizon '20 s' --answer-within '20 ms' -o json \
  --external "mute=echo '{\"hello\": {\"protocol\": 1}}'; exec sleep 4321.$$" --policy mute --out "$out/mute"
python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); sys.exit(not 0 < s["fallbacks"] == s["decisions"])' \
  "$out/stdout" || { echo "fallbacks are not counted"; exit 1; }
grep -q "did not answer within 0.02 s" "$out/mute/decisions.jsonl" || { echo "no reason in the journal"; exit 1; }
if pgrep -f "sleep 4321.$$" > /dev/null; then echo "a process was left behind"; exit 1; fi

# What is wrong from the start.
expect_error "ended with exit code" "$program" simulate --scenario scinet-2023 \
  --external 'mine=python3 /nowhere/mine.py' --policy mine
expect_error "NAME=COMMAND" "$program" simulate --scenario scinet-2023 --external mine --policy mine
expect_error "choose another" "$program" simulate --scenario scinet-2023 --external cosim=cat --policy cosim
expect_error "answer-within" "$program" simulate --scenario scinet-2023 --external mine=cat \
  --answer-within 3 --policy mine
expect_exit 2 "$program" policy
expect_exit 2 "$program" policy serve-external
expect_error "cannot start" "$program" policy serve-external -- /nowhere/program
expect_exit 1 "$program" policy serve-external --scenario scinet-2023 --horizon '10 s' -- \
  sh -c 'echo "{\"hello\": {\"protocol\": 1}}"; while read -r line; do echo "{}"; done'
echo nonsense > "$out/input"
code=0
"$program" policy serve --policy cosim < "$out/input" 2> "$out/stderr" || code=$?
[ "$code" = 2 ] && grep -q "standard input:1" "$out/stderr" || { echo "served nonsense"; exit 1; }

echo "processes decide as policies do"
