"""How rtl_mutants.py spreads its faults, goes on where it was, and counts."""
import argparse
import contextlib
import pathlib
import tempfile
import unittest
from unittest import mock

import rtl_mutants
from rtl_mutants_tree import TestFailed


UNITS = {"fpu": {"fpu/a.sv": "assign y = a + b;\n" * 40}, "top": {"top/b.sv": "assign z = a == b;\n" * 10},
         "generated": {"generated/c.sv": "assign t = a && b;\n" * 40}}


def arguments(**changes):
    return argparse.Namespace(**{"count": 30, "seed": 1, "only": None, **changes})


class FakeTree:
    """Discards one fault of three, finds one and lets one survive, by the line that it is in."""

    reads, machine = {"fpu/a.sv": {"rtl_arithmetic": 1.0}}, "same"

    @contextlib.contextmanager
    def planted(self, mutant, text):
        self.line = mutant.lines(text)[0]
        yield

    def lint(self, name):
        return "%Warning-WIDTH: too wide\nmore" if self.line % 3 == 0 else ""

    def build_bench(self, program):
        return ""

    def test(self, folder, pattern, without=""):
        if self.line % 3 == 1:
            raise TestFailed("rtl_arithmetic: adds", "Failed")

    def forget_machines(self):
        pass

    def machine_digest(self):
        return "other"


class Campaigns(unittest.TestCase):
    def run_campaign(self, folder, trees=1, **changes):
        results = rtl_mutants.Results(pathlib.Path(folder) / "results.jsonl", again=False)
        with mock.patch("rtl_mutants.log"):
            return rtl_mutants.Campaign(UNITS, arguments(**changes)).run([FakeTree() for _ in range(trees)], results)

    def test_every_unit_gets_some_and_long_ones_more(self):
        quota = rtl_mutants.quotas(UNITS, 30)
        self.assertEqual(sum(quota.values()), 30)
        self.assertGreaterEqual(min(quota.values()), rtl_mutants.LEAST_OF_UNIT)
        self.assertGreater(quota["fpu"], quota["top"])

    def test_discarded_faults_are_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            records = self.run_campaign(folder)
        outcomes = [record["outcome"] for record in records]
        self.assertEqual(len(outcomes) - outcomes.count("discarded"), 30)
        self.assertGreater(outcomes.count("discarded"), 0)

    def test_the_number_of_jobs_changes_no_result(self):
        keys = []
        for trees in (1, 4):
            with tempfile.TemporaryDirectory() as folder:
                keys.append(sorted(record["key"] for record in self.run_campaign(folder, trees)))
        self.assertEqual(keys[0], keys[1])

    def test_a_second_run_judges_nothing_again(self):
        with tempfile.TemporaryDirectory() as folder:
            first = self.run_campaign(folder)
            with mock.patch("rtl_mutants.judge", side_effect=AssertionError("judged again")):
                second = self.run_campaign(folder)
        self.assertEqual(first, second)

    def test_again_forgets_survivors_only(self):
        with tempfile.TemporaryDirectory() as folder:
            self.run_campaign(folder)
            results = rtl_mutants.Results(pathlib.Path(folder) / "results.jsonl", again=True)
        outcomes = {record["outcome"] for record in results.by_key.values()}
        self.assertEqual(outcomes, {"found", "discarded"})


class Reports(unittest.TestCase):
    @staticmethod
    def record(number, outcome, **more):
        return {"key": str(number), "unit": "fpu", "file": "fpu/a.sv", "line": number, "kind": "flag", "before": f"b{number}",
                "after": f"a{number}", "outcome": outcome, **more}

    def report(self, equivalents):
        records = [self.record(1, "found", test="rtl_arithmetic: adds", how="Failed"),
                   self.record(2, "found", test="lockstep: softmax", how="Timeout"), self.record(3, "survived"),
                   self.record(4, "survived"), self.record(5, "discarded", reason="lint: %Warning")]
        with mock.patch("rtl_mutants.equivalents", return_value=equivalents):
            return rtl_mutants.Report(records)

    def test_what_survives_is_listed_and_counted(self):
        report = self.report({})
        self.assertEqual((report.faults, report.share), (4, 0.5))
        self.assertIn("| all | 4 | 2 | 1 | 1 | 1 | 2 | 0 |", report.markdown())
        self.assertIn("- fpu/a.sv:3 (flag): `b3` -> `a3`\n", report.markdown())
        self.assertIn("Found: 50.0 % of 4 faults. Discarded: 1 lint.", report.markdown())

    def test_a_known_equivalent_is_no_fault(self):
        report = self.report({("fpu/a.sv", "b3", "a3"): "Never both."})
        self.assertEqual(report.faults, 3)
        self.assertEqual(report.json()["outcomes"], {"equivalent": 1, "found": 2, "survived": 1})
        self.assertIn("- fpu/a.sv:3 (flag): `b3` -> `a3`. Never both.\n", report.markdown())

    def test_the_committed_list_has_a_reason_for_each_entry(self):
        for (file, before, after), reason in rtl_mutants.equivalents().items():
            self.assertNotEqual(before, after)
            self.assertGreater(len(reason), 20, file)


if __name__ == "__main__":
    unittest.main()
