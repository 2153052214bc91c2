#!/usr/bin/env python3
"""Exports a PyTorch module to an .onnx file that coldforge takes as a task.

    scripts/export_torch.py my_model.py:build --out my_op.onnx
    scripts/export_torch.py my_model.py:build --out my_op.onnx --remark "input x range=0.1..4"

`build` is a function without arguments in my_model.py that returns (module, example_inputs): a torch.nn.Module and a
tuple of tensors with the shapes and types of the task. Parameters become inputs of the task unless --bake-weights is
given: kernels are judged with many weights, not with one set.
"""

import argparse
import importlib.util
import os
import sys

OPSET = 17  # the newest that coldforge reads


def fail(message):
    print(f"export_torch.py: {message}", file=sys.stderr)
    sys.exit(2)


def import_torch():
    try:
        import torch
    except ImportError:
        fail("PyTorch is not installed: pip install torch onnx (in an environment of your own); "
             "or write the task as ONNX text, see kernels/tasks/README.md")
    try:
        import onnx
    except ImportError:
        fail("the Python package onnx is not installed: pip install onnx")
    return torch, onnx


def load_builder(spec):
    path, _, name = spec.partition(":")
    if not name:
        fail(f"{spec}: must be FILE.py:FUNCTION")
    if not os.path.isfile(path):
        fail(f"{path}: no such file")
    module_spec = importlib.util.spec_from_file_location("coldforge_export_model", path)
    if module_spec is None:
        fail(f"{path}: is not a Python file")
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    if not hasattr(module, name):
        fail(f"{path}: has no function {name}")
    return getattr(module, name)


def parameters_to_inputs(onnx, model, parameters):
    """The module's parameters lose their values and become graph inputs of the same name, dots replaced."""
    graph = model.graph
    renamed = {}
    for tensor in list(graph.initializer):
        if tensor.name not in parameters:  # a shape or an index: stays a constant
            continue
        name = tensor.name.replace(".", "_")
        renamed[tensor.name] = name
        graph.input.append(onnx.helper.make_tensor_value_info(name, tensor.data_type, list(tensor.dims)))
        graph.initializer.remove(tensor)
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name in renamed:
                node.input[i] = renamed[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builder", metavar="FILE.py:FUNCTION")
    parser.add_argument("--out", required=True, metavar="FILE.onnx")
    parser.add_argument("--bake-weights", action="store_true", help="keep the parameters' values as constants")
    parser.add_argument("--remark", action="append", default=[], metavar="TEXT",
                        help="a line such as 'tolerance rtol=0.01' or 'input x range=0.1..4'; may be repeated")
    options = parser.parse_args()

    builder = load_builder(options.builder)
    torch, onnx = import_torch()
    module, inputs = builder()
    module.eval()
    names = [f"x{i}" for i in range(len(inputs))] if len(inputs) > 1 else ["x"]
    beside = options.out + ".part"
    with torch.no_grad():
        # Folding would turn parameters into nameless constants (transposed weights).
        arguments = dict(input_names=names, output_names=["y"], opset_version=OPSET, do_constant_folding=options.bake_weights)
        try:
            # Newer versions of PyTorch export by another way unless told not to; older ones do not know the word.
            torch.onnx.export(module, tuple(inputs), beside, dynamo=False, **arguments)
        except TypeError:
            torch.onnx.export(module, tuple(inputs), beside, **arguments)
    model = onnx.load(beside)
    os.unlink(beside)
    model.ir_version = min(model.ir_version, 8)
    if not options.bake_weights:
        parameters_to_inputs(onnx, model, set(module.state_dict()))
    if options.remark:
        onnx.helper.set_model_props(model, {"coldforge": "\n".join(options.remark)})
    onnx.checker.check_model(model)
    onnx.save(model, beside)
    os.replace(beside, options.out)
    shapes = ", ".join(value.name for value in model.graph.input)
    print(f"{options.out}: inputs {shapes}; next: coldforge tasks check {options.out}")


if __name__ == "__main__":
    main()
