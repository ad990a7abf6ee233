"""Write an encoder as ONNX: a graph put together by hand, so that names and bytes are the same each time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

OPSET = 17
_DONE = "scores"


@dataclass
class Graph:
    """Nodes and constants as they are added; each addition returns the name of what comes out."""

    helper: Any
    numpy_helper: Any
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)

    def add(self, kind: str, inputs: Sequence[str], *, name: str = "", **options: Any) -> str:
        """Add a node and return the name of its output."""
        name = name or f"n{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(kind, list(inputs), [name], **options))
        return name

    def constant(self, name: str, value: Any) -> str:
        """Add a constant, once, and return its name."""
        self.constants[name] = self.numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def linear(self, state: str, name: str) -> str:
        """Add a matrix and its offset."""
        return self.add("Add", [self.add("MatMul", [state, f"{name}.weight"]), f"{name}.bias"])

    def normal(self, state: str, name: str) -> str:
        """Add a normalisation of the last axis."""
        inputs = [state, f"{name}.weight", f"{name}.bias"]
        return self.add("LayerNormalization", inputs, axis=-1, epsilon=1e-5)


def onnx_bytes(network: Any, about: Mapping[str, Any]) -> bytes:
    """Return an encoder as the bytes of an ONNX file; `about` goes along as its note."""
    helper, proto = import_module("onnx.helper"), import_module("onnx").TensorProto
    graph = Graph(helper, import_module("onnx.numpy_helper"))
    for name, value in network.state_dict().items():
        # Linear layers of torch keep their matrices the other way round.
        turned = value.dim() == 2 and name != "findings.weight"
        graph.constant(name, (value.T if turned else value).numpy())
    _body(graph, network.size, float(about["temperature"]))
    made = helper.make_graph(
        graph.nodes,
        "differential",
        [
            helper.make_tensor_value_info("tokens", proto.INT64, ["patients", "findings"]),
            helper.make_tensor_value_info("people", proto.FLOAT, ["patients", "traits"]),
        ],
        [helper.make_tensor_value_info(_DONE, proto.FLOAT, ["patients", "conditions"])],
        [graph.constants[name] for name in sorted(graph.constants)],
    )
    sets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(made, opset_imports=sets, producer_name="clinicards")
    model.ir_version = 8
    helper.set_model_props(model, {"about": json.dumps(about, sort_keys=True, ensure_ascii=False)})
    found: bytes = model.SerializeToString(deterministic=True)
    return found


def _body(graph: Graph, size: Any, temperature: float) -> None:
    graph.constant("zero", np.array(0, np.int64))
    graph.constant("one", np.array(1, np.float32))
    graph.constant("low", np.array(1e4, np.float32))
    graph.constant("four", np.array(4, np.float32))
    graph.constant("axis1", np.array([1], np.int64))
    graph.constant("axes12", np.array([1, 2], np.int64))
    graph.constant("axis2", np.array([2], np.int64))
    graph.constant("front", np.array([0, 1, 0, 0], np.int64))
    graph.constant("temperature", np.array(temperature, np.float32))
    there = graph.add("Cast", [graph.add("Greater", ["tokens", "zero"])], to=1)
    known = graph.add("Pad", [there, "front", "one"])
    mask = graph.add("Mul", [graph.add("Sub", [known, "one"]), "low"])
    mask = graph.add("Unsqueeze", [mask, "axes12"])
    person = graph.add("Unsqueeze", [graph.linear("people", "person"), "axis1"])
    told = graph.add("Gather", ["findings.weight", "tokens"], axis=0)
    states = graph.add("Concat", [person, told], axis=1)
    for at in range(size.layers):
        states = _layer(graph, states, mask, f"layers.{at}.", size)
    shown = graph.add("Mul", [states, graph.add("Unsqueeze", [known, "axis2"])])
    pooled = graph.add("Div", [graph.add("ReduceSum", [shown, "axis1"], keepdims=0), "four"])
    first = graph.add("Gather", [states, "zero"], axis=1)
    both = graph.normal(graph.add("Concat", [first, pooled], axis=-1), "last")
    graph.add("Div", [graph.linear(both, "scores"), "temperature"], name=_DONE)


def _layer(graph: Graph, states: str, mask: str, name: str, size: Any) -> str:
    graph.constant("heads", np.array([0, 0, 3, size.heads, -1], np.int64))
    graph.constant("width", np.array([0, 0, size.width], np.int64))
    graph.constant("root", np.array((size.width // size.heads) ** 0.5, np.float32))
    asked = graph.linear(graph.normal(states, f"{name}before"), f"{name}asked")
    parts = graph.add("Transpose", [graph.add("Reshape", [asked, "heads"])], perm=[2, 0, 3, 1, 4])
    query, key, value = (
        graph.add("Gather", [parts, graph.constant(f"part{at}", np.array(at, np.int64))], axis=0)
        for at in range(3)
    )
    scores = graph.add("MatMul", [query, graph.add("Transpose", [key], perm=[0, 1, 3, 2])])
    scores = graph.add("Add", [graph.add("Div", [scores, "root"]), mask])
    heard = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), value])
    heard = graph.add("Reshape", [graph.add("Transpose", [heard], perm=[0, 2, 1, 3]), "width"])
    states = graph.add("Add", [states, graph.linear(heard, f"{name}joined")])
    wide = graph.add("Relu", [graph.linear(graph.normal(states, f"{name}between"), f"{name}wide")])
    return graph.add("Add", [states, graph.linear(wide, f"{name}back")])
