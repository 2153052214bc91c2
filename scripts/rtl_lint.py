#!/usr/bin/env python3
"""`verilator --lint-only -Wall` on every module of rtl/ as a top of its own; silent if there is nothing to say.

  scripts/rtl_lint.py                    all modules, with the generated files of the release build
  scripts/rtl_lint.py cf_fp_fma cf_alu   these modules

Exit code 1 if Verilator said something. What it may say stands with its reason in rtl/lint/.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from rtl_sources import RTL, Sources, add_source_options, generated_folder, need


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    add_source_options(parser)
    arguments = parser.parse_args()
    need("verilator")
    with tempfile.TemporaryDirectory() as folder:
        sources = Sources(generated_folder(arguments, folder))
        modules = arguments.modules or sources.modules()
        unknown = [module for module in modules if module not in sources.path]
        if unknown:
            sys.exit(f"rtl_lint.py: rtl/ has no module {unknown[0]}")
        waivers = sorted(RTL.glob("lint/*.vlt"))

        def lint(module):
            command = ["verilator", "--lint-only", "-Wall", "--top-module", module, f"+incdir+{sources.generated}", *waivers]
            return subprocess.run([*command, *sources.files([module])], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            said = [run.stdout for run in pool.map(lint, modules) if run.stdout or run.returncode != 0]
    for text in said:
        print(text)
    sys.exit(1 if said else 0)


if __name__ == "__main__":
    main()
