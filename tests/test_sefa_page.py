"""The page: what is in the file, and what a browser makes of it."""

import base64
import io
import json
import re
import shutil
from itertools import pairwise

import pytest
import torch
from PIL import Image
from small_sefa import small_sefa

from saddle.core.network import initialized
from saddle.metrics.shared.student import Interval
from saddle.networks.mlp import MLPGenerator
from saddle.networks.progan import ProGANGenerator
from saddle.sefa.explore import explore
from saddle.sefa.judges import ATTRIBUTES, DigitJudge
from saddle.sefa.meaning import Finding, Meaning
from saddle.sefa.page import POOL
from saddle.sefa.significance import Reference

SAMPLES, SEMANTICS, STEPS = 3, 2, 5
WHY_NOT = "Not measured, for </script> these <b>images</b> & those are no digits."

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# So that it runs as root and in a container, and asks nothing of the network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


OWN = {"num_samples": SAMPLES, "num_semantics": SEMANTICS, "start": -2.0, "stop": 2.0, "steps": STEPS}


def plan(**changes):
    return small_sefa(**{**OWN, **changes})


def by_brightness(images):
    centre = images[:, 0, 4:8, 4:8].mean((1, 2))
    return torch.stack([centre, -centre], 1)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a generator whose meaning was measured."""
    folder = tmp_path_factory.mktemp("sefa") / "measured"
    generator = initialized(
        MLPGenerator, 0, "page", latent_dim=7, sample_shape=(1, 12, 12), hidden=[32], activation="relu"
    )
    with torch.no_grad():
        generator.layers[0].weight.mul_(5)
    explore(generator.eval(), "MLP <12>", folder, plan(), DigitJudge(by_brightness))
    return folder / "index.html"


@pytest.fixture(scope="module")
def colour_page(tmp_path_factory):
    """The page of a generator of colour images, whose meaning was not measured."""
    folder = tmp_path_factory.mktemp("sefa") / "colour"
    generator = initialized(ProGANGenerator, 0, "page", latent_dim=9, resolution=128, fmaps_base=256, fmaps_max=8)
    explore(generator.eval(), "faces", folder, plan(page_size=80), WHY_NOT)
    return folder / "index.html"


def finding(attribute, change, times_random, significant=True):
    return Finding(attribute, Interval(change, 0.1, change - 0.01, change + 0.01, 10), times_random, 0.05, significant)


def found_meaning():
    """A measurement in which three attributes of the first direction stand out, and one of the second."""
    thickness, _, width, _, ink, identity = ATTRIBUTES
    nothing = [finding(attribute, 0.0, 0.0, significant=False) for attribute in ATTRIBUTES]
    first = [nothing[0], nothing[1], finding(width, -2.18, 5.79), nothing[3], finding(ink, -13.6, 6.21)]
    second = [finding(thickness, 0.5, 9.0, significant=False), *nothing[1:5], finding(identity, 0.1625, 1.57)]
    references = [Reference(0.0, 1.0, -2.0, 2.0)] * len(ATTRIBUTES)
    return Meaning(plan(), references, [[*first, finding(identity, 0.2, 1.6)], second])


def explored(folder, monkeypatch):
    """Explore a generator of which `found_meaning` was measured."""
    monkeypatch.setattr("saddle.sefa.explore.measure_meaning", lambda *_: found_meaning())
    generator = initialized(MLPGenerator, 0, "page", latent_dim=7, sample_shape=(1, 12, 12), hidden=[4]).eval()
    return explore(generator, "MLP", folder, plan(), DigitJudge(by_brightness))


@pytest.fixture(scope="module")
def named_page(tmp_path_factory):
    """The page of a generator whose directions have a meaning."""
    folder = tmp_path_factory.mktemp("sefa") / "named"
    with pytest.MonkeyPatch.context() as monkeypatch:
        explored(folder, monkeypatch)
    return folder / "index.html"


def read(path):
    """The data in a page."""
    return json.loads(re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)[1])


def decoded(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))


@pytest.mark.parametrize("which", ["page", "colour_page"])
def test_the_page_refers_to_nothing_outside(which, request):
    path = request.getfixturevalue(which)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|\bfetch\(|XMLHttpRequest|\bimport\(", text)
    assert not set(re.findall(r"https?://[^\"'\s]+", text)) - {"http://www.w3.org/2000/svg"}
    assert "{{" not in text


def test_all_images_are_inside_and_as_large_as_said(page, colour_page):
    for path, kind, side, mode in ((page, "image/png", 12, "L"), (colour_page, "image/webp", 80, "RGB")):
        data = read(path)
        assert len(data["images"]) == SEMANTICS
        assert {len(samples) for samples in data["images"]} == {POOL}
        assert data["shown"] == SAMPLES
        assert {len(steps) for samples in data["images"] for steps in samples} == {STEPS}
        uris = [uri for samples in data["images"] for steps in samples for uri in steps]
        assert all(uri.startswith(f"data:{kind};base64,") for uri in uris)
        assert (decoded(uris[0]).size, decoded(uris[0]).mode) == ((side, side), mode)
        # At distance 0 all directions show the same image; at other distances they show another one.
        assert data["images"][0][0][2] == data["images"][1][0][2] != data["images"][0][0][0]
    assert "images of 12 × 12 pixels." in read(page)["about"]
    assert "128 × 128 pixels, averaged down to 80 × 80 in this page" in read(colour_page)["about"]


# In a browser


@pytest.fixture(scope="module")
def browser():
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: the browser cannot be driven")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Tab:
    """A page opened from disk, without a network. It records errors and requests."""

    def __init__(self, browser, path, width=1280, height=900):
        self.context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def shown(self, k):
        return self.page.get_attribute(f"#image-{k}", "src")

    def value(self, k):
        return int(self.page.input_value(f"#slider-{k}"))


@pytest.fixture
def opened(browser):
    """Open a page. At the end, it must have had no errors and requested nothing but itself."""
    tabs = []

    def opened(path, **size):
        tabs.append(Tab(browser, path, **size))
        return tabs[-1]

    yield opened
    for tab in tabs:
        assert tab.complaints == []
        assert all(url.startswith(("file:", "data:")) for url in tab.requests)
        assert sum(url.startswith("file:") for url in tab.requests) == 1
        tab.context.close()


def test_a_slider_changes_its_own_image_and_says_where_it_is(page, opened):
    data = read(page)
    tab = opened(page)
    assert tab.page.locator("input[type=range]").count() == SEMANTICS
    assert tab.shown(0) == data["images"][0][0][2]
    other = tab.shown(1)
    tab.page.locator("#slider-0").scroll_into_view_if_needed()
    box = tab.page.locator("#slider-0").bounding_box()
    tab.page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    assert tab.value(0) == STEPS - 1
    assert tab.shown(0) == data["images"][0][0][4]
    assert tab.shown(1) == other
    assert tab.page.locator("output").first.inner_text() == "+2.0"
    assert "distance +2.0" in tab.page.get_attribute("#image-0", "alt")
    # The screen must change too, not only the document.
    moved = tab.page.locator("#image-0").screenshot()
    tab.page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
    assert tab.page.locator("#image-0").screenshot() != moved


def test_a_random_sample_is_another_one(page, opened):
    data = read(page)
    tab = opened(page)
    seen = [0]
    for press in range(30):
        if press % 2:
            tab.page.click("#random")
        else:
            tab.page.keyboard.press("r")
        seen.append(int(tab.page.locator("input[name=sample]:checked").get_attribute("value")))
        assert tab.shown(0) == data["images"][0][seen[-1]][2]
    assert all(before != after for before, after in pairwise(seen))
    assert max(seen) < POOL
    assert len(set(seen)) > SAMPLES


def test_everything_works_with_the_keyboard(page, opened):
    data = read(page)
    tab = opened(page)
    keys = tab.page.keyboard
    keys.press("2")
    for key, step in (("ArrowRight", 3), ("End", 4), ("ArrowLeft", 3), ("Home", 0)):
        keys.press(key)
        assert tab.value(1) == step
        assert tab.shown(1) == data["images"][1][0][step]
    keys.press(".")
    assert tab.shown(1) == data["images"][1][1][0]
    keys.press(",")
    keys.press(",")
    assert tab.shown(1) == data["images"][1][POOL - 1][0]
    keys.press("0")
    assert (tab.value(0), tab.value(1)) == (2, 2)
    tab.page.focus("input[name=sample]:checked")
    keys.press("ArrowLeft")
    assert tab.shown(0) == data["images"][0][POOL - 2][2]
    tab.page.focus("input[name=order]:checked")
    keys.press("ArrowRight")
    assert tab.page.locator("#grids h3").first.inner_text() == "Sample 1"


def test_sweeping_moves_all_sliders_until_it_is_stopped(page, opened):
    tab = opened(page)
    # Each position is shown only for a moment, so the page itself must record it.
    tab.page.evaluate(
        """() => {
            window.seen = new Set();
            const [first, second] = [0, 1].map((k) => document.getElementById(`slider-${k}`));
            const note = () => window.seen.add(`${first.value} ${second.value}`);
            new MutationObserver(note).observe(document.getElementById("image-1"), { attributes: true });
        }"""
    )
    tab.page.keyboard.press("p")
    tab.page.wait_for_function("['0 0', '1 1', '2 2', '3 3', '4 4'].every((both) => window.seen.has(both))")
    assert tab.page.evaluate("window.seen.size") == STEPS
    tab.page.click("#play")
    before = tab.value(0)
    tab.page.wait_for_timeout(350)
    assert tab.value(0) == before
    assert tab.page.get_attribute("#play", "aria-pressed") == "false"


@pytest.mark.parametrize("which", ["page", "colour_page"])
def test_both_orders_show_all_cells(which, request, opened):
    path = request.getfixturevalue(which)
    data = read(path)
    tab = opened(path)
    everything = sorted(uri for samples in data["images"] for steps in samples[:SAMPLES] for uri in steps)
    for order, headings in (("semantic", SEMANTICS), ("sample", SAMPLES)):
        tab.page.check(f"input[name=order][value={order}]", force=True)
        cells = tab.page.locator("#grids img")
        assert cells.count() == SAMPLES * SEMANTICS * STEPS
        assert sorted(cells.evaluate_all("cells => cells.map((cell) => cell.src)")) == everything
        assert tab.page.locator("#grids h3").count() == headings
        assert len(set(cells.evaluate_all("cells => cells.map((cell) => cell.alt)"))) == cells.count()
        cells.evaluate_all("cells => cells.forEach((cell) => { cell.loading = 'eager'; })")
        cells.evaluate_all("cells => Promise.all(cells.map((cell) => cell.decode()))")
        assert cells.evaluate_all("cells => cells.every((cell) => cell.naturalWidth > 0 && cell.clientWidth > 0)")


@pytest.mark.parametrize(
    ("which", "effects"),
    [
        ("page", ["no change that stands out from random directions"] * 2),
        (
            "named_page",
            [
                "ink −14 px, width −2.2 px per unit of distance\n6.2 × and 5.8 × a random direction",
                "per unit of distance\n1.6 × a random direction",
            ],
        ),
    ],
)
def test_the_page_tells_spectrum_and_meaning(which, effects, request, opened):
    path = request.getfixturevalue(which)
    data = read(path)
    tab = opened(path)
    assert [effect.strip() for effect in tab.page.locator(".effect").all_inner_texts()] == effects
    assert tab.page.locator("#spectrum rect").count() == 7
    assert tab.page.locator("#spectrum rect.shown").count() == SEMANTICS
    assert tab.page.locator(".findings tbody tr").count() == SEMANTICS * len(ATTRIBUTES)
    for k, direction in enumerate(data["directions"]):
        named = "no single meaning" if direction["name"] == "none" else direction["name"]
        assert tab.page.locator(".card h3").nth(k).inner_text().split() == [str(k + 1), *named.split()]


def test_where_meaning_was_not_measured_the_page_says_why(colour_page, opened):
    other = opened(colour_page)
    assert other.page.locator("#meaning-note").inner_text() == WHY_NOT
    assert other.page.locator(".findings").count() == 0


@pytest.mark.parametrize("which", ["named_page", "colour_page"])
@pytest.mark.parametrize("width", [320, 768])
def test_nothing_sticks_out_of_a_narrow_screen(which, width, request, opened):
    tab = opened(request.getfixturevalue(which), width=width, height=700)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width
    box = tab.page.locator("#slider-0").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["width"] >= 80
