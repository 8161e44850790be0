#!/bin/sh
# verbs.sh PROGRAM: what scripts rely on: exit codes, and one JSON object with the promised keys.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

expect_exit() {  # CODE COMMAND...
  wanted=$1; shift
  code=0
  "$@" > "$out/stdout" 2> "$out/stderr" || code=$?
  [ "$code" = "$wanted" ] || { echo "exit code $code, expected $wanted: $*"; cat "$out/stderr"; exit 1; }
}

expect_exit 0 "$program" --help
for verb in run simulate policies validate worker train-app calibrate bench; do expect_exit 0 "$program" "$verb" --help; done
expect_exit 2 "$program" nonsense
expect_exit 2 "$program" simulate
expect_exit 2 "$program" simulate --scenario nowhere
expect_exit 2 "$program" simulate --scenario local-6 --policy nobody
grep -q "cosim" "$out/stderr" || { echo "the known policies are not named"; exit 1; }
expect_exit 2 "$program" run --kill 99@5 --out "$out/x"
expect_exit 2 "$program" run --freeze 3@ --out "$out/x"
printf 'name: broken\nhosts: 5\n' > "$out/broken.yaml"
expect_exit 2 "$program" validate "$out/broken.yaml"
grep -q "broken.yaml:" "$out/stderr" || { echo "the file and line are not named"; exit 1; }

expect_exit 0 "$program" simulate --scenario scinet-2023 --policy cosim --seed 3 --kill 3@120 \
  --out "$out/results" -o json
python3 - "$out/stdout" "$out/results/summary.json" "$out/results" <<'CHECK'
import csv, json, sys

printed, written = (json.load(open(path)) for path in sys.argv[1:3])
keys = """workloads completed lost duplicated energy_j cost_usd response_s slo_violation_ratio accuracy
          qos decision_us violations""".split()
missing = [key for key in keys if key not in printed]
missing += [f"response_s.{key}" for key in ("mean", "p50", "p95", "p99") if key not in printed["response_s"]]
missing += [f"decision_us.{key}" for key in ("p50", "p95") if key not in printed["decision_us"]]
if missing:
    sys.exit(f"missing keys: {missing}")
if printed != written:
    sys.exit("summary.json is not what was printed")
rows = lambda name: list(csv.DictReader(open(f"{sys.argv[3]}/{name}")))
placed = sum(len(row["hosts"].split(";")) for row in rows("workloads.csv") if row["hosts"])
tasks = rows("tasks.csv")
if not 0 < len(tasks) == placed:
    sys.exit(f"tasks.csv has {len(tasks)} lines, expected one for each of {placed} placed tasks")
cluster = json.load(open(f"{sys.argv[3]}/cluster.json"))
hosts = {row["host"] for row in rows("hosts.csv")}
if cluster["scenario"] != "scinet-2023" or len(cluster["hosts"]) != len(hosts):
    sys.exit("cluster.json is not the cluster of hosts.csv")
if [(row["time_s"], row["host"], row["fault"]) for row in rows("events.csv")] != [("120", "3", "crash")]:
    sys.exit("events.csv does not tell of the host that was killed")
if not printed["decision_us"]["p50"] > 0:
    sys.exit("decisions take time")
CHECK

# A recorded run replays as it was, and calibrates a catalogue that loads.
expect_exit 0 "$program" simulate --replay "$out/results" --replays 1 -o json
python3 - "$out/stdout" <<'CHECK'
import json, sys

replay = json.load(open(sys.argv[1]))
response = replay["response_s"]
if response["samples"] == 0 or abs(response["predicted"] - response["observed"]) > 1e-9:
    sys.exit(f"a simulation does not replay as it was: {response}")
CHECK
expect_exit 0 "$program" calibrate "$out/results" --replays 3 --out "$out/fitted" -o json
python3 - "$out/stdout" <<'CHECK'
import json, sys

quantities = json.load(open(sys.argv[1]))["quantities"]
if "response_mean_s" not in {errors["quantity"] for errors in quantities}:
    sys.exit("the mean response has no errors")
for errors in quantities:
    missing = {"error_before", "error_after", "held_out_error"} - set(errors)
    if missing:
        sys.exit(f"{errors} lacks {missing}")
CHECK
expect_exit 0 "$program" validate "$out/fitted/hosts.yaml" "$out/fitted/applications.yaml"
expect_exit 2 "$program" calibrate "$out/nowhere"
expect_exit 2 "$program" simulate --replay "$out/nowhere"

echo "verbs answer as scripts expect"
