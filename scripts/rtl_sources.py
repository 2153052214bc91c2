"""Which SystemVerilog files a module needs, and in which order: what rtl_lint.py and rtl_area.py share.

A file holds one module or package of its name. Packages come first, each after those that it uses.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
SKIPPED = 77  # exit code that ctest shows as "skipped"


def need(*programs):
    """Ends the script as skipped if one of the programs is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            print(f"{program} is not installed (scripts/install_packages)")
            sys.exit(SKIPPED)


def add_source_options(parser):
    parser.add_argument("--generated", metavar="FOLDER",
                        help="files of `coldforge isa emit rtl`; without it they are emitted for --arch by the release build")
    parser.add_argument("--arch", default="tiny", help="machine to emit them for (default: tiny)")


def generated_folder(arguments, scratch):
    """The folder of the generated files; below `scratch` if they have to be emitted."""
    if arguments.generated:
        return pathlib.Path(arguments.generated)
    program = ROOT / "build" / "release" / "cli" / "coldforge"
    if not program.exists():
        sys.exit(f"{program}: missing; build the release preset, or name a folder with --generated")
    folder = pathlib.Path(scratch) / "generated"
    emitted = subprocess.run([program, "isa", "emit", "rtl", "--arch", arguments.arch, "--dir", folder],
                             stdout=subprocess.DEVNULL, check=False)
    if emitted.returncode != 0:
        sys.exit(emitted.returncode)
    return folder


class Sources:
    """All files; `generated` is also the folder where they look for what they include."""

    def __init__(self, generated):
        self.generated = generated
        self.path = {path.stem: path for path in [*sorted(generated.glob("cf_*.sv")), *sorted(RTL.rglob("cf_*.sv"))]}
        names = re.compile(r"\bcf_\w+")
        self.uses = {}
        for name, path in self.path.items():
            words = set(names.findall(COMMENT.sub("", path.read_text())))
            self.uses[name] = sorted(word for word in words if word in self.path and word != name)

    def modules(self):
        return [name for name in sorted(self.path) if not name.endswith("_pkg")]

    def files(self, tops):
        """Files of the modules and of all that they use, packages first."""
        order = []

        def visit(name):
            if name in seen:
                return
            seen.add(name)
            for used in self.uses[name]:
                visit(used)
            order.append(name)

        seen = set()
        for top in tops:
            visit(top)
        order.sort(key=lambda name: not name.endswith("_pkg"))  # stable: dependencies stay in order
        return [self.path[name] for name in order]
