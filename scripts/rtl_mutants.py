#!/usr/bin/env python3
"""Would our tests notice? Plants single faults in a copy of the RTL and runs the regression set on each until a test fails.

  scripts/rtl_mutants.py                           120 faults of tiny's RTL, spread over all units by size
  scripts/rtl_mutants.py --list                    the faults as the seed draws them (nothing is run)
  scripts/rtl_mutants.py --only scalar --count 20  one unit
  scripts/rtl_mutants.py --report                  the tables of what is finished
  scripts/rtl_mutants.py --again                   runs the survivors once more, after tests were added

The sources are copied to --work and built there; then only what a fault touches is verilated and compiled again. For
each fault: lint (what Verilator refuses is discarded, and the next fault of the unit is drawn), the unit benches that
contain the file, cheapest first, then model and RTL in lockstep. A fault that leaves the C++ of the whole machine as it
was is discarded, too: it is in something that tiny does not have. Results are appended to results.jsonl as they come; a
run that was stopped goes on there. Survivors that are known to change no behaviour stand with the reason in
rtl_mutants_equivalent.json; they are no faults. Exit code 1 if less than 95 % of the faults are found.
"""
import argparse
import collections
import concurrent.futures
import fcntl
import hashlib
import json
import pathlib
import queue
import random
import sys
import threading
import time

import rtl_mutations
from rtl_mutants_tree import BENCHES, BUILD_TEST, GENERATED, LOCKSTEP, TestFailed, Tree
from rtl_sources import RTL, need

EQUIVALENT = pathlib.Path(__file__).resolve().with_name("rtl_mutants_equivalent.json")
WANTED_SHARE = 0.95
LEAST_OF_UNIT = 4
GENERATED_WEIGHT = 0.5  # generated files repeat themselves


def log(text):
    print(text, file=sys.stderr, flush=True)


def quotas(units, count):
    """Faults a unit: LEAST_OF_UNIT, the others in proportion to its size."""
    sizes = {}
    for unit, files in units.items():
        sizes[unit] = sum(rtl_mutations.weight(rtl_mutations.sites(text)) for text in files.values())
        sizes[unit] *= GENERATED_WEIGHT if unit == GENERATED else 1
    rest = max(0, count - LEAST_OF_UNIT * len(units))
    shares = {unit: rest * size / sum(sizes.values()) for unit, size in sizes.items()}
    result = {unit: LEAST_OF_UNIT + int(share) for unit, share in shares.items()}
    by_remainder = sorted(shares, key=lambda unit: (int(shares[unit]) - shares[unit], unit))
    for unit in by_remainder[:rest - sum(map(int, shares.values()))]:
        result[unit] += 1
    return result


def record_of(mutant, text, unit):
    """How a fault appears in results and lists; `key` names it as long as its file is what it is."""
    line, before, after = mutant.lines(text)
    words = [mutant.file, text, str(mutant.start), str(mutant.end), mutant.new]
    return {"key": hashlib.sha256("\0".join(words).encode()).hexdigest()[:16], "unit": unit, "file": mutant.file, "line": line,
            "kind": mutant.kind, "before": before, "after": after}


def judge(tree, mutant, text):
    """What becomes of a fault: {"outcome": "found" | "survived" | "discarded", ...}."""
    with tree.planted(mutant, text):
        said = tree.lint(mutant.file)
        if said:
            return {"outcome": "discarded", "reason": "lint: " + said.splitlines()[0]}
        try:
            costs = tree.reads.get(mutant.file, {})
            for program in sorted(costs, key=lambda program: (costs[program], program)):
                said = tree.build_bench(program)
                if said:
                    return {"outcome": "discarded", "reason": f"{program} does not build"}
                tree.test(BENCHES, f"^{program}:")
            tree.forget_machines()
            tree.test(LOCKSTEP, f"^{BUILD_TEST}$")
            if tree.machine_digest() == tree.machine:
                return {"outcome": "discarded", "reason": "no effect on tiny"}
            # A generated file is that of the instruction set without an overlay.
            tree.test(LOCKSTEP, ".", without="overlay" if mutant.file.startswith(GENERATED + "/") else "")
        except TestFailed as found:
            if "the RTL does not build" in found.output:
                return {"outcome": "discarded", "reason": "the machine does not build"}
            return {"outcome": "found", "test": found.test, "how": found.how}
    return {"outcome": "survived"}


class Results:
    """Lines of results.jsonl by key; the last one of a key counts."""

    def __init__(self, path, again):
        self._path, self._lock = path, threading.Lock()
        self.by_key = {}
        if path.exists():
            for line in path.read_text().splitlines():
                record = json.loads(line)
                self.by_key[record["key"]] = record
        if again:
            self.by_key = {key: record for key, record in self.by_key.items() if record["outcome"] != "survived"}

    def add(self, record):
        with self._lock:
            self.by_key[record["key"]] = record
            with open(self._path, "a") as file:
                file.write(json.dumps(record) + "\n")


class Campaign:
    """Draws faults unit by unit until each unit has its number of those that are not discarded."""

    def __init__(self, units, arguments):
        self.units = units
        self.quota = {arguments.only: arguments.count} if arguments.only else quotas(units, arguments.count)
        self._draws = {unit: rtl_mutations.draw(units[unit], random.Random(f"{arguments.seed} {unit}")) for unit in self.quota}
        self._lock = threading.Lock()

    def next(self, unit):
        """The next fault of a unit and its record; None if it has no more."""
        with self._lock:
            mutant = next(self._draws[unit], None)
        return mutant and (mutant, record_of(mutant, self.units[unit][mutant.file], unit))

    def turns(self):
        """Units, each as often as it has faults, in turn."""
        return [unit for turn in range(max(self.quota.values())) for unit in sorted(self.quota) if turn < self.quota[unit]]

    def run(self, trees, results):
        """Records, those of discarded faults included: the same ones whatever the number of trees."""
        free = queue.Queue()
        for tree in trees:
            free.put(tree)
        records = []

        def settle(unit):
            while drawn := self.next(unit):
                mutant, record = drawn
                if record["key"] not in results.by_key:
                    tree = free.get()
                    begin = time.monotonic()
                    try:
                        record.update(judge(tree, mutant, self.units[unit][mutant.file]))
                    finally:
                        free.put(tree)
                    record["seconds"] = round(time.monotonic() - begin, 1)
                    results.add(record)
                record = results.by_key[record["key"]]
                records.append(record)
                kept = sum(one["outcome"] != "discarded" for one in records)
                log(f"{kept} of {sum(self.quota.values())}: {record['file']}:{record['line']}: {record['kind']}: "
                    f"{record['outcome']} {record.get('test', record.get('reason', ''))}")
                if record["outcome"] != "discarded":
                    return

        with concurrent.futures.ThreadPoolExecutor(len(trees)) as pool:
            for done in [pool.submit(settle, unit) for unit in self.turns()]:
                done.result()
        return records


def equivalents():
    """(file, line before, line after): reason."""
    entries = json.loads(EQUIVALENT.read_text())
    return {(entry["file"], entry["before"], entry["after"]): entry["reason"] for entry in entries}


class Report:
    """What became of the faults, by unit and by kind."""

    def __init__(self, records):
        reasons = equivalents()
        self.kept, self.discarded = [], collections.Counter()
        for record in sorted(records, key=lambda record: (record["unit"], record["file"], record["line"], record["key"])):
            if record["outcome"] == "discarded":
                self.discarded[record["reason"].split(":")[0]] += 1
                continue
            reason = reasons.get((record["file"], record["before"], record["after"]))
            equivalent = reason and record["outcome"] == "survived"
            self.kept.append({**record, "outcome": "equivalent", "reason": reason} if equivalent else record)
        counts = self.counts(self.kept)
        self.faults = counts["found"] + counts["survived"]
        self.share = counts["found"] / self.faults if self.faults else 0.0

    @staticmethod
    def counts(records):
        return collections.Counter(record["outcome"] for record in records)

    def json(self):
        return {"faults": self.faults, "share_found": round(self.share, 4), "discarded": dict(sorted(self.discarded.items())),
                "outcomes": dict(sorted(self.counts(self.kept).items())), "mutants": self.kept}

    def markdown(self):
        lines = []
        for field in ("unit", "kind"):
            lines += [f"| {field} | faults | found | by a unit bench | in lockstep | by a time limit | survived | equivalent |",
                      "| --- | --: | --: | --: | --: | --: | --: | --: |"]
            groups = collections.defaultdict(list)
            for record in self.kept:
                groups[record[field]].append(record)
            for name, records in [*sorted(groups.items()), ("all", self.kept)]:
                counts = self.counts(records)
                found = [record for record in records if record["outcome"] == "found"]
                lockstep = sum(record["test"].startswith("lockstep") for record in found)
                limits = sum(record["how"] in ("Timeout", "wall clock") for record in found)
                row = (counts["found"] + counts["survived"], len(found), len(found) - lockstep, lockstep, limits,
                       counts["survived"], counts["equivalent"])
                lines.append(f"| {name} | " + " | ".join(map(str, row)) + " |")
            lines.append("")
        lines.append(f"Found: {100 * self.share:.1f} % of {self.faults} faults. Discarded: " +
                     (", ".join(f"{count} {reason}" for reason, count in sorted(self.discarded.items())) or "none") + ".")
        for outcome, title in (("survived", "Survivors"), ("equivalent", "No faults: they change no behaviour")):
            records = [record for record in self.kept if record["outcome"] == outcome]
            if records:
                lines += ["", f"# {title}"]
            for record in records:
                lines += [f"- {record['file']}:{record['line']} ({record['kind']}): `{record['before']}` -> `{record['after']}`" +
                          (f". {record['reason']}" if outcome == "equivalent" else "")]
        return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=120, help="faults that are not discarded (default: 120)")
    parser.add_argument("--seed", type=int, default=1, help="same seed and sources, same faults (default: 1)")
    parser.add_argument("--only", metavar="UNIT", help="a folder of rtl/, or generated")
    parser.add_argument("--work", type=pathlib.Path, default=RTL.parent / ".coldforge" / "rtl_mutants",
                        help="folder of copies, builds and results (default: .coldforge/rtl_mutants)")
    parser.add_argument("--jobs", type=int, default=1, help="faults at a time, each in a copy of its own; changes no result")
    parser.add_argument("--list", action="store_true", help="print the faults in the order of drawing, before any is discarded")
    parser.add_argument("--report", action="store_true", help="print the tables of what is finished")
    parser.add_argument("--again", action="store_true", help="run survivors once more")
    arguments = parser.parse_args()
    need("verilator", "clang++", "ninja", "cmake")
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = Results(arguments.work / "results.jsonl", arguments.again)
    if arguments.report:
        print(Report(results.by_key.values()).markdown(), end="")
        return
    lock = open(arguments.work / "lock", "w")  # held to the end of the process
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"rtl_mutants.py: --work {arguments.work}: another run is at work there")
    trees = [Tree((arguments.work / f"tree{number}").resolve()) for number in range(max(1, arguments.jobs))]
    for tree in trees[:1] if arguments.list else trees:
        log(f"{tree.folder}: copying, building, testing without a fault")
        tree.prepare(tests=not arguments.list)
    units = trees[0].texts()
    if arguments.only and arguments.only not in units:
        sys.exit(f"rtl_mutants.py: --only {arguments.only}: no such unit; known: {', '.join(sorted(units))}")
    campaign = Campaign(units, arguments)
    if arguments.list:
        for unit in campaign.turns():
            _, record = campaign.next(unit)
            print(f"{record['file']}:{record['line']}: {record['kind']}: {record['before']} -> {record['after']}")
        return
    report = Report(campaign.run(trees, results))
    (arguments.work / "report.json").write_text(json.dumps(report.json(), indent=2) + "\n")
    (arguments.work / "report.md").write_text(report.markdown())
    print(report.markdown(), end="")
    sys.exit(0 if report.share >= WANTED_SHARE else 1)


if __name__ == "__main__":
    main()
