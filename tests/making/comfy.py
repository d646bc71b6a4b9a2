"""A strict stand-in for ComfyUI, built from its contract for nodes: it loads, validates and runs a workflow.

A workflow is in ComfyUI's API format: node id -> ``{"class_type", "inputs"}``. An input is a value, or a link
``[node id, slot]``.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

#: Types of ComfyUI that nodes here may use; others must have our prefix.
TYPES = {"IMAGE", "INT", "FLOAT", "STRING", "BOOLEAN"}
#: Python types of the values of widgets.
WIDGETS: Mapping[str, type | tuple[type, ...]] = {"INT": int, "FLOAT": (int, float), "STRING": str, "BOOLEAN": bool}


class Tensor:
    """What nodes may use of a tensor where torch is not installed."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        self._values = np.asarray(values, np.float32)
        self.shape = self._values.shape

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> NDArray[np.float32]:
        return self._values

    def new_tensor(self, values: NDArray[np.float32]) -> Tensor:
        return Tensor(values)


def image(values: NDArray[np.floating]) -> Any:  # type: ignore[type-arg]
    """An IMAGE: a tensor of torch where it is installed."""
    values = np.asarray(values, np.float32)
    if importlib.util.find_spec("torch") is None:
        return Tensor(values)
    import torch

    return torch.from_numpy(values.copy())


class InterruptError(Exception):
    """The user ended the run."""


class Comfy:
    """ComfyUI with its output folder, its bar, and the nodes that it loaded."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.output = folder / "output"
        self.bar: list[tuple[int, int]] = []
        self.interrupted = False
        self.nodes: dict[str, Any] = {}
        (folder / "custom_nodes").mkdir(parents=True)
        self.output.mkdir()
        comfy = self

        class ProgressBar:
            def __init__(self, total: int) -> None:
                assert total > 0

            def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
                assert preview is None
                assert total is not None
                assert 0 <= value <= total
                comfy.bar.append((value, total))

        def interrupt() -> None:
            if comfy.interrupted:
                raise InterruptError

        for name, parts in {
            "comfy": {},
            "comfy.utils": {"ProgressBar": ProgressBar},
            "comfy.model_management": {"throw_exception_if_processing_interrupted": interrupt},
            "folder_paths": {"get_output_directory": lambda: str(comfy.output)},
        }.items():
            module = types.ModuleType(name)
            vars(module).update(parts)
            monkeypatch.setitem(sys.modules, name, module)
        sys.modules["comfy"].utils = sys.modules["comfy.utils"]  # type: ignore[attr-defined]
        sys.modules["comfy"].model_management = sys.modules["comfy.model_management"]  # type: ignore[attr-defined]

    def load(self) -> None:
        """Load every folder of custom_nodes, under a name that is no name of a package."""
        for path in sorted((self.folder / "custom_nodes").glob("*/__init__.py")):
            name = str(path.parent).replace(".", "_x_")
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            assert set(module.NODE_DISPLAY_NAME_MAPPINGS) == set(module.NODE_CLASS_MAPPINGS)
            for title, node in module.NODE_CLASS_MAPPINGS.items():
                assert title not in self.nodes
                check_node(node)
                self.nodes[title] = node

    def run(self, workflow: Mapping[str, Any], given: Mapping[str, list[list[Any]]] = {}) -> dict[str, list[Any]]:
        """Validate and run a workflow. ``given`` are the outputs of nodes of others: for each slot a list.

        Returns the outputs of all nodes.
        """
        outputs = dict(given)
        for name, node in workflow.items():
            if node["class_type"] in self.nodes:
                self._run(name, workflow, outputs)
        return outputs

    def _run(self, name: str, workflow: Mapping[str, Any], outputs: dict[str, list[Any]]) -> None:
        if name in outputs:
            return
        node = self.nodes[workflow[name]["class_type"]]
        types_of = node.INPUT_TYPES()
        inputs = workflow[name]["inputs"]
        declared = {**types_of["required"], **types_of.get("optional", {})}
        assert set(types_of["required"]) <= set(inputs) <= set(declared), name
        values: dict[str, list[Any]] = {}
        for key, value in inputs.items():
            kind, options = declared[key]
            if isinstance(value, list):
                self._run(value[0], workflow, outputs)
                source = self.nodes.get(workflow[value[0]]["class_type"])
                assert source is None or source.RETURN_TYPES[value[1]] == kind, f"{name}.{key}"
                values[key] = outputs[value[0]][value[1]]
            else:
                check_widget(kind, options, value)
                values[key] = [value]
        outputs[name] = executed(node(), values)


def check_node(node: Any) -> None:
    """Check a class of a node against ComfyUI's contract."""
    types_of = node.INPUT_TYPES()
    assert set(types_of) <= {"required", "optional", "hidden"}
    assert "required" in types_of
    assert callable(getattr(node, node.FUNCTION))
    assert isinstance(node.CATEGORY, str)
    assert len(node.RETURN_TYPES) == len(node.RETURN_NAMES)
    assert len(getattr(node, "OUTPUT_IS_LIST", node.RETURN_TYPES)) == len(node.RETURN_TYPES)
    for kind, options in {**types_of["required"], **types_of.get("optional", {})}.values():
        if isinstance(kind, str):
            assert kind in TYPES or kind.startswith("OTIOGRADE_")
        if "default" in options:
            check_widget(kind, options, options["default"])
    for kind in node.RETURN_TYPES:
        assert kind in TYPES or kind.startswith("OTIOGRADE_")


def check_widget(kind: Any, options: Mapping[str, Any], value: Any) -> None:
    """Check the value of a widget as ComfyUI does before a run."""
    if not isinstance(kind, str):
        assert value in kind, f"{value!r} is none of {kind}"
        return
    assert isinstance(value, WIDGETS[kind]), f"{value!r} is no {kind}"
    if kind in ("INT", "FLOAT"):
        assert options["min"] <= value <= options["max"]


def executed(node: Any, values: Mapping[str, list[Any]]) -> list[Any]:
    """Run a node: once with the lists, or once for each element of the longest one. Every output is a list."""
    function = getattr(node, node.FUNCTION)
    if getattr(node, "INPUT_IS_LIST", False):
        results = [function(**values)]
    else:
        count = max(map(len, values.values()))
        results = [
            function(**{key: value[min(k, len(value) - 1)] for key, value in values.items()}) for k in range(count)
        ]
    tuples = [result["result"] if isinstance(result, dict) else result for result in results]
    listed = getattr(node, "OUTPUT_IS_LIST", [False] * len(node.RETURN_TYPES))
    for result in tuples:
        assert len(result) == len(node.RETURN_TYPES)
    return [
        [item for result in tuples for item in result[slot]] if is_list else [result[slot] for result in tuples]
        for slot, is_list in enumerate(listed)
    ]
