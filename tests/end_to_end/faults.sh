#!/bin/sh
# faults.sh PROGRAM: while one worker is killed and another is frozen, no request is lost, answered
# twice or answered wrongly, and nothing that was started is left behind.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$program" run --minutes 0.75 --policy least-loaded --kill 4@12 --freeze 5@20+8 \
  --out "$out/results" -o json > "$out/run.json"

python3 - "$out/run.json" "$out/results" <<'CHECK'
import csv, json, sys

run = json.load(open(sys.argv[1]))
table = lambda name: list(csv.DictReader(open(f"{sys.argv[2]}/{name}.csv")))
hosts, clients, workloads = table("hosts"), table("clients"), table("workloads")
tasks, events, probes = table("tasks"), table("events"), table("machine")

def expect(holds, what):
    if not holds:
        sys.exit(f"expected that {what}; got {json.dumps(run, indent=2)[:1500]}")

expect(run["workloads"] >= 60, "enough requests were sent")
expect(run["completed"] == run["workloads"], "every request was answered")
for count in ("lost", "duplicated", "wrong_answers", "violations"):
    expect(run[count] == 0, f"{count} is 0")
failed = {row["host"] for row in hosts if row["state"] == "failed"}
expect({"4", "5"} <= failed, f"hosts 4 and 5 were seen as failed, not {sorted(failed)}")
expect(any(row["host"] == "5" and row["state"] == "on" and float(row["start_s"]) > 30 for row in hosts),
       "host 5 came back when it was thawed")
expect(len({row["application"] for row in clients}) >= 4, "at least four applications were served")
expect(all(row["same_as_direct"] == "1" for row in clients), "every answer was compared")
happened = [(row["host"], row["state"] or row["fault"]) for row in events]
for wanted in (("4", "crash"), ("4", "failed"), ("5", "frozen"), ("5", "failed"), ("5", "on")):
    expect(wanted in happened, f"events.csv tells that host {wanted[0]} was {wanted[1]}, not only {happened}")
placed = sum(len(row["hosts"].split(";")) for row in workloads)
expect(len(tasks) == placed, f"tasks.csv tells of {placed} tasks, not {len(tasks)}")
finish = {row["workload"]: float(row["finish_s"]) for row in workloads}
for row in tasks:
    moments = [float(row[key]) for key in ("queued_s", "start_s", "finish_s")]
    expect(sorted(moments) == moments and moments[-1] <= finish[row["workload"]],
           f"the moments of a task are in order: {row}")
    expect(float(row["cpu_core_s"]) > 0, f"a task uses CPU time: {row}")
expect(len(probes) >= 20, f"the machine was probed about once a second, not {len(probes)} times")
expect(all(float(row["cpu_s"]) > 0 for row in probes), "each probe took CPU time")
print(f"{run['completed']} answered, {run['retried']} of them begun again after a failure")
CHECK

# What the run measured is of use to the next: workers stay as large, all else is as fitted.
"$program" calibrate "$out/results" --replays 2 --out "$out/fitted" > "$out/calibrated.txt"
"$program" run --minutes 0.1 --policy least-loaded --quiet --out "$out/again" \
  --catalogue "$out/fitted/hosts.yaml" "$out/fitted/applications.yaml" > "$out/again.txt"
python3 - "$out/results/cluster.json" "$out/again/cluster.json" <<'CHECK'
import json, sys

before, after = (json.load(open(path))["catalogue"] for path in sys.argv[1:])
for old, new in zip(before["host_types"], after["host_types"]):
    same = ("name", "cores", "speed_mips", "memory_mib")
    if any(old[key] != new[key] for key in same):
        sys.exit(f"workers of another size: {new}, expected {old}")
    if not new["source"].startswith("calibrated to results"):
        sys.exit(f"a host type is not as fitted: {new}")
sources = [strategy["work_source"] for application in after["applications"] for strategy in application["strategies"]]
if not any(source.startswith("calibrated to results") for source in sources):
    sys.exit(f"no work is as fitted: {sources}")
CHECK
code=0
"$program" run --minutes 0.1 --quiet --out "$out/other" --catalogue catalog/applications/training-local.yaml \
  2> "$out/stderr" || code=$?
[ "$code" = 2 ] || { echo "exit code $code for a catalogue of other strategies"; exit 1; }
grep -q -- "--catalogue has other strategies" "$out/stderr" || { cat "$out/stderr"; exit 1; }
