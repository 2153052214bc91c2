#!/usr/bin/env python3
"""Would our tests notice? Plants single faults in a copy of the RTL and runs the regression set on each until a test fails.

  scripts/rtl_mutants.py                           120 faults of tiny's RTL, spread over all units by size
  scripts/rtl_mutants.py --list                    the faults as the seed draws them (nothing is run)
  scripts/rtl_mutants.py --only scalar --count 20  one unit
  scripts/rtl_mutants.py --report                  the tables of what is finished
  scripts/rtl_mutants.py --again                   runs survivors once more, after tests were added

All faults are planted at once, each beside what stands in the sources; a run chooses one (rtl_mutants_switch.py). So unit
benches and machine are built once; where a constant must be one, a fault is built on its own. First all tests have to pass
without a fault. Then each fault gets the tests that run its file, the quickest first: unit benches, model and RTL in lockstep.
Discarded, and replaced by the next fault of the unit, is what lint refuses, and a survivor that leaves the C++ of the whole
machine as it was: it is in something that tiny does not have. Results are appended to results.jsonl as they come; a run that
was stopped goes on there. Survivors that are known to change no behaviour stand with the reason in
rtl_mutants_equivalent.json; they are no faults. Exit code 1 if less than 95 % of the faults are found.
"""
import argparse
import concurrent.futures
import fcntl
import hashlib
import json
import os
import pathlib
import random
import sys
import threading
import time

import rtl_mutations
from rtl_mutants_batch import Batch, Fault, log
from rtl_mutants_report import Report, equivalents
from rtl_mutants_tree import GENERATED, Tree
from rtl_sources import RTL, need

WANTED_SHARE = 0.95
LEAST_OF_UNIT = 4
GENERATED_WEIGHT = 0.5  # generated files repeat themselves


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


def fault_of(mutant, text, unit):
    """`key` names a fault as long as its file is what it is."""
    line, before, after = mutant.lines(text)
    words = [mutant.file, text, str(mutant.start), str(mutant.end), mutant.new]
    return Fault(mutant, text, {"key": hashlib.sha256("\0".join(words).encode()).hexdigest()[:16], "unit": unit,
                                "file": mutant.file, "line": line, "kind": mutant.kind, "before": before, "after": after})


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
            known = equivalents()
            self.by_key = {key: record for key, record in self.by_key.items() if record["outcome"] != "survived" or
                           (record["file"], record["before"], record["after"]) in known}

    def add(self, record):
        with self._lock:
            self.by_key[record["key"]] = record
            with open(self._path, "a") as file:
                file.write(json.dumps(record) + "\n")


class Campaign:
    """Draws faults unit by unit until each unit has its number of those that are not discarded. What is drawn and kept
    depends on neither the number of jobs nor on what was finished before."""

    def __init__(self, units, arguments, results):
        self.quota = {arguments.only: arguments.count} if arguments.only else quotas(units, arguments.count)
        self._units, self._results, self._jobs = units, results, arguments.jobs
        self._draws = {unit: rtl_mutations.draw(units[unit], random.Random(f"{arguments.seed} {unit}")) for unit in self.quota}
        self._lock = threading.Lock()
        self.records = []  # of those that were looked at

    def next(self, unit):
        """The next fault of a unit; None if it has no more."""
        mutant = next(self._draws[unit], None)
        return mutant and fault_of(mutant, self._units[unit][mutant.file], unit)

    def turns(self, numbers):
        """Units, each as often as its number says, in turn."""
        return [unit for turn in range(max(numbers.values())) for unit in sorted(numbers) if turn < numbers[unit]]

    def missing(self):
        kept = [record["unit"] for record in self.records if record["outcome"] != "discarded"]
        missing = {unit: quota - kept.count(unit) for unit, quota in self.quota.items()}
        return {unit: number for unit, number in missing.items() if number > 0}

    def candidates(self, missing, lint):
        """Unit: the next faults that pass lint, more than are missing, for some will be discarded."""
        def one(unit):
            faults = []
            while len(faults) < missing[unit] + 1 + missing[unit] // 4:
                fault = self.next(unit)
                if not fault:
                    break
                record = self._results.by_key.get(fault.record["key"])
                if record is None or record["outcome"] != "discarded":
                    said = "" if record else lint({fault.file: fault.mutated})
                    if not said:
                        faults.append(fault)
                        continue
                    record = {**fault.record, "outcome": "discarded", "reason": "lint: " + said.splitlines()[0]}
                    self._results.add(record)
                if record["reason"].startswith("lint"):
                    self.records.append(record)
                else:
                    faults.append(fault)  # takes its turn among those that are judged
            return unit, faults

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(pool.map(one, sorted(missing)))

    def judge(self, missing, candidates, batch):
        def settle(unit):
            while True:
                with self._lock:
                    fault = candidates[unit].pop(0) if candidates[unit] else None
                if fault is None:
                    return
                record = self._results.by_key.get(fault.record["key"])
                if record is None:
                    begin = time.monotonic()
                    record = {**fault.record, **batch.judge(fault), "seconds": round(time.monotonic() - begin, 1)}
                    self._results.add(record)
                with self._lock:
                    self.records.append(record)
                    kept = sum(one["outcome"] != "discarded" for one in self.records)
                log(f"{kept} of {sum(self.quota.values())}: {record['file']}:{record['line']}: {record['kind']}: "
                    f"{record['outcome']} {record.get('test', record.get('reason', ''))}")
                if record["outcome"] != "discarded":
                    return

        with concurrent.futures.ThreadPoolExecutor(self._jobs) as pool:
            for done in [pool.submit(settle, unit) for unit in self.turns(missing)]:
                done.result()

    def run(self, lint, plant):
        """`lint(texts)` says what is wrong, `plant(faults)` makes a batch that judges them."""
        while missing := self.missing():
            candidates = self.candidates(missing, lint)
            faults = [fault for unit in sorted(candidates) for fault in candidates[unit]]
            if not faults:
                break  # no unit has more
            self.judge(missing, candidates, plant(faults))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=120, help="faults that are not discarded (default: 120)")
    parser.add_argument("--seed", type=int, default=1, help="same seed and sources, same faults (default: 1)")
    parser.add_argument("--only", metavar="UNIT", help="a folder of rtl/, or generated")
    parser.add_argument("--work", type=pathlib.Path, default=RTL.parent / ".coldforge" / "rtl_mutants",
                        help="folder of copies, builds and results (default: .coldforge/rtl_mutants)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="faults at a time; changes no result")
    parser.add_argument("--list", action="store_true", help="print the faults in the order of drawing, before any is discarded")
    parser.add_argument("--report", action="store_true", help="print the tables of what is finished")
    parser.add_argument("--again", action="store_true", help="run survivors once more")
    arguments = parser.parse_args()
    need("verilator", "clang++", "ninja", "cmake")
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    results = Results(work / "results.jsonl", arguments.again)
    if arguments.report:
        print(Report(results.by_key.values()).markdown(), end="")
        return
    lock = open(work / "lock", "w")  # held to the end of the process
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"rtl_mutants.py: --work {work}: another run is at work there")
    tree = Tree(work)
    originals = tree.prepare()
    units = originals.units()
    if arguments.only and arguments.only not in units:
        sys.exit(f"rtl_mutants.py: --only {arguments.only}: no such unit; known: {', '.join(sorted(units))}")
    campaign = Campaign(units, arguments, results)
    if arguments.list:
        for unit in campaign.turns(campaign.quota):
            record = campaign.next(unit).record
            print(f"{record['file']}:{record['line']}: {record['kind']}: {record['before']} -> {record['after']}")
        return
    campaign.run(originals.lint, lambda faults: Batch(originals, tree, Tree(work / "alone"), faults))
    report = Report(campaign.records)
    (work / "report.json").write_text(json.dumps(report.json(), indent=2) + "\n")
    (work / "report.md").write_text(report.markdown())
    print(report.markdown(), end="")
    sys.exit(0 if report.share >= WANTED_SHARE else 1)


if __name__ == "__main__":
    main()
