"""How rtl_mutants.py spreads its faults, goes on where it was, and counts."""
import argparse
import json
import pathlib
import tempfile
import unittest
import zlib
from unittest import mock

import rtl_mutants
import rtl_mutants_batch
import rtl_mutants_report
import rtl_mutants_tree
from rtl_mutants_batch import Fault
from rtl_mutations import Mutant


UNITS = {"fpu": {"fpu/a.sv": "assign y = a + b;\n" * 90}, "top": {"top/b.sv": "assign z = a == b;\n" * 30},
         "generated": {"generated/c.sv": "assign t = a && b;\n" * 90}}


def arguments(**changes):
    return argparse.Namespace(**{"count": 30, "seed": 1, "only": None, "jobs": 2, **changes})


def lint(texts):
    """Refuses one fault of four, by its text."""
    (text,) = texts.values()
    return "%Warning-WIDTH: too wide\nmore" if zlib.crc32(text.encode()) % 4 == 0 else ""


class FakeBatch:
    """Discards one fault of three, finds one and lets one survive, by the line that it is in."""

    def __init__(self, faults):
        self.faults = faults

    def judge(self, fault):
        assert fault in self.faults
        return ({"outcome": "discarded", "reason": "no effect on tiny"}, {"outcome": "survived"},
                {"outcome": "found", "test": "rtl_arithmetic: adds", "how": "exit code 1"})[fault.record["line"] % 3]


class Campaigns(unittest.TestCase):
    def run_campaign(self, folder, plant=FakeBatch, **changes):
        results = rtl_mutants.Results(pathlib.Path(folder) / "results.jsonl", again=False)
        campaign = rtl_mutants.Campaign(UNITS, arguments(**changes), results)
        with mock.patch("rtl_mutants.log"):
            campaign.run(lint, plant)
        return campaign.records

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
        reasons = {record["reason"].split(":")[0] for record in records if record["outcome"] == "discarded"}
        self.assertEqual(reasons, {"lint", "no effect on tiny"})

    def test_a_unit_without_enough_faults_ends(self):
        few = {"fpu": {"fpu/a.sv": "assign y = a + b;\n"}}
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(UNITS, few, clear=True):
            records = self.run_campaign(folder, count=5)
        self.assertLess(len(records), 5)

    def test_the_number_of_jobs_changes_no_result(self):
        keys = []
        for jobs in (1, 4):
            with tempfile.TemporaryDirectory() as folder:
                records = self.run_campaign(folder, jobs=jobs)
            keys.append(sorted(record["key"] for record in records if record["outcome"] != "discarded"))
        self.assertEqual(keys[0], keys[1])

    def test_a_second_run_judges_nothing_again(self):
        def planted(faults):
            batch = FakeBatch(faults)
            batch.judge = mock.Mock(side_effect=AssertionError("judged again"))
            return batch

        with tempfile.TemporaryDirectory() as folder:
            first = self.run_campaign(folder)
            second = self.run_campaign(folder, plant=planted)
        self.assertEqual(sorted(map(str, first)), sorted(map(str, second)))

    def test_again_forgets_survivors_only(self):
        with tempfile.TemporaryDirectory() as folder:
            self.run_campaign(folder)
            results = rtl_mutants.Results(pathlib.Path(folder) / "results.jsonl", again=True)
        outcomes = {record["outcome"] for record in results.by_key.values()}
        self.assertEqual(outcomes, {"found", "discarded"})


class Batches(unittest.TestCase):
    TEXT = "localparam int unsigned W = 4;\nassign y = a + b;\nassign z = c == d;\n"

    def faults(self):
        for number, (old, new) in enumerate((("4", "5"), ("+", "-"), ("==", "!=")), 1):
            start = self.TEXT.index(old)
            mutant = Mutant("top/b.sv", "constant", start, start + len(old), new)
            yield Fault(mutant, self.TEXT, {"key": old}, number)

    def test_what_does_not_elaborate_as_a_switch_is_built_alone(self):
        faults = list(self.faults())
        originals = mock.Mock()
        originals.lint.side_effect = lambda texts, **_: "W is no constant" if "getenv" in "".join(texts.values()) else ""
        self.assertEqual(rtl_mutants_batch.apart(originals, faults), (faults[1:], faults[:1]))

    def test_tests_are_those_of_the_rtl(self):
        def test(program, *options):
            return {"name": program, "command": [f"/build/{program}", *options],
                    "properties": [{"name": "WORKING_DIRECTORY", "value": "/build"}]}

        listing = json.dumps({"tests": [test("rtl_top", "a case"), test("python3", "rtl_lint.py"), test("lockstep_random"),
                                        test("coldforge_lockstep", "--isa", "overlay.json")]})
        bench, random = rtl_mutants_tree.tests_of(listing)
        self.assertEqual((bench.program, bench.command, bench.has_overlay), ("rtl_top", ("/build/rtl_top", "a case"), False))
        self.assertTrue(random.has_overlay)
        self.assertEqual(random.command[-4:], ("--shrink", "0", "--max-divergences", "1"))


class Reports(unittest.TestCase):
    @staticmethod
    def record(number, outcome, **more):
        return {"key": str(number), "unit": "fpu", "file": "fpu/a.sv", "line": number, "kind": "flag", "before": f"b{number}",
                "after": f"a{number}", "outcome": outcome, **more}

    def report(self, equivalents):
        records = [self.record(1, "found", test="rtl_arithmetic: adds", how="exit code 1"),
                   self.record(2, "found", test="lockstep: softmax", how="Timeout"), self.record(3, "survived"),
                   self.record(4, "survived"), self.record(5, "discarded", reason="lint: %Warning")]
        with mock.patch("rtl_mutants_report.equivalents", return_value=equivalents):
            return rtl_mutants_report.Report(records)

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
        for (file, before, after), reason in rtl_mutants_report.equivalents().items():
            self.assertNotEqual(before, after)
            self.assertGreater(len(reason), 20, file)


if __name__ == "__main__":
    unittest.main()
