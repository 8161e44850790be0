#!/usr/bin/env python3
"""Strategy, host and power of each request together: whatever costs the least QoS."""
import json
import sys


def decide(catalogue, view):
    hosts, asked, weights = view["hosts"], view["asked"], view["weights"]
    types = [catalogue["host_types"][host["type"]] for host in hosts]
    off = {h["id"] for h in hosts if h["state"] in ("off", "draining") and asked["provisioning"]}
    usable = [h["id"] for h in hosts if h["state"] in ("on", "booting") or h["id"] in off]
    tasks = [task for entry in view["workloads"] for task in entry["tasks"]]
    busy = [t["host"] for t in tasks if t["state"] in ("blocked", "queued", "running")]
    plan = {"power": [], "deployments": [], "placements": [], "deferrals": []}

    def cost(request, strategy, h):  # in QoS, with all fragments on host h
        work = sum(fragment["work"]["mean_mi"] for fragment in strategy["fragments"])
        seconds = work / types[h]["speed_mips"] * (1 + busy.count(h) / types[h]["cores"])
        seconds += view["now_s"] - request["arrival_s"] + types[h]["boot_time_s"] * (h in off)
        late = seconds / request["slo_s"]
        return (weights["response"] * min(late / 2, 1) + weights["violation"] * (late > 1)
                + weights["inaccuracy"] * (1 - strategy["accuracy"])
                + weights["energy"] * (h in off) / len(hosts))

    def fits(strategy, h):
        needs = [part["memory_mib"] + part["model_memory_mib"] for part in strategy["fragments"]]
        return hosts[h]["linked"] and max(needs) <= types[h]["memory_mib"]

    for entry in view["workloads"] if asked["placement"] else []:
        request, known = entry["workload"], entry.get("strategy")
        if known is not None and all(task["state"] != "unplaced" for task in entry["tasks"]):
            continue
        strategies = catalogue["applications"][request["application"]]["strategies"]
        options = [(cost(request, s, h), h, n) for n, s in enumerate(strategies) for h in usable
                   if fits(s, h) and (n == known or known is None and asked["deployment"])]
        if not options:
            plan["deferrals"].append({"workload": request["id"], "reason": "no host can take it"})
            continue
        _, h, n = min(options)
        plan["deployments"] += [{"workload": request["id"], "strategy": n}] * (known is None)
        for f in range(len(strategies[n]["fragments"])):
            if known is None or entry["tasks"][f]["state"] == "unplaced":
                plan["placements"].append({"workload": request["id"], "fragment": f, "host": h})
                busy.append(h)
        plan["power"] += [{"host": h, "on": True}] * (h in off)
        off.discard(h)

    idle = [h["id"] for h in hosts if h["state"] == "on" and h["id"] not in busy]
    spare = round(sum(view["arrival_rates_per_s"]) * view["beat_s"])  # a host per request to come
    plan["power"] += [{"host": h, "on": False} for h in idle[spare:] if asked["provisioning"]]
    return plan


for line in sys.stdin:
    message, answer = json.loads(line), {"hello": {"protocol": 1}}
    if "view" in message:
        catalogue = message.get("catalogue") or catalogue  # comes once, and when it changes
        answer = {"decision": message["decision"], "plan": decide(catalogue, message["view"])}
    print(json.dumps(answer), flush=True)
