"""A network as the Keras program that builds it, to be read, copied and run."""

import ast
import json
import keyword
import re
from pathlib import Path

from cnnviz.architectures.layers import Call
from cnnviz.architectures.network import Architecture

OWN_LAYERS = Path(__file__).with_name("keras_layers.py")


def keras_code(architecture: Architecture) -> str:
    """The program: a Sequential for a stack, the functional way where paths branch and meet.

    It needs Keras alone; a layer that Keras lacks is written out in front. The network is `model`.
    """
    rows = architecture.rows
    calls = {row.name: row.call for row in rows}
    own = _own_layers()
    used = [own[name] for name in own if name in {call.layer for call in calls.values()}]
    lines = ["import keras", f"from keras import layers{', ops' if used else ''}"]
    for source in used:
        lines += ["", "", source, ""]
    lines.append("")
    if architecture.is_stack:
        lines += ["model = keras.Sequential(", "    ["]
        lines += [f"        {_written(call, own)}," for call in calls.values()]
        lines += ["    ],", f'    name="{architecture.key}",', ")"]
    else:
        variables = _variables([row.name for row in rows])
        for row in rows:
            inputs = ", ".join(variables[name] for name in row.inputs)
            given = f"([{inputs}])" if len(row.inputs) > 1 else f"({inputs})" if inputs else ""
            lines.append(f"{variables[row.name]} = {_written(row.call, own)}{given}")
        outputs = ", ".join(variables[row.name] for row in architecture.outputs)
        outputs = f"[{outputs}]" if len(architecture.outputs) > 1 else outputs
        lines.append(f'model = keras.Model({rows[0].name}, {outputs}, name="{architecture.key}")')
    return "\n".join([*lines, "model.summary()", ""])


def _variables(names: list[str]) -> dict[str, str]:
    """Layer → a name in the program; layers of a visitor's file may be called anything."""
    taken = {"keras", "layers", "ops", "model"}
    variables = {}
    for name in names:
        variable = re.sub(r"\W", "_", name)
        if not variable.isidentifier() or keyword.iskeyword(variable):
            variable = f"layer_{variable}"
        while variable in taken:
            variable += "_"
        taken.add(variable)
        variables[name] = variable
    return variables


def _written(call: Call, own: dict[str, str]) -> str:
    arguments = [_value(argument) for argument in call.arguments]
    arguments += [f"{name}={_value(value)}" for name, value in call.options.items()]
    module = "" if call.layer in own else "keras." if call.layer == "Input" else "layers."
    return f"{module}{call.layer}({', '.join(arguments)})"


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _own_layers() -> dict[str, str]:
    """Name → source of the layers that Keras lacks, read without importing Keras."""
    source = OWN_LAYERS.read_text(encoding="utf-8")
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name: ast.get_source_segment(source, node) for node in classes}
