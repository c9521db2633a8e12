"""A network as assets/components/diagram.js takes it, for any Architecture."""

from functools import lru_cache

from cnnviz.architectures import Architecture
from cnnviz.architectures.structure import shortcuts
from cnnviz.ui.language import texts


def words() -> dict[str, str]:
    """The diagram's own sentences, in the visitor's language."""
    return texts("architectures.diagram")


@lru_cache(maxsize=64)
def as_data(architecture: Architecture) -> dict:
    """Rows, and the numbers of each layer once for all rows that share them.

    ResNet-152 has 517 rows but 48 different layers: sent once each, it is 75 KB in all.
    """
    number = {row.name: at for at, row in enumerate(architecture.rows)}
    blocks = list(architecture.blocks)
    short = shortcuts(architecture)
    layers: dict[tuple, int] = {}
    details: list[dict] = []
    rows = []
    for row in architecture.rows:
        key = (row.layer, row.input_shapes, row.frozen)
        if key not in layers:
            layers[key] = len(details)
            settings = {name: value for name, value in vars(row.layer).items() if name != "shape"}
            details.append(
                {
                    "type": type(row.layer).__name__,
                    "kind": row.kind,
                    "settings": settings,
                    "shape": row.output_shape,
                    "stores": row.layer.stores,
                    "frozen": row.frozen,
                    "shapeFormulas": row.shape_formulas,
                    "parameters": row.parameters,
                    "weights": row.weights,
                    "withoutBiases": row.without_biases,
                    "notTrained": row.non_trainable_parameters,
                    "parameterFormula": row.parameter_formula,
                    "multiplyAdds": row.multiply_adds,
                    "multiplyAddFormula": row.multiply_add_formula,
                    "values": row.values,
                    "valueFormula": row.value_formula,
                }
            )
            if row.kind == "convolution":
                details[-1] |= {"asDense": row.as_dense, "asDenseFormula": row.as_dense_formula}
        entry = {
            "name": row.name,
            "inputs": [number[name] for name in row.inputs],
            "layer": layers[key],
            "block": blocks.index(row.block),
            "field": row.receptive_field,
        }
        if row.role != "main":
            entry["role"] = row.role
        if formulas := architecture.receptive_field_formulas(row):
            entry["fieldFormulas"] = formulas
        if row.name in short:
            name, kind = short[row.name]
            entry["shortcut"] = {"from": number[name], "kind": kind}
        rows.append(entry)
    return {
        "key": architecture.key,
        "rows": rows,
        "layers": details,
        "blocks": blocks,
        "parameters": architecture.parameters,
        "trainable": architecture.trainable_parameters,
        "multiplyAdds": architecture.multiply_adds,
        "activations": architecture.activations,
        "depth": architecture.depth,
    }
