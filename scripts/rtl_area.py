#!/usr/bin/env python3
"""Reads RTL with Yosys: does it elaborate, and how many cells does it take?

  scripts/rtl_area.py cf_flags                     cells of a module after generic synthesis, flattened
  scripts/rtl_area.py cf_pipe --set Depth=3 --set Width=32
  scripts/rtl_area.py --elaborate                  only read and elaborate, all modules of rtl/ in one go

Cells are those of Yosys' own gate library (one- and two-input gates, multiplexers, flip-flops): a measure to compare
with, no square millimetres. Exit code 1 if Yosys refuses something.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from rtl_sources import Sources, add_source_options, generated_folder, need


def run_yosys(commands, folder):
    script = pathlib.Path(folder) / "commands.ys"
    log = pathlib.Path(folder) / "log"
    script.write_text("\n".join(commands) + "\n")
    done = subprocess.run(["yosys", "-q", "-l", log, script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(1)
    return log.read_text()


def cells_of(log):
    """Rows of the last `stat` of a flattened design: {cell type: count}."""
    table = log[log.rindex("Number of cells:"):]
    total = int(re.match(r"Number of cells:\s+(\d+)", table).group(1))
    counts = {name: int(count) for name, count in re.findall(r"^\s+(\$\w+)\s+(\d+)$", table, re.M)}
    registers = sum(count for name, count in counts.items() if "DFF" in name)
    return total, registers, counts.get("$_MUX_", 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="parameters",
                        help="a parameter of the modules that have it")
    parser.add_argument("--elaborate", action="store_true", help="read and elaborate only")
    add_source_options(parser)
    arguments = parser.parse_args()
    if not arguments.modules and not arguments.elaborate:
        parser.error("name a module, or --elaborate for all")
    need("yosys")
    with tempfile.TemporaryDirectory() as folder:
        sources = Sources(generated_folder(arguments, folder))
        modules = arguments.modules or sources.modules()
        unknown = [module for module in modules if module not in sources.path]
        if unknown:
            sys.exit(f"rtl_area.py: rtl/ has no module {unknown[0]}")

        def read(tops):
            return [f"read_verilog -sv -DYOSYS -I{sources.generated} {path}" for path in sources.files(tops)]

        if arguments.elaborate:
            run_yosys([*read(modules), "hierarchy -check", "proc", "check -assert"], folder)
            print(f"{len(modules)} modules elaborate")
            return
        print(f"{'module':<24} {'cells':>9} {'registers':>9} {'muxes':>9}")
        for module in modules:
            text = sources.path[module].read_text()
            settings = [parameter.split("=", 1) for parameter in arguments.parameters]
            chosen = [f"chparam -set {name} {value} {module}" for name, value in settings
                      if re.search(rf"parameter[^,;)]*\b{name}\b", text)]
            log = run_yosys([*read([module]), *chosen, f"hierarchy -check -top {module}",
                             "synth -noabc -flatten", "stat"], folder)
            total, registers, muxes = cells_of(log)
            print(f"{module:<24} {total:>9} {registers:>9} {muxes:>9}", flush=True)


if __name__ == "__main__":
    main()
