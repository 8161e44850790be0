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
for verb in run simulate policies oracle exact decide random-view validate worker train-app calibrate bench split quantize adopt profile infer; do expect_exit 0 "$program" "$verb" --help; done
expect_exit 2 "$program" nonsense
expect_exit 2 "$program" simulate
expect_exit 2 "$program" simulate --scenario nowhere
expect_exit 2 "$program" simulate --scenario local-6 --policy nobody
grep -q "cosim" "$out/stderr" || { echo "the known policies are not named"; exit 1; }
expect_exit 2 "$program" simulate --scenario local-6 --policy cosim@5
grep -q "oracle, scinet-search" "$out/stderr" || { echo "the searches are not named"; exit 1; }
expect_exit 2 "$program" run --kill 99@5 --out "$out/x"
expect_exit 2 "$program" run --freeze 3@ --out "$out/x"
printf 'name: broken\nhosts: 5\n' > "$out/broken.yaml"
expect_exit 2 "$program" validate "$out/broken.yaml"
grep -q "broken.yaml:" "$out/stderr" || { echo "the file and line are not named"; exit 1; }

# An application as data, and the same with a model that is none.
expect_exit 0 "$program" validate catalog/models/fashion/application.yaml
cp -r catalog/models/digits "$out/digits"
printf 'no model' > "$out/digits/student.onnx"
expect_exit 2 "$program" validate "$out/digits/application.yaml"
grep -q "digits/student.onnx" "$out/stderr" || { echo "the model is not named"; exit 1; }

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

# A recorded run replays as it was, also where its policy decides anew, and another way under another
# policy.
for policy in "" "--policy cosim" "--policy least-loaded"; do
  expect_exit 0 "$program" simulate --replay "$out/results" --replays 1 $policy -o json
  python3 - "$out/stdout" "$policy" <<'CHECK'
import json, sys

replay = json.load(open(sys.argv[1]))
response = replay["response_s"]
is_same = abs(response["predicted"] - response["observed"]) <= 1e-9
if response["samples"] == 0 or is_same != ("least-loaded" not in sys.argv[2]):
    sys.exit(f"a simulation does not replay as it was with '{sys.argv[2]}': {response}")
CHECK
done
expect_exit 2 "$program" simulate --replay "$out/results" --policy nobody

# And it calibrates a catalogue that loads.
expect_exit 0 "$program" calibrate "$out/results" --replays 3 --deciding -o json
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

# A made-up situation holds what was asked for, and the same seed gives the same bytes.
set -- random-view --hosts 40 --workloads 3 --tasks 30 --seed 5
expect_exit 0 "$program" "$@" --out "$out/view.json"
expect_exit 0 "$program" "$@"
cmp "$out/stdout" "$out/view.json"
python3 - "$out/view.json" <<'CHECK'
import json, sys

view = json.load(open(sys.argv[1]))["view"]
states = {host["state"] for host in view["hosts"]}
new = [entry for entry in view["workloads"] if "strategy" not in entry]
tasks = [task for entry in view["workloads"] for task in entry["tasks"] if task["state"] != "done"]
if len(view["hosts"]) != 40 or not {"on", "off"} < states:
    sys.exit(f"{len(view['hosts'])} hosts, expected 40: {states}")
if len(new) != 3 or not all("host" in task for task in tasks):
    sys.exit(f"{len(new)} new workloads, expected 3 and no other task without a host")
if not 30 <= len(tasks) <= 34:
    sys.exit(f"{len(tasks)} tasks, expected 30 to 34")
if not any(0 < task["progress"] < 1 for task in tasks):
    sys.exit("no task is half done")
CHECK
for hosts in 300 1; do expect_exit 0 "$program" random-view --hosts $hosts --workloads $hosts --out "$out/other.json"; done
expect_exit 0 "$program" random-view --hosts 1 --workloads 0 --tasks 0 --out "$out/idle.json"
expect_exit 0 "$program" oracle --view "$out/other.json" --steps 10
expect_exit 0 "$program" exact --view "$out/other.json"
grep -q "the best plan" "$out/stdout" || { echo "exact shows no plan"; exit 1; }
for wrong in '--hosts 0' '--hosts 10001' '--hosts 1 --workloads 101' '--tasks -1'; do
  expect_exit 2 "$program" random-view $wrong
  grep -q "expected" "$out/stderr" || { echo "$wrong: what would have worked is not said"; exit 1; }
done

# One decision: its plan is sound, answers what is new, and is judged by the one QoS.
for policy in cosim oracle oracle@2; do
  expect_exit 0 "$program" decide --view "$out/view.json" --policy $policy --seed 2
  grep -q "Beside nothing changed" "$out/stdout" || { echo "decide does not say why"; exit 1; }
  expect_exit 0 "$program" decide --view "$out/view.json" --policy $policy --seed 2 -o json
  mv "$out/stdout" "$out/decision-$policy.json"
done
expect_exit 0 "$program" decide --view "$out/view.json" --policy cosim --seed 2 -o json
python3 - "$out" <<'CHECK'
import json, sys

load = lambda name: json.load(open(f"{sys.argv[1]}/{name}"))
view = load("view.json")["view"]
new = {entry["workload"]["id"] for entry in view["workloads"] if "strategy" not in entry}
decisions = {name: load(f"decision-{name}.json") for name in ("cosim", "oracle", "oracle@2")}
for name, decision in decisions.items():
    if list(decision) != ["policy", "plan", "terms", "qos", "why", "cpu_us", "violations"]:
        sys.exit(f"unexpected keys: {list(decision)}")
    if decision["policy"] != name or decision["violations"] or not decision["cpu_us"] > 0:
        sys.exit(f"unexpected: {decision}")
    answered = {entry["workload"] for part in ("deployments", "deferrals") for entry in decision["plan"][part]}
    if answered != new:
        sys.exit(f"{name} answers {answered}, expected {new}")
    loss = sum(view["weights"][term] * share for term, share in decision["terms"].items())
    if abs(decision["qos"] - (1 - loss)) > 1e-9:
        sys.exit(f"the terms of {name} do not make its QoS")
    cosim = decision["why"]["cosim"]
    if name == "cosim" and (cosim["qos"] != decision["qos"] or cosim["terms"] != decision["terms"]):
        sys.exit("cosim differs from itself")
again = load("stdout")
if {**again, "cpu_us": 0} != {**decisions["cosim"], "cpu_us": 0}:
    sys.exit("the same decision came out differently")
CHECK
cat > "$out/unsound.py" <<'POLICY'
import json, sys

plan = {"power": [{"host": 999, "on": True}], "deployments": [], "placements": [], "deferrals": []}
for line in sys.stdin:
    message = json.loads(line)
    answer = {"decision": message["decision"], "plan": plan} if "view" in message else {"hello": {"protocol": 1}}
    print(json.dumps(answer), flush=True)
POLICY
set -- --external "unsound=exec python3 $out/unsound.py" --policy unsound
expect_exit 1 "$program" decide --view "$out/view.json" "$@"
grep -q "unsound, and would not be applied" "$out/stdout" || { echo "an unsound plan passes"; exit 1; }
expect_exit 1 "$program" decide --view "$out/view.json" "$@" -o json
grep -q '"qos": null' "$out/stdout" || { echo "an unsound plan is judged"; exit 1; }
grep -q 'host 999' "$out/stdout" || { echo "the violation is not said"; exit 1; }
expect_exit 2 "$program" decide --view "$out/view.json" --policy nobody
expect_exit 2 "$program" decide --view "$out/nowhere.json"
expect_exit 0 "$program" bench decision --policy cosim --hosts 8 --new 2 --tasks 5 --samples 20 -o json
python3 - "$out/stdout" <<'CHECK'
import json, sys

figures = json.load(open(sys.argv[1]))
if list(figures) != "policy hosts new tasks samples cpu_us_p50 cpu_us_p95".split():
    sys.exit(f"unexpected keys: {list(figures)}")
if [figures[key] for key in ("policy", "hosts", "new", "tasks", "samples")] != ["cosim", 8, 2, 5, 20]:
    sys.exit(f"unexpected: {figures}")
if not 0 < figures["cpu_us_p50"] <= figures["cpu_us_p95"]:
    sys.exit(f"unexpected: {figures}")
CHECK
expect_exit 2 "$program" bench decision --policy nobody


# The imitation learner is trained into a folder, which is gone on with and not mixed up.
expect_exit 2 "$program" ablate
expect_exit 0 "$program" train scinet --seed 5 --effort 0.01 --out "$out/trained" -o json
cp "$out/trained/scinet.json" "$out/first.json"
rm "$out/trained/after-round-5.json" "$out/trained/scinet.json"
expect_exit 0 "$program" train scinet --seed 5 --effort 0.01 --out "$out/trained"
cmp "$out/trained/scinet.json" "$out/first.json" || { echo "a training that goes on ends elsewhere"; exit 1; }
expect_exit 2 "$program" train scinet --seed 6 --effort 0.01 --out "$out/trained"
grep -q "another training" "$out/stderr" || { echo "the other training is not named"; exit 1; }

# What it knows is fine-tuned on a run that kept its views.
expect_exit 0 "$program" simulate --scenario drift --policy scinet --horizon '150 s' --views --out "$out/recorded"
expect_exit 0 "$program" train scinet --continue "$out/recorded" --out "$out/continued" -o json
python3 - "$out/stdout" "$out/continued/scinet.json" "$out/recorded" <<'CHECK'
import json, sys

report, checkpoint = (json.load(open(path)) for path in sys.argv[1:3])
summary = json.load(open(f"{sys.argv[3]}/summary.json"))
if not checkpoint["continued_from"] or report["continued_from"] != checkpoint["continued_from"]:
    sys.exit("the checkpoint does not say what it was continued from")
if report["lessons"] + report["held_out"] < 16 or not {"power", "next_utilisation_rmse"} <= set(report["before"]):
    sys.exit(f"unexpected: {report}")
if set(summary["next_utilisation_rmse"]) != {"policy", "last_value", "mean_of_3"}:
    sys.exit("the summary does not say how well utilisation was foreseen")
CHECK
head -1 "$out/recorded/predicted_utilisation.csv" | grep -q "step,time_s,host,predicted,last_value,mean_of_3,observed" || {
  echo "predicted_utilisation.csv has other columns"; exit 1; }
expect_exit 2 "$program" train scinet --continue "$out/results" --out "$out/continued"
grep -q -- "--views" "$out/stderr" || { echo "how to record a run is not said"; exit 1; }
expect_exit 2 "$program" train gobi --continue "$out/recorded" --out "$out/continued"
expect_exit 2 "$program" simulate --scenario drift --policy scinet --views

# Data that is not there, and an application without models of our own.
expect_exit 2 "$program" train-app digits --images "$out/nowhere" --out "$out/digits"
grep -q "tools/fetch_data.sh build/data" "$out/stderr" || { echo "how to get the digits is not said"; exit 1; }
expect_exit 2 "$program" train-app digits --only student --out "$out/nowhere"
grep -q "train it first" "$out/stderr" || { echo "what student learns from is not said"; exit 1; }
expect_exit 2 "$program" train-app blur --out "$out/blur"

# A model in parts; never over something else.
expect_exit 0 "$program" split layer catalog/models/fashion/whole.onnx --parts 2 --estimate --out "$out/parts"
grep -q "part-2.onnx" "$out/stdout" || { echo "split shows no parts"; exit 1; }
expect_exit 2 "$program" split layer catalog/models/fashion/whole.onnx --parts 2 --estimate --out "$out/parts"
expect_exit 2 "$program" split layer README.md --parts 2 --estimate --out "$out/no-parts"

expect_exit 2 "$program" quantize README.md --data data/inputs/fashion --out "$out/int8.onnx"
grep -q "this is no ONNX model" "$out/stderr" || { echo "quantize does not say what is wrong"; exit 1; }
test ! -e "$out/int8.onnx" || { echo "quantize left a file"; exit 1; }
# An application answers without a cluster, is measured, and its catalogue entry can be used.
expect_exit 0 "$program" infer fashion data/inputs/fashion/test-00.png --strategy layer
grep -q '"label":"Ankle boot"' "$out/stdout" || { echo "infer gives another answer"; exit 1; }
expect_exit 2 "$program" infer fashion README.md
expect_exit 2 "$program" infer fashion data/inputs/fashion/test-00.png --strategy sideways
grep -q "it has: whole" "$out/stderr" || { echo "infer does not say which strategies there are"; exit 1; }
expect_exit 0 "$program" profile fashion blur --inputs data/inputs/fashion --quiet --out "$out/profiled.yaml" --batch '8@5 ms' -o json
python3 - "$out/stdout" <<'CHECK'
import json, sys

fashion, blur = json.load(open(sys.argv[1]))
for strategy in fashion["strategies"]:
    accuracy = strategy["accuracy"]
    if accuracy["samples"] != 40 or not accuracy["ci_low"] < accuracy["value"] < accuracy["ci_high"]:
        sys.exit(f"unexpected accuracy: {strategy}")
    for fragment in strategy["fragments"]:
        work = fragment["work_mi"]
        if not 0 < work["p50"] <= work["p95"] or fragment["bytes_out"] <= 0 or fragment["load_s"] <= 0:
            sys.exit(f"unexpected: {fragment}")
        if [run["size"] for run in fragment["batch"]["sizes"]] != [2, 4, 8] or fragment["no_batch"]:
            sys.exit(f"unexpected: {fragment}")
if blur["strategies"][0]["fragments"][0]["batch"] is not None:
    sys.exit("the filters share nothing")
if blur["strategies"][0]["accuracy"] is not None:
    sys.exit("an accuracy that nobody measured")
if not fashion["provenance"]["machine"] or not fashion["provenance"]["date"]:
    sys.exit("where it was measured is not said")
CHECK
expect_exit 0 "$program" validate "$out/profiled.yaml"
expect_exit 2 "$program" profile juggling
expect_exit 2 "$program" profile blur --out "$out/profiled.yaml" --batch '99@5 ms'
expect_exit 2 "$program" profile vad --inputs data/inputs/fashion --quiet

# A model that somebody brings becomes an application with three strategies.
mkdir "$out/brought"
cp data/inputs/fashion/*.png data/inputs/fashion/labels.csv "$out/brought/"
printf '%s\n' T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag 'Ankle boot' >"$out/brought/labels.txt"
mkdir "$out/models"
ln -s "$PWD/build/models/onnxruntime" "$out/models/onnxruntime"
expect_exit 0 "$program" adopt catalog/models/fashion/student.onnx --name mine --inputs "$out/brought" --models "$out/models"
grep -q "whole, layer, int8" "$out/stdout" || { echo "it has other strategies"; exit 1; }
expect_exit 0 "$program" infer mine "$out/brought/test-00.png" --strategy int8 --models "$out/models"
expect_exit 0 "$program" profile mine --quiet --models "$out/models" --out "$out/models/mine/catalogue.yaml"
expect_exit 0 "$program" run --application mine --minutes 0.1 --quiet --models "$out/models" --out "$out/own"
grep -q "^mine " "$out/stdout" || { echo "the application did not serve"; exit 1; }
expect_exit 2 "$program" run --application fashion --minutes 0.1 --quiet --models "$out/models" --out "$out/own-not"
grep -q "scinet profile fashion" "$out/stderr" || { echo "how to measure it is not said"; exit 1; }
expect_exit 2 "$program" adopt catalog/models/fashion/student.onnx --name 'a b' --inputs "$out/brought" --models "$out/models"
expect_exit 2 "$program" adopt README.md --name other --inputs "$out/brought" --models "$out/models"
[ ! -e "$out/models/other" ] || { echo "adopt left something behind"; exit 1; }
echo "verbs answer as scripts expect"
