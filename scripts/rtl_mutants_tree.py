"""A copy of the sources with its build, in which rtl_mutants.py plants one fault at a time and runs the tests."""
import collections
import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

from rtl_sources import ROOT, RTL, Sources

GENERATED = "generated"  # files that isa/emit makes are named generated/..., all others as below rtl/
FOLDERS = ("cli", "agent", "isa", "kernels", "memory", "rtl", "scripts", "sim", "tests")
TEST_CPU_S = 300         # of one process; the slowest test takes a tenth of it
TESTS_WALL_S = 1800      # last resort
BENCHES = "tests/rtl_bench"
LOCKSTEP = "tests/lockstep"
# A mutant runs for seconds: what is saved in compiling is worth more than what is lost in running. The machine's hundreds of
# files are compiled as three: to read their headers takes longer than the rest. Arithmetic (all but the root) rarely changes.
COMPILER = """#!/bin/sh
case "$*" in *" -O3 "*) exec {real} "$@" -O1 ;; *) exec {real} "$@" ;; esac
"""
VERILATOR = """#!/bin/sh
{real} "$@" || exit $?
case "$*" in *"--prefix VHarness "*)
  for file in VHarness*.cpp; do
    case "$file" in *Slow*|*Syms*) part=npu__Slow.cpp ;; *root*) part=npu_root.cpp ;; *) part=npu_parts.cpp ;; esac
    mv "$file" "$file.inc"
    echo "#include \\"$file.inc\\"" >> $part
  done
  sha256sum VHarness*.inc VHarness*.h > {machine}
esac
"""
BUILD_TEST = "lockstep: the RTL of tiny is built"


def run(command, environment=None):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, env=environment)


def must(command, environment=None):
    done = run(command, environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}")


def write(path, content):
    """Leaves a file alone that has this content, so that nothing is built anew for it."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy(folder, target, appended):
    """Makes `target` the same as `folder`, but for texts that are appended to files (by path below the folder)."""
    wanted = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    for name in wanted:
        write(target / name, (folder / name).read_bytes() + appended.get(name.as_posix(), "").encode())
    for path in list(target.rglob("*")):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()


def waivers_for_speed():
    """The arithmetic, which is there for each lane and stage, is verilated once, not once a place: less to compile."""
    modules = [path.stem for folder in ("fpu", "sfu", "convert") for path in RTL.glob(f"{folder}/cf_*.sv")]
    return "\n" + "".join(f'no_inline -module "{name}"\n' for name in sorted(modules) if not name.endswith("_pkg"))


class TestFailed(Exception):
    """A test found the fault: its name, how it ended, and what it said."""

    def __init__(self, test, how, output=""):
        super().__init__(test)
        self.test, self.how, self.output = test, how, output


class Tree:
    def __init__(self, folder):
        self.folder = folder
        self.source, self.build = folder / "source", folder / "build"
        self.generated = self.build / BENCHES / "generated"
        self.environment = {**os.environ, "COLDFORGE_CACHE": str(folder / "cache"), "COLDFORGE_SHARE": str(self.source),
                            "CCACHE_BASEDIR": str(folder), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
        self.reads = {}        # file: {bench program: seconds that its benches with this file take to build}
        self.machine = ""      # digest of the C++ of the machine without a fault

    def prepare(self, tests=True):
        """Copies what has changed, emits the generated files; with `tests` builds all tests and runs them."""
        for name in FOLDERS:
            copy(ROOT / name, self.source / name, {"lint/coldforge.vlt": waivers_for_speed()} if name == "rtl" else {})
        for path in ROOT.glob("CMake*"):
            write(self.source / path.name, path.read_bytes())
        compiler = self._wrap("clang++", COMPILER)
        self._wrap("verilator", VERILATOR)
        if not (self.build / "build.ninja").exists():
            must(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                  f"-DVERILATED_CXX={compiler}"], self.environment)
        must(["ninja", "-C", self.build, "coldforge_rtl_generated"], self.environment)
        with tempfile.TemporaryDirectory() as scratch:  # a run that was killed may have left a fault
            must([self.build / "cli" / "coldforge", "isa", "emit", "rtl", "--arch", "tiny", "--dir", scratch], self.environment)
            for path in pathlib.Path(scratch).iterdir():
                write(self.generated / path.name, path.read_bytes())
        self.sources = Sources(self.generated)
        if not tests:
            return
        must(["ninja", "-C", self.build, f"-j{os.cpu_count()}", f"{BENCHES}/all", f"{LOCKSTEP}/all"], self.environment)
        self.reads = self._what_benches_read()
        self._check_without_fault()

    def _check_without_fault(self):
        """All tests have to pass; they are run again only after something has changed."""
        digest = hashlib.sha256()
        for path in sorted([*self.source.rglob("*"), *self.generated.glob("*")]):
            if path.is_file() and self.source / "scripts" not in path.parents:
                digest.update(str(path).encode() + b"\0" + path.read_bytes())
        stamp = self.folder / "passed.json"
        passed = json.loads(stamp.read_text()) if stamp.exists() else {}
        if passed.get("sources") != digest.hexdigest():
            self.forget_machines()
            try:
                self.test(BENCHES, "^rtl_")
                self.test(LOCKSTEP, ".")
            except TestFailed as failed:
                sys.exit(f"without a fault: {failed.test} ({failed.how})\n{failed.output[-3000:]}")
            passed = {"sources": digest.hexdigest(), "machine": self.machine_digest()}
            stamp.write_text(json.dumps(passed))
        self.machine = passed["machine"]

    def path(self, name):
        unit, _, rest = name.partition("/")
        return self.generated / rest if unit == GENERATED else self.source / "rtl" / name

    def texts(self):
        """Unit: {file: text}."""
        units = collections.defaultdict(dict)
        for path in [*(self.source / "rtl").rglob("cf_*.sv"), *self.generated.glob("cf_*.sv")]:
            name = self._name(path)
            units[name.split("/")[0]][name] = path.read_text()
        return units

    @contextlib.contextmanager
    def planted(self, mutant, text):
        path = self.path(mutant.file)
        # The library of the machine emits its own generated files; one in the folder takes precedence.
        override = self.source / "rtl" / mutant.file if mutant.file.startswith(GENERATED + "/") else None
        path.write_text(mutant.apply(text))
        try:
            if override:
                write(override, path.read_bytes())
            yield
        finally:
            path.write_text(text)
            if override:
                override.unlink()

    def lint(self, name):
        """What Verilator says of the smallest module with the file. That a signal is not used any more is no reason."""
        stem = pathlib.Path(name).stem
        tops = [stem]
        if stem.endswith("_pkg"):
            tops = [module for module in self.sources.modules() if stem in self.sources.uses[module]]
        files = min((self.sources.files([top]) for top in tops), key=len)
        files = [self.source / "rtl" / path.relative_to(RTL) if RTL in path.parents else path for path in files]
        return run(["verilator", "--lint-only", "-Wall", "-Wno-UNUSED", "--top-module", files[-1].stem,
                    f"+incdir+{self.generated}", *(self.source / "rtl" / "lint").glob("*.vlt"), *files]).stdout

    def build_bench(self, program):
        """Empty, or what the build says."""
        done = run(["ninja", "-C", self.build, program], self.environment)
        return "" if done.returncode == 0 else done.stdout

    def test(self, folder, pattern, without=""):
        """Runs the tests below a folder of the build (not those with `without` in their names) until TestFailed."""
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (TEST_CPU_S, TEST_CPU_S))
        command = ["ctest", "--test-dir", str(self.build / folder), "-R", pattern, *(["-E", without] if without else []),
                   "--stop-on-failure", "--output-on-failure", "--timeout", str(TESTS_WALL_S)]
        process = subprocess.Popen(command, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   errors="replace", start_new_session=True, preexec_fn=limit)
        try:
            output, _ = process.communicate(timeout=TESTS_WALL_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise TestFailed(pattern, "wall clock") from None
        if "No tests were found" in output:
            sys.exit(f"no test is named {pattern} in {self.build / folder}")
        if process.returncode != 0:
            failed = re.search(r"^\s*\d+ - (.*) \((.*)\)", output, re.M)
            how = "Timeout" if re.search("Timeout|SIGXCPU|SIGKILL", failed.group(2)) else failed.group(2)
            raise TestFailed(failed.group(1), how, output)

    def machine_digest(self):
        """Of the C++ that Verilator has last made of the machine."""
        return hashlib.sha256((self.folder / "machine").read_bytes()).hexdigest()

    def forget_machines(self):
        (self.folder / "machine").unlink(missing_ok=True)
        for path in (self.folder / "cache").glob("rtl-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _wrap(self, program, script):
        path = self.folder / "bin" / program
        write(path, script.format(real=shutil.which(program), machine=self.folder / "machine").encode())
        path.chmod(0o755)
        return path

    def _program(self, path):
        """The bench program of a file in a folder below tests/rtl_bench."""
        folder = path.parent.name
        return "rtl_" + ("arithmetic" if folder == "rtl_bench" else folder)

    def _what_benches_read(self):
        took = {}
        for line in (self.build / ".ninja_log").read_text().splitlines()[1:]:
            begin, end, _, output, _ = line.split("\t")
            took[output] = (int(end) - int(begin)) / 1000
        reads = collections.defaultdict(collections.Counter)
        for rule in (self.build / BENCHES).rglob("unity.d"):
            archive, _, paths = rule.read_text().partition(":")
            for path in paths.split():
                name = self._name(pathlib.Path(path))
                if name:
                    reads[name][self._program(rule.parent)] += took[os.path.relpath(archive, self.build)]
        return reads

    def _name(self, path):
        for folder, prefix in ((self.source / "rtl", ""), (self.generated, GENERATED + "/")):
            if folder in path.parents:
                return prefix + path.relative_to(folder).as_posix()
        return None
