"""Bundles that were made to do harm: refused in words, in bounded memory, and no other file is read."""

from __future__ import annotations

import json
import os
import re
import resource
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.export_run import export_run
from resnet_gui.inference.network_check import RefusedNetworkError, check_description
from resnet_gui.inference.openvino_runtime import import_openvino
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.store import RunStore
from tests.bundles import make_bundle, make_run

SIZE = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle", size=SIZE).folder


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Fail whoever needs a gigabyte more than there is in use now."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Predictor(ModelBundle.open(folder))
    assert str(folder) in caught.value.message
    assert caught.value.advice
    return caught.value.message


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "model.xml"
    text = file.read_text()
    assert re.search(old, text, re.DOTALL), text
    file.write_text(re.sub(old, new, text, count=1, flags=re.DOTALL))


def test_it_works_untouched(folder: Path) -> None:
    assert Predictor(ModelBundle.open(folder)).probabilities(np.zeros((2, SIZE, SIZE, 3), np.uint8)).shape == (2, 3)


# What the XML can do


def test_a_text_that_grows_without_end_is_refused(folder: Path) -> None:
    grows = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    change(folder, r"<net ", f'<!DOCTYPE net [<!ENTITY e0 "x">{grows}]><net note="&e9;" ')
    assert "definitions of its own" in refusal(folder)


@pytest.mark.parametrize("kind", ['SYSTEM "{secret}"', 'PUBLIC "x" "http://127.0.0.1:9/x"'])
def test_a_text_that_reads_other_files_is_refused(folder: Path, tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "secret")  # whoever opens it waits for ever
    kind = kind.format(secret=tmp_path / "secret")
    change(folder, r"<net ", f"<!DOCTYPE net [<!ENTITY other {kind}>]><net ")
    assert "definitions of its own" in refusal(folder)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused(folder: Path, encoding: str) -> None:
    file = folder / "model.xml"
    text = file.read_text().replace('<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding}"?>\xe9')
    file.write_bytes(text.encode(encoding))
    assert "damaged or something else" in refusal(folder)


@pytest.mark.timeout(20)
def test_nesting_without_end_is_refused(folder: Path) -> None:
    (folder / "model.xml").write_bytes(b"<net>" + b"<layers>" * 1_000_000)
    assert "damaged or something else" in refusal(folder)


@pytest.mark.parametrize("content", [b"", b"<a/>", b"\0" * 100, b"PK\x03\x04", b"\x80\x04cos\nsystem\n", b"<net/>"])
def test_another_kind_of_file_is_refused(folder: Path, content: bytes) -> None:
    (folder / "model.xml").write_bytes(content)
    refusal(folder)


def test_an_onnx_file_under_its_name_reads_no_other_file(folder: Path, tmp_path: Path) -> None:
    """OpenVINO takes it, and its weights are whatever file it names."""
    import onnx
    from onnx import TensorProto, helper

    secret = np.arange(3, dtype=np.float32)
    (tmp_path / "secret").write_bytes(secret.tobytes())
    weights = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", str(tmp_path / "secret")), ("offset", "0"), ("length", "12")):
        weights.external_data.add(key=key, value=value)
    pictures = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, [1, SIZE, SIZE, 3])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1, SIZE, SIZE, 3])
    node = helper.make_node("Add", ["pictures", "weights"], ["answer"])
    graph = helper.make_graph([node], "hostile", [pictures], [answer], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    (folder / "model.xml").write_bytes(model.SerializeToString())
    assert onnx.load_model_from_string((folder / "model.xml").read_bytes()).graph.name == "hostile"
    assert "damaged or something else" in refusal(folder)


# What its layers can do


@pytest.mark.parametrize(
    ("kind", "opset"),
    [
        ("Loop", "opset5"),
        ("TensorIterator", "opset1"),
        ("If", "opset8"),
        ("ReadValue", "opset6"),
        ("Assign", "opset6"),
        ("Range", "opset4"),
        ("Tile", "opset1"),
        ("StringTensorUnpack", "opset15"),
        ("MyOwn", "extension"),
        ("SoftMax", "extension"),
        ("SoftMax", "custom_opset"),
        ("", ""),
    ],
)
def test_layers_that_no_network_for_pictures_needs_are_refused(folder: Path, kind: str, opset: str) -> None:
    change(folder, r'type="SoftMax" version="\w+"', f'type="{kind}" version="{opset}"')
    assert "which networks for pictures do not need" in refusal(folder)


def test_a_hidden_layer_is_seen_too(folder: Path) -> None:
    change(folder, r"</net>", '<rt_info><layer id="99" type="Loop" version="opset5"/></rt_info></net>')
    assert "do not need" in refusal(folder)


@pytest.mark.parametrize(
    ("offset", "size"),
    [
        ("99999999", "4"),
        (str(2**64 - 4), "8"),  # their sum is 4 for somebody who counts in 64 bits
        (str(2**63), "4"),
        ("-4", "4"),
        ("0", str(2**60)),
        ("0x0", "4"),
        ("", "4"),
        ("1e3", "4"),
    ],
)
def test_weights_that_are_not_in_the_file_are_refused(folder: Path, offset: str, size: str) -> None:
    change(folder, r'(element_type="f32"[^>]*?)offset="\d+" size="\d+"', rf'\1offset="{offset}" size="{size}"')
    assert "model.xml" in refusal(folder)


def test_more_weights_than_bytes_are_refused(folder: Path) -> None:
    change(folder, r'element_type="f32" shape="[^"]*"', 'element_type="f32" shape="4294967296, 4294967296"')
    assert "not in model.bin" in refusal(folder)


def rewrite(folder: Path, make: Callable) -> None:
    """Let OpenVINO itself write a network that `make(opset, pictures)` answers with."""
    openvino = import_openvino()
    ops = openvino.opset13
    pictures = ops.parameter([-1, SIZE, SIZE, 3], np.uint8, name="pictures")
    numbers = ops.convert(pictures, "f32")
    model = openvino.Model([make(ops, numbers)], [pictures], "hostile")
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)


def three_classes(ops, table):
    rank = table.get_output_partial_shape(0).rank.get_length()
    mean = ops.reduce_mean(table, np.arange(1, rank), keep_dims=True)
    return ops.softmax(ops.add(ops.reshape(mean, np.array([-1, 1]), False), np.zeros((1, 3), np.float32)), 1)


def test_tables_that_fill_the_memory_are_refused(folder: Path) -> None:
    def make(ops, numbers):
        flat = ops.reshape(numbers, np.array([-1, SIZE * SIZE * 3, 1]), False)
        wide = ops.add(flat, np.zeros((1, 1, 2_000_000), np.float32))
        return three_classes(ops, wide)

    rewrite(folder, make)
    assert "tables that are far too large" in refusal(folder)


def test_tables_that_grow_with_the_picture_are_refused(folder: Path) -> None:
    """Their size is not written anywhere: it follows from how many pixels there are."""

    def make(ops, numbers):
        column = ops.reshape(numbers, np.array([-1, 1]), False)
        for _ in range(2):
            square = ops.matmul(column, column, False, True)
            column = ops.reshape(square, np.array([-1, 1]), False)
        return three_classes(ops, column)

    rewrite(folder, make)
    assert "tables that are far too large" in refusal(folder)


def test_sizes_that_are_calculated_are_refused_before_openvino_calculates_them(folder: Path) -> None:
    def make(ops, numbers):
        count = ops.broadcast(ops.constant(np.int64(1)), ops.constant(np.array([2**20], np.int64)))
        total = ops.reduce_sum(count, np.array([0]), keep_dims=True)
        return three_classes(ops, ops.pad(numbers, np.zeros(4, np.int64), ops.concat([np.zeros(3, np.int64), total], 0),
                                          "constant"))  # fmt: skip

    rewrite(folder, make)
    assert "calculates the sizes of its tables" in refusal(folder)


def test_long_lists_of_whole_numbers_are_refused(folder: Path) -> None:
    def make(ops, numbers):
        chosen = ops.gather(numbers, np.zeros(100_000, np.int64), np.int64(1))
        return three_classes(ops, chosen)

    rewrite(folder, make)
    assert "long lists of whole numbers" in refusal(folder)


def test_inputs_in_another_order_are_refused(folder: Path) -> None:
    change(folder, r'<input>\s*<port id="0"', '<input><port id="5"')
    assert "another order" in refusal(folder)


@pytest.mark.parametrize(
    "edge",
    [
        '<edge from-layer="99" from-port="0" to-layer="1" to-port="0"/>',
        '<edge from-layer="0" from-port="0" to-layer="99" to-port="0"/>',
        '<edge from-layer="0" from-port="0" to-layer="1" to-port="-1"/>',
        '<edge from-layer="2" from-port="0" to-layer="1" to-port="0"/>',
    ],
)
def test_connections_to_nowhere_are_refused(folder: Path, edge: str) -> None:
    change(folder, r"</edges>", f"{edge}</edges>")
    assert "model.xml" in refusal(folder)


def test_too_many_layers_are_refused(folder: Path) -> None:
    many = "".join(f'<layer id="{number}" type="Result" version="opset1"/>' for number in range(100, 25_000))
    change(folder, r"</layers>", f"{many}</layers>")
    assert "far too many layers" in refusal(folder)


def test_noise_is_refused_or_let_through_in_words(folder: Path) -> None:
    """What is let through OpenVINO judges; this process would not survive a mistake of its reader."""
    content = (folder / "model.xml").read_bytes()
    weights = (folder / "model.bin").stat().st_size
    random = np.random.default_rng(3)
    for _ in range(500):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 3):
            damaged[place] = random.integers(32, 127)
        try:
            check_description(bytes(damaged), weights)
        except RefusedNetworkError as error:
            assert str(error)  # noqa: PT017  either outcome is right
            continue
        (folder / "model.xml").write_bytes(damaged)
        try:
            Predictor(ModelBundle.open(folder))
        except ModelError as error:
            assert error.message  # noqa: PT017


# What its files can be


@pytest.mark.parametrize("name", ["model.json", "model.xml", "model.bin", "model.keras"])
def test_links_are_refused_unread(folder: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"secret")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(secret)
    with pytest.raises(ModelError, match="is a link to another file"):
        ModelBundle.open(folder)


def test_an_export_copies_no_file_that_a_link_leads_to(tmp_path: Path) -> None:
    run = make_run(RunStore(tmp_path / "runs"), "run")
    (tmp_path / "secret").write_text("a word nobody needs")
    (run.model_folder / "model.keras").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelError, match="is a link"):
        export_run(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("name", ["model.json", "model.xml", "model.bin"])
def test_pipes_are_refused_unopened(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ModelError):
        Predictor(ModelBundle.open(folder))


@pytest.mark.parametrize("name", ["model.json", "model.xml", "model.bin"])
def test_files_of_a_terabyte_are_refused_unread(folder: Path, name: str) -> None:
    with (folder / name).open("rb+") as file:
        file.truncate(2**40)
    with pytest.raises(ModelError):
        Predictor(ModelBundle.open(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {"geometry": {"size": 0}},
        {"geometry": {"size": -8}},
        {"geometry": {"size": 2**40}},
        {"geometry": {"size": SIZE, "shorter_side": -1}},
        {"geometry": {"size": SIZE, "fit": "stretch"}},
        {"geometry": {"size": 1e400}},
        {"class_names": [1, 2, 3]},
        {"class_names": "abc"},
        {"format_version": "1"},
    ],
)
def test_a_description_of_what_cannot_be_is_refused(folder: Path, changes: dict) -> None:
    file = folder / "model.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    with pytest.raises(ModelError, match="is damaged"):
        ModelBundle.open(folder)


def test_a_description_that_nests_without_end_is_refused(folder: Path) -> None:
    (folder / "model.json").write_text('{"format_version": 1, "x": ' + '{"x":' * 100_000)
    with pytest.raises(ModelError, match="is damaged"):
        ModelBundle.open(folder)


def test_weights_of_noise_are_numbers_or_told(folder: Path) -> None:
    (folder / "model.bin").write_bytes(struct.pack("<f", float("nan")) * ((folder / "model.bin").stat().st_size // 4))
    with pytest.raises(ModelError):
        Predictor(ModelBundle.open(folder)).probabilities(np.zeros((1, SIZE, SIZE, 3), np.uint8))
