#!/bin/sh
# faults.sh PROGRAM: while one worker is killed and another is frozen, no request is lost, answered
# twice or answered wrongly, and nothing that was started is left behind.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$program" run --minutes 0.75 --policy least-loaded --kill 4@12 --freeze 5@20+8 \
  --out "$out/results" -o json > "$out/run.json"

python3 - "$out/run.json" "$out/results/hosts.csv" "$out/results/clients.csv" <<'CHECK'
import csv, json, sys

run = json.load(open(sys.argv[1]))
hosts = list(csv.DictReader(open(sys.argv[2])))
clients = list(csv.DictReader(open(sys.argv[3])))

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
print(f"{run['completed']} answered, {run['retried']} of them begun again after a failure")
CHECK
