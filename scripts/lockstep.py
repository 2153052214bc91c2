#!/usr/bin/env python3
"""Random programs on model and RTL over many machines: 200,000 of them by default.

    scripts/lockstep.py --out /tmp/lockstep            about an hour on two idle cores; goes on where it stopped
    scripts/lockstep.py --out /tmp/lockstep --programs 2000

Each machine has a report in the folder (machine, seeds, divergences, coverage); summary.json adds them up. Programs
that diverge are shrunk and kept there, with their listing. Exit code 0: none diverges; 1: some do; 2: bad usage.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def array(size):
    """A square array, and the lines that feed it."""
    return {"matrix.rows": size, "matrix.cols": size, "left.line_bytes": 2 * size, "right.line_bytes": 2 * size,
            "acc.line_bytes": 4 * size}


def latency(hit, miss):
    return {"dram.row_hit_cycles": hit, "dram.row_miss_cycles": miss}


# Name: what differs from tiny (4x4 array, 4 lanes, queues of 2, 8-byte bus, 100/130 cycles), share of the programs.
# Every value of the list occurs: arrays 4, 8, 16; lanes 4, 16; queues 1, 2, 8; two bus widths; three latencies.
MACHINES = {
    "tiny": ({}, 30),
    "shallow": ({"queue.depth": 1, "queue.max_in_flight": 2, "vec.banks": 2, **latency(20, 30)}, 25),
    "deep": ({"queue.depth": 8, "bus.beat_bytes": 16, "bus.max_outstanding": 4, "vec.banks": 1,
              "dram.read_bytes_per_cycle": 16, "dram.write_bytes_per_cycle": 12, "dram.shared_bytes_per_cycle": 20,
              **latency(40, 55)}, 20),
    "array8": ({**array(8), "queue.max_in_flight": 3, "vec.banks": 4, **latency(20, 30)}, 10),
    "lanes16": ({"vector.lanes": 16, "vec.line_bytes": 64, "vec.banks": 4, "vector.sfu_elems_per_cycle": 4,
                 "queue.depth": 8, **latency(40, 55)}, 10),
    "array16": ({**array(16), "bus.beat_bytes": 16, "bus.max_burst_beats": 2, **latency(20, 30)}, 5),
}


def run_machine(options, name, programs):
    settings, _ = MACHINES[name]
    report = options.out / f"{name}.json"
    command = [str(options.program), "--arch", "tiny", "--seeds", f"1..{programs}", "--report", str(report),
               "--failures", str(options.out), "--jobs", str(options.jobs), "--set", f"name={name}"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    for overlay in options.isa:
        command += ["--isa", overlay]
    if options.rtl:
        command += ["--rtl", options.rtl]
    if options.fresh:
        command += ["--fresh"]
    code = subprocess.run(command, check=False).returncode
    return code, json.loads(report.read_text()) if report.exists() else None


def merge(reports):
    counts = collections.Counter()
    for report in reports.values():
        counts.update(report["coverage"])
        for key in report["coverage"]:
            counts.setdefault(key, 0)
    groups = {}
    for key, count in sorted(counts.items()):
        group = groups.setdefault(key.split("/")[0], {"reached": 0, "all": 0, "missing": []})
        group["all"] += 1
        group["reached"] += count > 0
        if count == 0:
            group["missing"].append(key)
    return counts, groups


def print_summary(reports, groups):
    print(f"{'machine':10} {'programs':>9} {'cycles':>13} {'racy':>6} {'divergences':>12}")
    for name, report in reports.items():
        print(f"{name:10} {report['programs']:9} {report['cycles']:13} {report['racy']:6} "
              f"{len(report['divergences']):12}")
        for divergence in report["divergences"]:
            print(f"  seed {divergence['seed']}: {divergence['difference']}\n    {divergence['file']}")
    total = [sum(report[key] for report in reports.values()) for key in ("programs", "cycles", "racy")]
    print(f"{'all':10} {total[0]:9} {total[1]:13} {total[2]:6} "
          f"{sum(len(report['divergences']) for report in reports.values()):12}")
    print("\nreached of what the description says to be there, on any machine:")
    for group in ("type", "memory", "head", "queue", "cross"):
        reached = groups.get(group)
        if reached:
            print(f"  {group:7} {reached['reached']:6} of {reached['all']:6}   {', '.join(reached['missing'][:6])}")
    print("seen besides:")
    for group in sorted(set(groups) - {"type", "memory", "head", "queue", "cross"}):
        print(f"  {group:7} {groups[group]['reached']:6}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the reports")
    parser.add_argument("--programs", type=int, default=200_000, help="of all machines together")
    parser.add_argument("--machines", default=",".join(MACHINES), help="some of them, by name")
    parser.add_argument("--program", type=pathlib.Path,
                        default=ROOT / "build/release/tests/lockstep/random/coldforge_lockstep")
    parser.add_argument("--isa", action="append", default=[], help="instruction-set overlay")
    parser.add_argument("--rtl", default="", help="folder of the RTL")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="begin anew")
    options = parser.parse_args()
    names = options.machines.split(",")
    unknown = [name for name in names if name not in MACHINES]
    if unknown:
        parser.error(f"--machines {unknown[0]}: unknown; known are {', '.join(MACHINES)}")
    if not options.program.exists():
        parser.error(f"{options.program} is not built: `ninja -C build/release coldforge_lockstep`")
    options.out.mkdir(parents=True, exist_ok=True)
    shares = sum(MACHINES[name][1] for name in names)
    worst, reports = 0, {}
    for name in names:
        code, report = run_machine(options, name, -(-options.programs * MACHINES[name][1] // shares))
        if code >= 2:
            return code
        worst = max(worst, code)
        if report:
            reports[name] = report
    counts, groups = merge(reports)
    summary = {"machines": {name: {key: value for key, value in report.items() if key != "coverage"}
                            for name, report in reports.items()},
               "groups": groups, "coverage": counts}
    (options.out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    print_summary(reports, groups)
    return worst


if __name__ == "__main__":
    sys.exit(main())
