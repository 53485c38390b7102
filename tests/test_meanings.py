"""R3's five directions of faces beside what was measured."""

from typing import Any

from saddle.reporting.meanings import rows


def finding(direction: int, attribute: str, change: float, **more: Any) -> dict[str, Any]:
    usual = {"unit": "%", "signed": True, "times_random": 2.0, "p": 0.01, "significant": True}
    does = f"{'more' if change > 0 else 'less'} {attribute}"
    return {"direction": direction, "attribute": attribute, "does": does, "change": change, **usual, **more}


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
    made = rows({}, FACES)
    assert [row[1] for row in made] == ["gender", "gender", "viewing angle", "hair", "age"]
    assert made[0] == ["1", "gender", "–", "less turn (5.4 %, p = 0.01), identity changes (p = 0.02)"]
    assert made[1][3] == "less nod (4.3 %, p = 0.01), more apparent age (1.4 years, p = 0.01)"
    assert made[2] == ["3", "viewing angle", "–", "nothing stands out"]


def seen(direction: int, attribute: str, change: float, agree: int, relative: float, **more: Any) -> dict[str, Any]:
    usual = {"unit": "%", "signed": True, "samples": 5}
    found = finding(direction, attribute, change or 0.0)
    return {**found, **usual, "change": change, "agree": agree, "relative": relative, **more}


def test_a_film_shows_what_nearly_all_its_samples_agree_on_and_what_r3_speaks_of_first() -> None:
    film = {
        "table": [
            seen(1, "brightness", 2.2, 5, 1.5),
            seen(1, "apparent woman", -15.6, 5, 1.4),
            seen(1, "nod", 9.0, 3, 4.0),
            seen(1, "turn", -0.3, 5, 0.1),
            seen(1, "identity", 0.1, 5, 9.0, signed=False),
            seen(4, "smile", -11.2, 3, 1.1, samples=4),
            seen(5, "mouth", None, 0, None, samples=0),
        ]
    }
    made = [row[2] for row in rows(film)]
    assert made[0] == "less apparent woman (15.6 %, 5/5), more brightness (2.2 %, 5/5)"
    assert made[3:] == ["less smile (11.2 %, 3/4)", "nothing stands out"]
