#!/usr/bin/env python3
"""Strategy and host of each request together, by what they lose of QoS; an idle host in reserve."""
import json
import sys


def decide(catalogue, view):
    hosts, asked, weights = view["hosts"], view["asked"], view["weights"]
    on = [host["id"] for host in hosts if host["state"] == "on" and host["linked"]]
    busy = [t.get("host") for e in view["workloads"] for t in e["tasks"] if t["state"] != "done"]
    plan = {"power": [], "deployments": [], "placements": [], "deferrals": []}

    def loss(request, strategy, h):  # with all fragments on host h; without end if it is too small
        parts, kind = strategy["fragments"], catalogue["host_types"][hosts[h]["type"]]
        room = kind["memory_mib"] - max(p["memory_mib"] + p["model_memory_mib"] for p in parts)
        seconds = sum(part["work"]["mean_mi"] for part in parts) / kind["speed_mips"]
        seconds *= 1 + busy.count(h) / kind["cores"]
        late = (seconds + view["now_s"] - request["arrival_s"]) / request["slo_s"]
        return (weights["response"] * min(late / 2, 1) + weights["violation"] * (late > 1)
                + weights["inaccuracy"] * (1 - strategy["accuracy"]) + (room < 0) * 1e9)

    for entry in view["workloads"] if asked["placement"] else []:
        request, known = entry["workload"], entry.get("strategy")
        if known is not None and all(task["state"] != "unplaced" for task in entry["tasks"]):
            continue
        strategies = catalogue["applications"][request["application"]]["strategies"]
        least, h, n = min(((loss(request, s, h), h, n) for h in on
                           for n, s in enumerate(strategies) if known in (n, None)),
                          default=(1e9, 0, 0))
        if least >= 1e9 or (known is None and not asked["deployment"]):
            plan["deferrals"].append({"workload": request["id"], "reason": "no host can take it"})
            continue
        plan["deployments"] += [{"workload": request["id"], "strategy": n}] * (known is None)
        for f in range(len(strategies[n]["fragments"])):
            if known is None or entry["tasks"][f]["state"] == "unplaced":
                plan["placements"].append({"workload": request["id"], "fragment": f, "host": h})
                busy.append(h)

    idle = [h for h in on if h not in busy]
    spare = 1 + round(sum(view["arrival_rates_per_s"]) * view["beat_s"])  # one per request to come
    few = max(spare - len(idle) - sum(host["state"] == "booting" for host in hosts), 0)
    off = [host["id"] for host in hosts if host["state"] == "off" and host["linked"]][:few]
    switched = [(h, True) for h in off] + [(h, False) for h in idle[spare:]]
    plan["power"] += [{"host": h, "on": to} for h, to in switched if asked["provisioning"]]
    return plan


for line in sys.stdin:
    message, answer = json.loads(line), {"hello": {"protocol": 1}}
    if "view" in message:
        catalogue = message.get("catalogue") or catalogue  # comes once, and when it changes
        answer = {"decision": message["decision"], "plan": decide(catalogue, message["view"])}
    print(json.dumps(answer), flush=True)
