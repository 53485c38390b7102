"""R3's five directions of faces beside what was measured."""

from typing import Any

import pytest

from saddle.errors import UserError
from saddle.reporting.meanings import STATED, rows


def finding(direction: int, attribute: str, change: float, **more: Any) -> dict[str, Any]:
    usual = {"unit": "%", "signed": True, "times_random": 2.0, "p": 0.01, "significant": True}
    return {"direction": direction, "attribute": attribute, "change": change, **usual, **more}


FACES = {
    "table": [
        finding(1, "identity", 0.01, signed=False, times_random=99.0, p=0.02),
        finding(1, "turn", -5.404),
        finding(1, "nod", 9.0, significant=False),
        finding(2, "apparent age", 1.4, unit="years", times_random=3.0),
        finding(2, "nod", -4.317, times_random=7.0),
    ]
}


def test_the_strongest_findings_stand_beside_what_the_report_states() -> None:
    made = rows({"theirs": None, "faces": FACES})
    assert [row[1] for row in made] == list(STATED) == ["gender", "gender", "viewing angle", "hair", "age"]
    assert made[0] == ["1", "gender", "–", "turn −5.4 % (p = 0.01), identity changes (p = 0.02)"]
    assert made[1][3] == "nod −4.3 % (p = 0.01), apparent age +1.4 years (p = 0.01)"
    assert made[2] == ["3", "viewing angle", "–", "nothing stands out"]


def test_no_more_than_three_findings_are_named() -> None:
    many = {"table": [finding(1, f"a{number}", 1.0, times_random=float(number)) for number in range(9)]}
    assert rows({"x": many})[0][2].count("p =") == 3
    assert rows({"x": many})[0][2].startswith("a8 +1 %")


@pytest.mark.parametrize(
    "content", [{}, {"table": 5}, {"table": [3]}, {"table": [{"direction": 1, "significant": True}]}]
)
def test_a_file_without_findings_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"metrics/sefa/x\.json: "):
        rows({"x": content})
