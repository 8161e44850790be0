#!/bin/sh
# compare.sh PROGRAM: a comparison that is killed goes on where it was and ends with the same bytes,
# but for decision times; and bad input ends before anything runs.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

compare() {  # DIR OPTIONS...
  dir=$1; shift
  "$program" compare --scenario scinet-2023,burst@arrival --policies random,cosim --seeds 3 \
    --horizon '100 s' --out "$dir" "$@"
}

compare "$out/whole" -o json > "$out/printed" 2> "$out/progress"
cmp "$out/printed" "$out/whole/comparison.json"
grep -q '12 of 12 runs' "$out/progress" || { echo "no progress"; cat "$out/progress"; exit 1; }
grep -q '<html' "$out/whole/report.html"

# As after a kill: two runs are missing, and of one there is only a part.
cp -r "$out/whole" "$out/resumed"
rm "$out/resumed"/comparison.* "$out/resumed"/runs/scinet-2023/*/2.json
head -c 300 "$out/whole/runs/burst@arrival/cosim/3.json" > "$out/resumed/runs/burst@arrival/cosim/3.json"
compare "$out/resumed" > "$out/table" 2> "$out/progress"
grep -q '12 of 12 runs, 9 of them from before' "$out/progress" ||
  { echo "finished runs were repeated"; cat "$out/progress"; exit 1; }
grep -q 'vs cosim' "$out/table" || { echo "no table"; cat "$out/table"; exit 1; }

# One thread and two do the same.
compare "$out/alone" --jobs 1 --quiet > "$out/table" 2> "$out/progress"
[ ! -s "$out/progress" ] || { echo "--quiet is not"; exit 1; }

python3 - "$out/whole" "$out/resumed" "$out/alone" <<'CHECK'
import json, sys

def document(directory):
    whole = json.load(open(f"{directory}/comparison.json"))
    del whole["command"]  # it names the directory
    for scenario in whole["scenarios"]:
        for policy in scenario["policies"]:
            if not policy["decision_us"]["p50"] > 0:
                sys.exit("decisions take time")
            del policy["decision_us"]
    return whole

def table(directory):
    return [line for line in open(f"{directory}/comparison.csv") if ",decision_us_" not in line]

first = sys.argv[1]
for other in sys.argv[2:]:
    if document(first) != document(other):
        sys.exit(f"{first}/comparison.json and {other}/comparison.json differ")
    if table(first) != table(other):
        sys.exit(f"{first}/comparison.csv and {other}/comparison.csv differ")

comparison = document(first)
names = [scenario["name"] for scenario in comparison["scenarios"]]
if names != ["scinet-2023", "burst@arrival"] or comparison["reference"] != "cosim":
    sys.exit(f"unexpected: {names}, {comparison['reference']}")
if [scenario["cadence"] for scenario in comparison["scenarios"]] != ["interval", "arrival"]:
    sys.exit("a cadence behind the name has no effect")
random, cosim = comparison["scenarios"][0]["policies"]
if random["runs"] != 3 or "vs" in cosim["metrics"]["qos"]:
    sys.exit("unexpected runs or reference")
versus = random["metrics"]["qos"]["vs"]
if abs(versus["diff"] - (random["metrics"]["qos"]["mean"] - cosim["metrics"]["qos"]["mean"])) > 1e-12:
    sys.exit(f"the difference is not that of the means: {versus}")
if not versus["ci_low"] <= versus["diff"] <= versus["ci_high"]:
    sys.exit(f"the difference lies outside of its interval: {versus}")
CHECK

# Ctrl-C: it ends in order, and the same command goes on.
"$program" compare --scenario scinet-2023-10x --policies cosim,least-loaded --seeds 200 --jobs 1 \
  --out "$out/stopped" > "$out/stdout" 2> "$out/stderr" &
run=$!
for _ in $(seq 300); do
  [ -e "$out/stopped/runs/scinet-2023-10x/cosim/1.json" ] && break
  sleep 0.1
done
kill -INT "$run"
code=0
wait "$run" || code=$?
[ "$code" = 1 ] || { echo "exit code $code after Ctrl-C, expected 1"; cat "$out/stderr"; exit 1; }
grep -q 'the same command goes on' "$out/stderr" || { cat "$out/stderr"; exit 1; }
[ ! -e "$out/stopped/comparison.json" ] || { echo "a comparison was written"; exit 1; }
[ -z "$(find "$out/stopped" -name '*.partial')" ] || { echo "half a file was left"; exit 1; }

refuse() {  # WHAT THE MESSAGE SAYS, OPTIONS...
  message=$1; shift
  code=0
  "$program" compare --out "$out/refused" "$@" > "$out/stdout" 2> "$out/stderr" || code=$?
  [ "$code" = 2 ] || { echo "exit code $code for $*, expected 2"; cat "$out/stderr"; exit 1; }
  grep -q -- "$message" "$out/stderr" || { echo "$* says:"; cat "$out/stderr"; exit 1; }
  [ ! -e "$out/refused" ] || { echo "$* began to run"; exit 1; }
}
refuse 'scenario' --policies cosim
refuse "there is no scenario 'nowhere'" --scenario nowhere --policies cosim
refuse 'write @interval or @arrival' --scenario burst@noon --policies cosim
refuse 'give each once' --scenario burst,burst --policies cosim
refuse 'nobody' --scenario scinet-2023 --policies cosim,nobody
refuse 'is not compared' --scenario scinet-2023 --policies cosim --reference random
refuse 'horizon' --scenario scinet-2023 --policies cosim --horizon '1 s'
refuse 'seeds' --scenario scinet-2023 --policies cosim --seeds 0

echo "a comparison resumes, repeats itself and refuses what is wrong"
