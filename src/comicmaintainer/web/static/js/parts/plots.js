// @ts-check
/** Plots as inline SVG: bars and lines over equal spans of time, with the scale as text. */

import { h } from "../base/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 160;

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string | null} [title]
 */
function drawn(name, attributes, title = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (title) {
    const words = document.createElementNS(SVG, "title");
    words.textContent = title;
    element.append(words);
  }
  return element;
}

/**
 * The next round number at or above a value: 1, 2 or 5 times a power of ten.
 * @param {number} value
 */
function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.9999) ?? 10 * power;
}

/**
 * @typedef {object} PlotOptions
 * @property {string} label
 * @property {[first: string, last: string]} ends what stands at both ends of the time
 * @property {(value: number) => string} scale a value in words
 */

/**
 * @param {Element} svg
 * @param {number} top
 * @param {PlotOptions} options
 */
function frame(svg, top, { ends, scale }) {
  return h(
    "div",
    { class: "plot-frame" },
    h("div", { class: "scale" }, h("span", {}, scale(top)), h("span", {}, scale(top / 2)), h("span", {}, scale(0))),
    svg,
    h("div", { class: "ends" }, h("span", {}, ends[0]), h("span", {}, ends[1])),
  );
}

/** @param {string} label */
function canvas(label) {
  const svg = drawn("svg", {
    class: "plot",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
  });
  for (const y of [0.5, HEIGHT / 2, HEIGHT - 0.5])
    svg.append(drawn("line", { class: "grid", x1: 0, x2: WIDTH, y1: y, y2: y }));
  return svg;
}

/**
 * Bars of [{label, value, bad}]: `bad` is the part of `value` that is drawn red, at the bottom.
 * @param {{label: string, value: number, bad: number}[]} entries
 * @param {PlotOptions} options
 */
export function bars(entries, options) {
  const top = Math.max(2, roundUp(Math.max(...entries.map((entry) => entry.value))));
  const svg = canvas(options.label);
  const slot = WIDTH / entries.length;
  entries.forEach((entry, place) => {
    for (const [look, value] of Object.entries({ bar: entry.value, bad: entry.bad })) {
      if (!value) continue;
      const tall = Math.max(2, (value / top) * HEIGHT);
      svg.append(
        drawn(
          "rect",
          { class: look, x: place * slot + slot * 0.12, width: slot * 0.76, y: HEIGHT - tall, height: tall },
          entry.label,
        ),
      );
    }
  });
  return frame(svg, top, options);
}

/**
 * Lines over [{values: [a, b]}]; null leaves a gap.
 * @param {{values: (number | null)[]}[]} entries
 * @param {PlotOptions} options
 */
export function lines(entries, options) {
  const known = entries.flatMap((entry) => entry.values).filter((value) => value !== null);
  const top = roundUp(Math.max(0.001, ...known));
  const svg = canvas(options.label);
  const slot = WIDTH / entries.length;
  ["line", "line second"].forEach((look, which) => {
    let path = "";
    entries.forEach((entry, place) => {
      const value = entry.values[which];
      if (value === null) return;
      const alone = (entries[place - 1]?.values[which] ?? null) === null;
      const y = HEIGHT - (value / top) * HEIGHT;
      path += alone
        ? `M${place * slot + slot * 0.12},${y}H${(place + 1) * slot - slot * 0.12}`
        : `L${place * slot + slot / 2},${y}`;
    });
    svg.append(drawn("path", { class: look, d: path || "M0,0" }));
  });
  return frame(svg, top, options);
}
