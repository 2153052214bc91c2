"""What a campaign of rtl_mutants.py has found: tables by unit and by kind, survivors, and those that are no faults."""
import collections
import json
import pathlib

EQUIVALENT = pathlib.Path(__file__).resolve().with_name("rtl_mutants_equivalent.json")


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
                limits = sum(record["how"] == "Timeout" for record in found)
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
