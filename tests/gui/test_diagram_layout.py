from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_gui.gui.train_tab.dialogs.diagram_layout import DiagramLayout, Place, lay_out
from tests.gui.diagram_networks import residual_network

BLOCK = {"in": [], "a": ["in"], "b": ["a"], "c": ["b"], "add": ["in", "c"], "out": ["add"]}


@st.composite
def networks(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return layers in a random order, each fed by some of those drawn before it."""
    inputs: dict[str, list[str]] = {}
    for number in range(draw(st.integers(1, 14))):
        sources = st.lists(st.sampled_from(sorted(inputs)), max_size=3) if inputs else st.just([])
        inputs[f"layer{number}"] = draw(sources)
    return dict(draw(st.permutations(list(inputs.items()))))


def link_columns(layout: DiagramLayout) -> dict[tuple[str, str], int]:
    return {(link.source, link.target): link.column for link in layout.links}


def test_a_chain_goes_straight_down() -> None:
    layout = lay_out({"a": [], "b": ["a"], "c": ["b"]})
    assert layout.places == {"a": Place(0, 0), "b": Place(1, 0), "c": Place(2, 0)}
    assert link_columns(layout) == {("a", "b"): 0, ("b", "c"): 0}
    assert layout.columns == (True,)


def test_a_shortcut_without_layers_passes_beside_them() -> None:
    layout = lay_out(BLOCK)
    assert {place.column for place in layout.places.values()} == {0}
    assert link_columns(layout)["in", "add"] == 1
    assert layout.columns == (True, False)


def test_a_shortcut_with_layers_is_a_branch_beside_the_longest_way() -> None:
    layout = lay_out({**BLOCK, "short": ["in"], "add": ["short", "c"]})
    assert layout.places["short"] == Place(1, 1)
    assert [layout.places[name] for name in "abc"] == [Place(1, 0), Place(2, 0), Place(3, 0)]
    assert link_columns(layout)["in", "short"] == 1
    assert link_columns(layout)["short", "add"] == 1


def test_shortcuts_one_after_the_other_share_a_column() -> None:
    layout = lay_out({layer["name"]: layer["inputs"] for layer in residual_network()["layers"]})
    assert layout.columns == (True, True)
    assert len(layout.places) == 175
    assert {name for name, place in layout.places.items() if place.column} == {
        f"conv{stage}_block1_0_{part}" for stage in (2, 3, 4, 5) for part in ("conv", "bn")
    }


@given(networks())
def test_every_layer_stands_below_what_feeds_it_and_alone(inputs: dict[str, list[str]]) -> None:
    layout = lay_out(inputs)
    assert set(layout.places) == set(inputs)
    assert len(set(layout.places.values())) == len(inputs)
    for name, sources in inputs.items():
        ranks = [layout.places[source].rank for source in sources]
        assert layout.places[name].rank == (1 + max(ranks) if ranks else 0)


@given(networks())
def test_every_connection_is_drawn_once_and_goes_down_through_no_layer(inputs: dict[str, list[str]]) -> None:
    layout = lay_out(inputs)
    pairs = [(link.source, link.target) for link in layout.links]
    assert sorted(pairs) == sorted({(source, target) for target, sources in inputs.items() for source in sources})
    taken = {(place.column, place.rank) for place in layout.places.values()}
    for link in layout.links:
        between = range(layout.places[link.source].rank + 1, layout.places[link.target].rank)
        assert not taken & {(link.column, rank) for rank in between}
        assert link.column < len(layout.columns)


@pytest.mark.parametrize("inputs", [{"a": ["missing"]}, {"a": ["b"], "b": ["a"]}])
def test_what_is_no_network_is_refused(inputs: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match=r"missing|cycle"):
        lay_out(inputs)
