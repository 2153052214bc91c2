"""Faults that are planted together, and the judgement of each: does a test notice?"""
import concurrent.futures
import hashlib
import json
import os
import sys
import threading
import time
from dataclasses import dataclass

import rtl_mutants_switch
from rtl_mutants_tree import LIMIT_LEAST_S, LIMIT_TIMES, LOCKSTEP, is_generated
from rtl_mutations import Mutant

MACHINE_TEST = "lockstep: the RTL of tiny is built"
NO_MACHINE = "the RTL does not build"
BUILD_LIMIT_S = 1200


def log(text):
    print(text, file=sys.stderr, flush=True)


@dataclass
class Fault:
    mutant: Mutant
    text: str      # of the file without it
    record: dict   # as it appears in results
    number: int = 0

    @property
    def file(self):
        return self.mutant.file

    @property
    def mutated(self):
        return self.mutant.apply(self.text)


def switched_texts(faults):
    """File: its text with all faults of it."""
    files = {fault.file: fault.text for fault in faults}
    return {file: rtl_mutants_switch.switched(text, {fault.number: fault.mutant for fault in faults if fault.file == file})
            for file, text in files.items()}


def refused(faults, lint):
    """Those of the faults that do not elaborate beside what stands in the sources; `lint` says what is wrong with texts."""
    if not faults or not lint(switched_texts(faults)):
        return []
    if len(faults) == 1:
        return faults
    half = len(faults) // 2
    return refused(faults[:half], lint) + refused(faults[half:], lint)


def apart(originals, faults):
    """(those that can be switched, those that need a build of their own)."""
    alone = []
    for fault in faults:
        if rtl_mutants_switch.regions(fault.text, [fault.mutant])[0] is None:
            alone.append(fault)
    together = [fault for fault in faults if fault not in alone]
    files = sorted({fault.file for fault in together})
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        of_file = [[fault for fault in together if fault.file == file] for file in files]
        for bad in pool.map(lambda some: refused(some, lambda texts: originals.lint(texts, switches=True)), of_file):
            alone += bad
    together = [fault for fault in together if fault not in alone]
    bad = refused(together, lambda texts: originals.lint(texts, everything=True, switches=True))
    together = [fault for fault in together if fault not in bad]
    return together, [fault for fault in faults if fault not in together]


class Batch:
    """Faults in a tree of their own, each with its number; those that cannot be switched are built one by one in another."""

    def __init__(self, originals, tree, tree_alone, faults):
        self._originals, self._tree, self._tree_alone = originals, tree, tree_alone
        self._alone_lock = threading.Lock()
        for number, fault in enumerate(faults, 1):
            fault.number = number
        together, alone = apart(originals, faults)
        self.alone = {fault.record["key"] for fault in alone}
        log(f"{len(together)} faults in one build, {len(alone)} in builds of their own")
        tree.plant(originals, switched_texts(together))
        said = tree.make("tests/rtl_bench/all", f"{LOCKSTEP}/all")
        if said:
            sys.exit(f"{tree.folder}: does not build\n{said[-3000:]}")
        tree.list_tests()
        self._reads = tree.reads()
        self._seconds = self._without_fault()
        self._original_machine = None

    def _without_fault(self):
        """Seconds of each test, none of which may fail; they are run again only after something has changed."""
        digest = hashlib.sha256()
        programs = {test.command[0] for test in self._tree.tests}
        for path in sorted([*programs, *map(str, self._tree.rtl.parent.glob("*/rtl/**/*.*v*"))]):
            with open(path, "rb") as file:
                digest.update(path.encode() + b"\0" + file.read())
        stamp = self._tree.folder / "passed.json"
        passed = json.loads(stamp.read_text()) if stamp.exists() else {}
        if passed.get("digest") == digest.hexdigest():
            return passed["seconds"]
        log("tests without a fault")
        for test in self._tree.tests:  # they build the machines, so their time says nothing
            if test.name == MACHINE_TEST or test.has_overlay:
                self._tree.run_test(test, 0, None)
        seconds = {}
        for test in self._tree.tests:
            begin = time.monotonic()
            how, said = self._tree.run_test(test, 0, None)
            seconds[test.name] = round(time.monotonic() - begin, 2)
            if how:
                sys.exit(f"without a fault: {test.name}: {how}\n{said[-3000:]}")
        log(f"{len(seconds)} tests, {sum(seconds.values()):.0f} s")
        stamp.write_text(json.dumps({"digest": digest.hexdigest(), "seconds": seconds}, indent=1) + "\n")
        return seconds

    def judge(self, fault):
        """{"outcome": "found" | "survived" | "discarded", ...}."""
        outcome = (self._judge_alone if fault.record["key"] in self.alone else self._judge_switched)(fault)
        if outcome["outcome"] != "survived":
            return outcome
        if self._original_machine is None:
            self._original_machine = self._originals.machine_digest({})
        if self._originals.machine_digest({fault.file: fault.mutated}) == self._original_machine:
            return {"outcome": "discarded", "reason": "no effect on tiny"}
        return outcome

    def _tests(self, fault):
        """Those that can notice, the quickest first. Generated files are those of the instruction set without an overlay."""
        tests = [test for test in self._tree.tests if not (is_generated(fault.file) and test.has_overlay) and
                 (not test.program.startswith("rtl_") or test.program in self._reads.get(fault.file, ()))]
        return sorted(tests, key=lambda test: (self._seconds[test.name], test.name))

    def _run(self, tree, test, fault, builds_machine=False):
        limit_s = BUILD_LIMIT_S if builds_machine else max(LIMIT_LEAST_S, LIMIT_TIMES * self._seconds[test.name])
        how, said = tree.run_test(test, fault.number, limit_s)
        if how and NO_MACHINE in said:
            return {"outcome": "discarded", "reason": "the machine does not build"}
        return how and {"outcome": "found", "test": test.name, "how": how}

    def _judge_switched(self, fault):
        for test in self._tests(fault):
            outcome = self._run(self._tree, test, fault)
            if outcome:
                return outcome
        return {"outcome": "survived"}

    def _judge_alone(self, fault):
        """The benches first: to build one is less than to build the machine."""
        with self._alone_lock:
            tree = self._tree_alone
            if not tree.build.exists():
                tree.prepare()
            tree.plant(self._originals, {fault.file: fault.mutated})
            tests = self._tests(fault)
            benches = [test for test in tests if test.program.startswith("rtl_")]
            for program in sorted({test.program for test in benches}):
                if tree.make(program):
                    return {"outcome": "discarded", "reason": f"{program} does not build"}
                for test in benches:
                    outcome = test.program == program and self._run(tree, test.moved(self._tree.build, tree.build), fault)
                    if outcome:
                        return outcome
            tree.forget_machines()
            for test in sorted((test for test in tests if test not in benches), key=lambda test: test.name != MACHINE_TEST):
                outcome = self._run(tree, test, fault, builds_machine=test.name == MACHINE_TEST or test.has_overlay)
                if outcome:
                    return outcome
        return {"outcome": "survived"}
