"""What is turned into what, in the claim and in the source."""

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.conversions import conversion
from rag.grounding.tokens import read_text

SHOP = (
    "The press compiles recipes to machine steps. Operators are moved from the night shift to the day shift. "
    "We replace paper tickets with barcodes. Sketches are converted into meshes by the tracer, which runs offline."
)


@pytest.mark.parametrize(
    "claim",
    [
        "The press compiles machine steps to recipes.",
        "Machine steps are compiled into recipes by the press.",
        "Operators are moved from the day shift to the night shift.",
        "Barcodes are replaced with paper tickets.",
        "Barcodes were replaced by paper tickets.",
        "Paper tickets replace barcodes.",
        "The makers substitute paper tickets for barcodes.",
        "The tracer takes meshes and turns them into sketches.",
        "The tracer converts a mesh into a sketch.",
    ],
)
def test_a_conversion_turned_round_is_refused(claim: str) -> None:
    strength, reason = conversion(align(read_text(claim), read_text(SHOP)))
    assert strength == 1.0
    assert reason.endswith("the source the other way round")
    assert OfflineJudge().judge(claim, SHOP).label == "contradicted"


@pytest.mark.parametrize(
    "claim",
    [
        "The press turns recipes into machine steps.",
        "Recipes are compiled to machine steps by the press.",
        "From the night shift to the day shift operators are moved.",
        "Barcodes replace paper tickets.",
        "Paper tickets are replaced by barcodes.",
        "Barcodes are substituted for paper tickets.",
        "The tracer takes sketches and turns them into meshes.",
        "Meshes come from the tracer.",
        "The tracer, compared to the press, runs offline.",
    ],
)
def test_a_conversion_kept_raises_no_alarm(claim: str) -> None:
    assert conversion(align(read_text(claim), read_text(SHOP))).strength == 0.0
