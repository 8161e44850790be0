#!/usr/bin/env python3
"""Fails when a file uses a module or library that its place in the architecture does not allow.

What a module may use is written down once, in the DEPENDS of its CMakeLists.txt; this script
reads it from there, follows it, and holds every #include against it.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"

# Third parties that stay inside one or two modules.
CONFINED = {
    "torch/": {"learn"},
    "Eigen/": {"forecast", "search", "learn"},
    "coin/": {"oracle"},
    "onnx/": {"learn", "split", "quantize"},
    "yaml-cpp/": {"base"},
    "boost/": {"serving", "platform"},
    "opencv2/": {"serving"},
}

# Inputs that must be handed in: the same code then repeats itself, in the twin and in tests.
HIDDEN_INPUTS = re.compile(r"system_clock|steady_clock|random_device|\brand\(|getenv|thread")
PURE = {"base", "model", "forecast", "search", "workload", "policy", "twin", "oracle", "report", "control",
        "calibration"}


def declared_dependencies():
    depends = {}
    for path in sorted(SOURCE.glob("*/CMakeLists.txt")):
        call = re.search(r"scinet_module\((\w+)(.*?)\)", path.read_text(), re.S)
        words = call[2].split()
        names = []
        if "DEPENDS" in words:
            for word in words[words.index("DEPENDS") + 1 :]:
                if word in {"LIBRARIES", "SOURCES", "TESTS"}:
                    break
                names.append(word)
        depends[call[1]] = set(names)
    return depends


def closure(module, depends, seen=()):
    if module in seen:
        sys.exit("layers: a circle: " + " -> ".join((*seen, module)))
    reachable = {module}
    for other in depends[module]:
        reachable |= closure(other, depends, (*seen, module))
    return reachable


def problems_in(path, allowed, depends):
    module = path.relative_to(SOURCE).parts[0]
    is_test = path.stem.endswith("_test")
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        where = f"{path.relative_to(ROOT)}:{number}"
        quoted = re.match(r'#include "(\w+)/', line)
        if quoted and quoted[1] in depends and quoted[1] not in allowed[module]:
            yield f"{where}: {module} may not use {quoted[1]}"
        angled = re.match(r"#include <([^>]+)>", line)
        for library, homes in CONFINED.items():
            if angled and angled[1].startswith(library) and module not in homes:
                yield f"{where}: <{library}> stays inside {', '.join(sorted(homes))}"
        code = line.split("//")[0]
        if module in PURE and not is_test and HIDDEN_INPUTS.search(code):
            yield f"{where}: time, randomness, environment and threads enter only as arguments here"


def main():
    depends = declared_dependencies()
    allowed = {module: closure(module, depends) for module in depends}
    broken = []
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix in {".h", ".cc"}:
            broken += problems_in(path, allowed, depends)
    print("\n".join(broken) or f"layers: ok ({len(depends)} modules)")
    sys.exit(bool(broken))


main()
