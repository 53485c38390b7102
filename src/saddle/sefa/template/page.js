"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { directions, images, distances, labels, meaning } = data;
  const samples = images[0].length;
  const steps = distances.length;
  // Where a slider starts: the distance nearest to no move at all.
  const origin = distances.reduce((best, d, i) => (Math.abs(d) < Math.abs(distances[best]) ? i : best), 0);
  const position = directions.map(() => origin);
  let sample = 0;

  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  const minus = (text) => text.replace("-", "−");
  const unnamed = (k) => !directions[k].name || directions[k].name === "none";
  const spoken = (k) => (directions[k].name ? `direction ${k + 1}, ${directions[k].name}` : `direction ${k + 1}`);
  const described = (k, n, t) => `Sample ${n + 1}, ${spoken(k)}, distance ${labels[t]}`;
  // A name in its parts: a line is broken between them, not within "ink −14 px".
  const parts = (text) => text.split(", ").flatMap((part, i, all) => {
    const whole = make("span", { class: "part" }, i < all.length - 1 ? `${part},` : part);
    return i ? [" ", whole] : [whole];
  });
  const heading = (k) => {
    const name = directions[k].name || "";
    const text = name === "none" ? "no single meaning" : name || `direction ${k + 1}`;
    const shown = make("span", unnamed(k) && directions[k].name ? { class: "none" } : {}, ...parts(text));
    return directions[k].name ? [make("span", { class: "index" }, String(k + 1)), " ", shown] : [shown];
  };

  // Numbers

  function formatted(value, unit) {
    const size = Math.abs(value);
    const decimals = size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
    return `${minus(value.toFixed(decimals))}${unit === "degrees" ? "°" : ""}`;
  }
  function changeText(finding) {
    if (finding.change === null) return "not measurable";
    const sign = finding.change > 0 && finding.signed ? "+" : "";
    return `${sign}${formatted(finding.change, finding.unit)}`;
  }
  const timesText = (finding) => (finding.times_random === null ? "" : `${finding.times_random.toFixed(1)} ×`);

  // Explorer

  const cards = directions.map((direction, k) => {
    const image = make("img", { id: `image-${k}` });
    const slider = make("input", {
      type: "range", id: `slider-${k}`, min: 0, max: steps - 1, step: 1, value: origin, "data-direction": k,
      "aria-label": `Distance along ${spoken(k)}`,
    });
    const reach = distances[steps - 1] - distances[0];
    if (distances[0] < 0 && distances[steps - 1] > 0) {
      // The thumb's centre travels between 9 pixels from either end.
      const share = -distances[0] / reach;
      slider.style.setProperty("--zero", `calc(${share} * (100% - 17px) + ${9 - share}px)`);
    }
    const output = make("output", { for: slider.id });
    const ends = [0, steps - 1].map(() => make("img", { alt: "", class: "end" }));
    slider.addEventListener("input", () => { stop(); move(k, Number(slider.value)); });
    const effect = make("p", { class: "effect" });
    if (!unnamed(k)) {
      const named = direction.named_after.map((name) => direction.findings.find((finding) => finding.attribute === name));
      const times = named.map(timesText).filter((text) => text).join(" and ");
      effect.append(make("b", {}, `${direction.sizes} per unit of distance`.trim()), times && `${times} a random direction`);
    } else if (meaning) {
      effect.append("no change that stands out from random directions");
    }
    const card = make("article", { class: "card" }, make("h3", {}, ...heading(k)), image,
      make("div", { class: "move" }, ends[0], slider, ends[1], output), effect);
    byId("cards").append(card);
    return { image, slider, output, ends };
  });

  function move(k, step) {
    position[k] = step;
    const { image, slider, output, ends } = cards[k];
    ends[0].src = images[k][sample][0];
    ends[1].src = images[k][sample][steps - 1];
    image.src = images[k][sample][step];
    image.alt = described(k, sample, step);
    slider.value = step;
    slider.setAttribute("aria-valuetext", labels[step]);
    output.value = labels[step];
  }
  function choose(next) {
    sample = (next + samples) % samples;
    choices[sample].checked = true;
    choices[sample].parentElement.scrollIntoView({ block: "nearest", inline: "nearest" });
    position.forEach((step, k) => move(k, step));
  }
  // Another sample than the present one, all of them equally likely.
  function chooseRandomly() {
    if (samples > 1) choose(sample + 1 + Math.floor(Math.random() * (samples - 1)));
  }
  byId("random").hidden = samples < 2;
  byId("random").addEventListener("click", chooseRandomly);
  const choices = Array.from({ length: samples }, (_, n) => {
    const input = make("input", { type: "radio", name: "sample", value: n, "aria-label": `Sample ${n + 1}` });
    input.addEventListener("change", () => choose(n));
    byId("samples").append(make("label", {}, input, make("img", { src: images[0][n][origin], alt: "" })));
    return input;
  });
  choices[0].checked = true;
  position.forEach((step, k) => move(k, step));

  // Sweeping all sliders: there and back

  let timer = null;
  function stop() {
    clearInterval(timer);
    timer = null;
    byId("play").setAttribute("aria-pressed", "false");
    byId("play").textContent = "Sweep all";
  }
  function toggle() {
    if (timer !== null) return stop();
    let step = position[0];
    let way = 1;
    timer = setInterval(() => {
      if (step + way < 0 || step + way >= steps) way = -way;
      step = Math.min(Math.max(step + way, 0), steps - 1);
      directions.forEach((_, k) => move(k, step));
    }, 140);
    byId("play").setAttribute("aria-pressed", "true");
    byId("play").textContent = "Stop";
  }
  byId("play").addEventListener("click", toggle);

  // Keyboard: what has no focus of its own

  byId("last-key").textContent = Math.min(directions.length, 9);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key) && Number(event.key) <= directions.length) {
      cards[Number(event.key) - 1].slider.focus();
    } else if (event.key === "0") {
      stop();
      directions.forEach((_, k) => move(k, origin));
    } else if (event.key === "," || event.key === ".") {
      choose(sample + (event.key === "." ? 1 : -1));
    } else if (event.key === "r") {
      chooseRandomly();
    } else if (event.key === "p") {
      toggle();
    } else {
      return;
    }
    event.preventDefault();
  });

  // Meaning

  // One scale for all: multiples of what a random direction does, as far as the furthest interval or band.
  function inMultiples(finding, reference) {
    const scaled = (value) => (value === null || !reference.rms ? null : value / reference.rms);
    return { dot: scaled(finding.change), low: scaled(finding.low), high: scaled(finding.high),
      randomLow: scaled(reference.low), randomHigh: scaled(reference.high) };
  }
  function axis(place, furthest) {
    const percent = (value) => 50 + 50 * (value / furthest);
    const bar = (name, low, high) =>
      make("i", { class: name, style: `left:${percent(low)}%;width:${percent(high) - percent(low)}%` });
    const element = make("div", { class: "axis" });
    if (place.randomLow !== null) element.append(bar("random", place.randomLow, place.randomHigh));
    element.append(make("i", { class: "zero" }));
    if (place.dot !== null) {
      element.append(bar("whisker", place.low, place.high), make("i", { class: "dot", style: `left:${percent(place.dot)}%` }));
    }
    return element;
  }
  function findingsTable(direction, places, furthest) {
    const head = make("tr", {}, make("th", {}, "attribute"), make("th", { class: "plot" }, "against random"),
      make("th", { class: "number" }, "per unit (95 %)"), make("th", { class: "number" }, "× random"));
    const rows = direction.findings.map((finding, i) => {
      const unit = finding.unit === "px" ? ", px" : "";
      const interval = finding.low === null ? "" :
        ` (${formatted(finding.low, "")} to ${formatted(finding.high, "")})`;
      return make("tr", finding.significant ? { class: "significant" } : {},
        make("th", { scope: "row", title: meaning.attributes[i].description }, finding.attribute + unit),
        make("td", { class: "plot" }, axis(places[i], furthest)),
        make("td", { class: "number" }, make("span", { class: "change" }, changeText(finding)),
          make("span", { class: "interval" }, interval)),
        make("td", { class: "number" }, finding.times_random === null ? "" : finding.times_random.toFixed(1)));
    });
    const columns = ["attribute", "plot", "number", "times"].map((name) => make("col", { class: `${name}-column` }));
    return make("table", { class: "findings" }, make("colgroup", {}, ...columns), make("thead", {}, head), make("tbody", {}, ...rows));
  }
  if (meaning) {
    const places = directions.map((d) => d.findings.map((finding, i) => inMultiples(finding, meaning.attributes[i])));
    const ends = places.flat().flatMap((place) => Object.values(place)).filter((value) => value !== null);
    const furthest = 1.06 * Math.max(...ends.map(Math.abs), 1);
    directions.forEach((direction, k) => {
      byId("meanings").append(make("div", { class: "meaning" }, make("h3", {}, ...heading(k)),
        findingsTable(direction, places[k], furthest)));
    });
    byId("meaning-note").textContent = "Change per unit of distance. A dot is the mean over the samples, its line the "
      + "95 % confidence interval; the grey band is where 95 % of random directions of the same length lie. "
      + "Filled dots go significantly beyond it. Each direction is named after the strongest one or two of those.";
    byId("meaning-method").textContent = meaning.method;
  } else {
    byId("meaning-note").textContent = data.why_not;
  }

  // All images, in either order

  function grid(title, rowLabels, imageAt, describe) {
    const rows = make("div", { class: "rows" }, make("span", { class: "corner" }));
    labels.forEach((label) => rows.append(make("span", { class: "distance" }, label)));
    rowLabels.forEach((label, row) => {
      rows.append(make("span", { class: "label" }, ...parts(label)));
      for (let step = 0; step < steps; step += 1) {
        rows.append(make("img", { class: "cell", src: imageAt(row, step), alt: describe(row, step), loading: "lazy" }));
      }
    });
    return make("div", {}, make("h3", {}, ...title), make("div", { class: "grid", tabindex: 0, role: "group", "aria-label": "Images" }, rows));
  }
  function show(order) {
    const chosen = choices.slice(0, data.shown);
    const sampleNames = chosen.map((_, n) => `sample ${n + 1}`);
    const directionNames = directions.map((d, k) => (d.name ? `${k + 1}  ${d.name}` : `direction ${k + 1}`));
    const grids = order === "semantic"
      ? directions.map((_, k) => grid(heading(k), sampleNames, (n, t) => images[k][n][t], (n, t) => described(k, n, t)))
      : chosen.map((_, n) => grid([`Sample ${n + 1}`], directionNames, (k, t) => images[k][n][t], (k, t) => described(k, n, t)));
    byId("grids").replaceChildren(...grids);
  }
  byId("grids").style.setProperty("--steps", steps);
  if (data.pixelated) document.body.classList.add("pixels");
  document.body.style.setProperty("--side", `${data.image_size}px`);
  for (const input of document.querySelectorAll("#orders input")) {
    input.addEventListener("change", () => show(input.value));
  }
  show("semantic");

  // Spectrum

  const values = data.eigenvalues;
  const total = values.reduce((sum, value) => sum + value, 0);
  const svgName = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(svgName, "svg");
  svg.setAttribute("viewBox", `0 0 ${values.length} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  values.forEach((value, i) => {
    const bar = document.createElementNS(svgName, "rect");
    const height = values[0] > 0 ? (100 * value) / values[0] : 0;
    const box = { x: i + 0.1, width: 0.8, y: 100 - height, height };
    for (const [name, number] of Object.entries(box)) bar.setAttribute(name, number);
    if (i < directions.length) bar.setAttribute("class", "shown");
    const title = document.createElementNS(svgName, "title");
    title.textContent = `${i + 1}: ${value}`;
    bar.append(title);
    svg.append(bar);
  });
  const shown = values.slice(0, directions.length).reduce((sum, value) => sum + value, 0);
  const percent = (part, whole) => {
    const share = whole > 0 ? (100 * part) / whole : 0;
    return `${share.toFixed(share < 10 && share > 0 ? 1 : 0)} %`;
  };
  byId("spectrum").append(make("span", { class: "top" }, `largest ${Number(values[0].toPrecision(4))}`), svg);
  byId("spectrum").setAttribute("aria-label", `Bar chart of ${values.length} eigenvalues, descending`);
  byId("spectrum-note").textContent = `All ${values.length}, one for each dimension of the latent space, `
    + `largest first. The ${directions.length === 1 ? "one" : directions.length} shown above `
    + `${directions.length === 1 ? "carries" : "carry"} ${percent(shown, total)} of their sum; `
    + `were all alike, it would be ${percent(directions.length, values.length)}.`;

  // Words

  byId("lead").textContent = `The ${plural(directions.length, "direction")} in the latent space that change `
    + `${data.factorized} the most, found from the weights alone. Move a slider and see what each one does.`;
  byId("about").textContent = data.about;
  byId("links").hidden = data.links.length === 0;
  for (const link of data.links) {
    const attributes = link.href ? { href: link.href } : { "aria-current": "page" };
    byId("links").append(make("a", attributes, link.words));
  }
})();
