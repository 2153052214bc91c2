#!/usr/bin/env python3
"""Does memory of other tasks help? For each task and seed, compares a run from an empty bank with a run from a bank that
the other tasks filled, by the number of candidates until the first correct kernel and until the empty bank's best cycles.

  scripts/memory_helps.py --seeds 5 --out .coldforge/memory_helps          (about five minutes a seed)
  scripts/memory_helps.py --tasks relu softmax gelu --seeds 1 --budget 8   (a quick look)

A run works on one task with one slot a round, so that it learns from each candidate, as a task does in a run of
many. Recall of the same task (a bank that saw it too) is reported apart, and so is the regret: the mean over all
candidates of log(best so far / best of both runs). Writes report.json into the folder and a table to standard output.
Finished runs in the folder are used again; runs share verdicts, which changes no result.
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys


def synth(args, tasks, bank, out, seed, slots):
    """One run; returns its candidate records."""
    command = [args.program, "synth", *tasks, "--memory", str(bank), "--out", str(out), "--seed", str(seed),
               "--budget", str(args.budget), "--slots", str(slots), "--jobs", "1",
               "--verdicts", str(args.out / "verdicts"), "--json"]
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if finished.returncode > 1:
        sys.exit(f"memory_helps.py: {' '.join(command)}: {finished.stderr.strip()}")
    with open(out / "records.jsonl") as lines:
        return [json.loads(line) for line in lines]


def passes(record):
    return record["verdict"]["verdict"] == "pass"


def candidates_until(records, reached):
    """Number of candidates up to the first that `reached` accepts; one more than there are if none does."""
    for number, record in enumerate(records, 1):
        if passes(record) and reached(record["verdict"]["cycles"]):
            return number
    return len(records) + 1


def regret(records, best):
    """Mean over the candidates of log(best so far / best); nothing correct yet counts as ten times the best."""
    total, so_far = 0.0, 10 * best
    for record in records:
        if passes(record):
            so_far = min(so_far, record["verdict"]["cycles"])
        total += math.log(so_far / best)
    return total / len(records)


def compare(empty, other):
    """Candidates to the first correct kernel and to the empty bank's best, for both runs."""
    passing = [r["verdict"]["cycles"] for r in empty if passes(r)]
    best = min(passing) if passing else 0
    best_of_both = min(passing + [r["verdict"]["cycles"] for r in other if passes(r)], default=1)
    return {"regret_empty": regret(empty, best_of_both),
            "regret_filled": regret(other, best_of_both),
            "first_empty": candidates_until(empty, lambda cycles: True),
            "first_filled": candidates_until(other, lambda cycles: True),
            "best_empty": candidates_until(empty, lambda cycles: cycles <= best),
            "best_filled": candidates_until(other, lambda cycles: cycles <= best),
            "cycles_empty": best,
            "cycles_filled": min((r["verdict"]["cycles"] for r in other if passes(r)), default=0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/cli/coldforge")
    parser.add_argument("--tasks", nargs="+", help="default: the basic tasks")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at a time; changes no result")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(".coldforge/memory_helps"))
    args = parser.parse_args()
    listed = json.loads(subprocess.check_output([args.program, "tasks", "list", "--json"]))
    tasks = args.tasks or [task["name"] for task in listed if "/" not in task["name"]]

    def measure(job):
        seed, task = job
        folder = args.out / f"seed{seed}" / task.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        others = [other for other in tasks if other != task]
        empty = synth(args, [task], folder / "empty.db", folder / "empty", seed, 1)
        synth(args, others, folder / "filled.db", folder / "fill", seed, 16)
        filled = synth(args, [task], folder / "filled.db", folder / "filled", seed, 1)
        if not (folder / "recall.db").exists():
            shutil.copy(folder / "empty.db", folder / "recall.db")
        recall = synth(args, [task], folder / "recall.db", folder / "recall", seed + 1000, 1)
        return {"task": task, "seed": seed, **compare(empty, filled), "recall": compare(empty, recall)}

    rows = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for row in pool.map(measure, [(seed, task) for seed in range(1, args.seeds + 1) for task in tasks]):
            rows.append(row)
            print(f"seed {row['seed']}  {row['task']:<28} first {row['first_empty']:>3} -> {row['first_filled']:>3}   "
                  f"best {row['best_empty']:>3} -> {row['best_filled']:>3}   cycles {row['cycles_empty']} -> "
                  f"{row['cycles_filled']}", flush=True)

    helped = 0
    print(f"\n{'task':<28} {'first: empty':>13} {'filled':>7} {'best: empty':>12} {'filled':>7} "
          f"{'regret: empty':>14} {'filled':>7} {'recall':>7}  helps")
    keys = ("first_empty", "first_filled", "best_empty", "best_filled", "regret_empty", "regret_filled")
    overall = {key: sum(row[key] for row in rows) / len(rows) for key in keys}
    overall["recall"] = sum(row["recall"]["regret_filled"] for row in rows) / len(rows)

    def line(name, mean, verdict):
        print(f"{name:<28} {mean['first_empty']:>13.1f} {mean['first_filled']:>7.1f} {mean['best_empty']:>12.1f} "
              f"{mean['best_filled']:>7.1f} {mean['regret_empty']:>14.3f} {mean['regret_filled']:>7.3f} "
              f"{mean['recall']:>7.3f}  {verdict}")

    for task in tasks:
        mine = [row for row in rows if row["task"] == task]
        mean = {key: sum(row[key] for row in mine) / len(mine) for key in keys}
        mean["recall"] = sum(row["recall"]["regret_filled"] for row in mine) / len(mine)
        helps = mean["first_filled"] < mean["first_empty"] or mean["best_filled"] < mean["best_empty"]
        helped += helps
        line(task, mean, "yes" if helps else "no")
    line("all", overall, "")
    print(f"memory helps on {helped} of {len(tasks)} tasks (means over {args.seeds} seeds)")
    (args.out / "report.json").write_text(json.dumps({"helped": helped, "tasks": len(tasks), "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
