"""The RTL with faults, the builds of it, and the tests that run on it: a folder of rtl_mutants.py.

  rtl/        the sources with faults; what isa/emit makes is in rtl/generated if it has one
  share/      what the programs look for beside them: links to ours, but for rtl/
  overlay/    the same without rtl/generated, which is that of the instruction set without an overlay
  build/      a build of our sources; its unit benches verilate rtl/, its lockstep tests that of share/
  bin/        a verilator that knows the switch of faults and takes no offence at them
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, replace

import rtl_mutants_switch
from rtl_sources import ROOT, RTL, Sources

GENERATED = "generated"  # files that isa/emit makes are named generated/..., all others as below rtl/
BENCHES, LOCKSTEP = "tests/rtl_bench", "tests/lockstep"
HARNESS = ROOT / "sim" / "rtl" / "harness" / "cf_harness.sv"
TOP = "cf_npu"
OVERLAY = ROOT / "isa" / "overlays" / "exp_rowsum.json"  # of the lockstep test with an overlay
# Of a test's wall clock: a fault may stop the machine without a cycle limit that notices. Generous, the host may be busy.
LIMIT_LEAST_S, LIMIT_TIMES = 90, 20
VERILATOR = """#!/bin/sh
exec {real} {package} "$@" -Wno-fatal -Wno-lint -Wno-UNOPTFLAT
"""


def is_generated(name):
    return name.startswith(GENERATED + "/")


def run(command, environment=None, folder=None):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, env=environment, cwd=folder)


def must(command, environment=None):
    done = run(command, environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}")
    return done.stdout


def write(path, text):
    """Leaves a file alone that has this text, so that nothing is built anew for it."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def fill(folder, texts):
    """Makes the files of a folder (path below it: text) these, and no others."""
    for name, text in texts.items():
        write(folder / name, text)
    for path in list(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in texts:
            path.unlink()


@dataclass(frozen=True)
class Test:
    name: str
    command: tuple
    folder: str
    program: str      # file name of the program, which says what it has read
    has_overlay: bool

    def moved(self, build, other):
        """The same test of another build."""
        program = other / pathlib.Path(self.command[0]).relative_to(build)
        return replace(self, command=(str(program), *self.command[1:]))


def tests_of(listing):
    """Of `ctest --show-only=json-v1`: those that run RTL."""
    tests = []
    for test in json.loads(listing)["tests"]:
        command = list(test.get("command", ()))
        program = os.path.basename(command[0]) if command else ""
        if not (program.startswith("rtl_") or program in ("lockstep", "coldforge_lockstep")):
            continue
        if program == "coldforge_lockstep":  # the first program that diverges is enough
            command += ["--shrink", "0", "--max-divergences", "1"]
        folder = next(one["value"] for one in test["properties"] if one["name"] == "WORKING_DIRECTORY")
        tests.append(Test(test["name"], tuple(command), folder, program, "--isa" in command))
    return tests


class Originals:
    """The RTL without a fault: of our sources and of isa/emit for tiny, plain or with the overlay of a test."""

    def __init__(self, generated, with_overlay=None):
        self.generated, self.with_overlay = generated, with_overlay
        self.sources = Sources(generated)
        self._said = generated.with_suffix(".lint.json")  # by digest of all that was read: a run that goes on has it
        self._digest = hashlib.sha256(b"".join(path.read_bytes() for path in [*sorted(self.sources.path.values()), HARNESS]))
        self._known = json.loads(self._said.read_text()) if self._said.exists() else {}
        self._lock = threading.Lock()

    def path(self, name):
        unit, _, rest = name.partition("/")
        return self.generated / rest if unit == GENERATED else RTL / name

    def name(self, path):
        if path.parent == self.generated:
            return f"{GENERATED}/{path.name}"
        return path.relative_to(RTL).as_posix()

    def units(self):
        """Unit: {file: text}."""
        units = {}
        for path in self.sources.path.values():
            name = self.name(path)
            units.setdefault(name.split("/")[0], {})[name] = path.read_text()
        return units

    def lint(self, texts, everything=False, switches=False):
        """What Verilator says of the smallest module with the files (name: text), or of the whole machine. That a signal is
        not used any more is no reason; nor is style where the text holds switches."""
        if everything and self.with_overlay:
            said = self.with_overlay.lint({name: text for name, text in texts.items() if not is_generated(name)}, True, switches)
            if said:
                return said
        digest = self._digest.copy()
        digest.update(json.dumps([texts, everything, switches, rtl_mutants_switch.PACKAGE], sort_keys=True).encode())
        key = digest.hexdigest()
        if key not in self._known:
            said = self._verilate(texts, everything, switches)
            with self._lock:
                self._known[key] = said
                self._said.write_text(json.dumps(self._known))
        return self._known[key]

    def _verilate(self, texts, everything, switches):
        with tempfile.TemporaryDirectory() as scratch:
            replaced = {}
            for name, text in texts.items():
                path = pathlib.Path(scratch) / pathlib.Path(name).name
                path.write_text(text)
                replaced[self.path(name)] = path
            package = pathlib.Path(scratch) / "cf_mutant_pkg.sv"
            package.write_text(rtl_mutants_switch.PACKAGE)
            files = self.sources.files([TOP]) + [HARNESS] if everything else min(map(self._files, texts), key=len)
            options = ["-Wno-lint", "-Wno-fatal", "-Wno-UNOPTFLAT", package] if switches else ["-Wall", "-Wno-UNUSED"]
            done = run(["verilator", "--lint-only", *options, "--top-module", files[-1].stem, f"+incdir+{self.generated}",
                        *(RTL / "lint").glob("*.vlt"), *(replaced.get(path, path) for path in files)])
            return "" if switches and done.returncode == 0 else done.stdout

    def _files(self, name):
        """The fewest files with one module, the last of them, that has this one."""
        stem = pathlib.Path(name).stem
        tops = self.sources.modules() if stem.endswith("_pkg") else [stem]
        return min((files for files in map(lambda top: self.sources.files([top]), tops) if self.path(name) in files), key=len)

    def machine_digest(self, texts):
        """Of the C++ of the machine with these files (name: text) instead of the originals."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            files = [path.name for path in self.sources.files([TOP]) + [HARNESS]]
            for path in [*self.generated.iterdir(), *self.sources.files([TOP])]:  # Verilator looks for includes here, too
                (folder / path.name).write_text(texts.get(self.name(path)) or path.read_text())
            shutil.copy(HARNESS, folder)
            done = run(["verilator", "--cc", "-O3", "-Wno-lint", "-Wno-fatal", "-Wno-UNOPTFLAT", "--top-module", HARNESS.stem,
                        *(RTL / "lint").glob("*.vlt"), *files], folder=folder)
            if done.returncode != 0:
                return done.stdout
            digest = hashlib.sha256()
            for path in sorted((folder / "obj_dir").glob("*")):
                if path.suffix in (".cpp", ".h"):
                    digest.update(path.name.encode() + path.read_bytes())
            return digest.hexdigest()


class Tree:
    """Texts are planted, then programs are built, then tests run."""

    def __init__(self, folder):
        self.folder, self.build = folder, folder / "build"
        self.rtl = folder / "rtl"
        self.environment = {**os.environ, "COLDFORGE_CACHE": str(folder / "cache"),
                            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
        self.tests = []

    def prepare(self):
        """Makes the folder, builds what does not depend on faults, emits the generated files; returns the Originals."""
        package, verilator = self.folder / "bin" / "cf_mutant_pkg.sv", self.folder / "bin" / "verilator"
        write(package, rtl_mutants_switch.PACKAGE)
        write(verilator, VERILATOR.format(real=shutil.which("verilator"), package=package))
        verilator.chmod(0o755)
        for name in ("share", "overlay"):
            (self.folder / name).mkdir(exist_ok=True)
            for path in ROOT.iterdir():
                link = self.folder / name / path.name
                if path.name not in ("rtl", "build") and not path.name.startswith(".") and not link.is_symlink():
                    link.symlink_to(path)
        must(["cmake", "-S", ROOT, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
              f"-DVERILATOR_PROGRAM={verilator}", f"-DCOLDFORGE_BENCH_RTL={self.rtl}"], self.environment)
        must(["ninja", "-C", self.build, "coldforge_rtl_generated"], self.environment)
        made = {}
        for name, options in ((GENERATED, []), (f"{GENERATED}_overlay", ["--isa", OVERLAY])):
            made[name] = self.folder / name
            made[name].mkdir(exist_ok=True)
            must([self.build / "cli" / "coldforge", "isa", "emit", "rtl", "--arch", "tiny", *options, "--dir", made[name]],
                 self.environment)
        plain, overlay = made.values()
        return Originals(plain, Originals(overlay))

    def plant(self, originals, texts):
        """Makes the RTL the originals but for some texts."""
        ours = {path.relative_to(RTL).as_posix(): path.read_text() for path in RTL.rglob("*") if path.is_file()}
        emitted = {path.name: path.read_text() for path in originals.generated.iterdir()}
        of_sources = {name: text for name, text in texts.items() if not is_generated(name)}
        fill(self.rtl, {**ours, **of_sources})
        fill(self.folder / "overlay" / "rtl", {**ours, **of_sources})
        fill(self.folder / "share" / "rtl", {**ours, **texts})
        for name, text in emitted.items():
            write(self.build / BENCHES / GENERATED / name, texts.get(f"{GENERATED}/{name}", text))

    def forget_machines(self):
        for path in (self.folder / "cache").glob("rtl-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def make(self, *targets):
        """Empty, or what the build says."""
        done = run(["ninja", "-C", self.build, f"-j{os.cpu_count()}", *targets], self.environment)
        return "" if done.returncode == 0 else done.stdout

    def list_tests(self):
        """All programs have to be built."""
        self.tests = []
        for folder in (BENCHES, LOCKSTEP):
            self.tests += tests_of(must(["ctest", "--test-dir", self.build / folder, "--show-only=json-v1"], self.environment))

    def reads(self):
        """File: the bench programs that have verilated it."""
        reads = {}
        for rule in (self.build / BENCHES).rglob("unity.d"):
            folder = rule.parent.parent.name
            program = "rtl_" + ("arithmetic" if folder == pathlib.Path(BENCHES).name else folder)
            for word in rule.read_text().split():
                path = pathlib.Path(word)
                if self.rtl in path.parents:
                    reads.setdefault(path.relative_to(self.rtl).as_posix(), set()).add(program)
                elif path.parent == self.build / BENCHES / GENERATED:
                    reads.setdefault(f"{GENERATED}/{path.name}", set()).add(program)
        return reads

    def run_test(self, test, number, limit_s):
        """How the test found fault `number` (0: none): "" if it did not, "Timeout", or the exit code; and what it said."""
        share = self.folder / ("overlay" if test.has_overlay else "share")
        environment = {**self.environment, "COLDFORGE_SHARE": str(share), rtl_mutants_switch.VARIABLE: str(number)}
        process = subprocess.Popen(test.command, cwd=test.folder, env=environment, text=True, errors="replace",
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            said, _ = process.communicate(timeout=limit_s)
            how = "" if process.returncode == 0 else f"exit code {process.returncode}"
        except subprocess.TimeoutExpired:
            how = "Timeout"
        finally:
            if process.poll() != 0:
                try:
                    os.killpg(process.pid, signal.SIGKILL)  # those that it has started, too
                except ProcessLookupError:
                    pass
        if how == "Timeout":
            said, _ = process.communicate()
        return how, said
