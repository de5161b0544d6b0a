// The controls: sliders, buttons and choices, each of which goes to another moment or shows something else.

const el = (id) => document.getElementById(id);

/** A part of the page with what it holds. */
function made(kind, properties = {}, ...inside) {
  const element = Object.assign(document.createElement(kind), properties);
  element.append(...inside);
  return element;
}

class Controls {
  constructor(explorer) {
    Object.assign(this, { explorer, page: explorer.page, boxes: [] });
    this.makeDials();
    this.makeChoices();
    el("open").addEventListener("click", () => {
      const isOpen = el("bar").classList.toggle("open");
      el("more").hidden = !isOpen;
      el("open").setAttribute("aria-expanded", isOpen);
      el("open").textContent = say(isOpen ? "Less" : "More");
    });
  }

  makeDials() {
    const { explorer, page } = this;
    this.dials = {
      epoch: this.dial("dials", "epoch", "epoch", (value) => ({ epoch: value })),
      time: this.dial("dials", "time step", "time", (value) => ({ time: value })),
    };
    const most = Math.max(...page.layers.map((_, layer) => new Set(page.traces.map((trace) => trace.kinds[layer])).size));
    this.phases = Array.from({ length: most }, (_, place) =>
      this.dial(place ? "more" : "dials", `phase-${place}`, place ? null : "phase", (value) => ({
        phases: this.phasesWith(place, value),
      })),
    );
    this.dials.phase = this.phases[0];
    explorer.last = "phase";
  }

  makeChoices() {
    const { explorer, page } = this;
    const samples = page.samples.map(([sample, inputs], k) => [k, `${sample}: ${inputs}`]);
    const numbered = (values) => values.map((value, k) => [k, value]);
    this.sample = this.choice("choices", "sample", samples, (k) => ({ sample: Number(k) }));
    this.layer = this.choice("choices", "layer", numbered(page.layers), (k) => explorer.walk.inLayer(explorer.at, Number(k)));
    this.unit = this.choice("choices", "unit", numbered(page.units), (k) => ({ unit: Number(k) }));
    this.direction = this.choice("choices", "direction", page.directions.map((way) => [way, say(way)]), (direction) => ({ direction }));
    const speed = this.choice("more", "speed", page.speeds.map((each) => [each, say("{count} / s", { count: each })]), (each) => {
      explorer.speed = Number(each);
      return {};
    });
    speed.value = explorer.speed;
    for (const { name, title } of page.views) this.check(title, "views", name);
    if (page.traces.length > 1) page.traces.forEach((trace, k) => this.check(trace.name || trace.kinds[0], "nets", k));
  }

  show() {
    const { explorer, page } = this;
    const { at } = explorer;
    this.set(this.dials.epoch, page.epochs.length - 1, at.epoch, "{value} of {last}", { value: page.epochs[at.epoch], last: page.epochs.at(-1) });
    const last = page.steps[at.layer] - 1;
    const label = explorer.stepLabel;
    const text = label === undefined ? "{value} of {last}" : "{value} of {last} ({label})";
    this.set(this.dials.time, last, at.time, text, { value: at.time, last, label });
    this.showPhases();
    for (const [over, dial] of Object.entries(this.dials)) {
      const isPlaying = explorer.playing === over;
      dial.play.textContent = isPlaying ? "❚❚" : "▶\uFE0E";
      dial.play.setAttribute("aria-label", say(isPlaying ? "pause: {axis}" : "play: {axis}", { axis: dial.name }));
    }
    if (at.layer !== this.layerNow) this.nameUnits(at.layer);
    for (const name of ["layer", "unit", "sample", "direction"]) this[name].value = at[name];
  }

  /** Offer the units that a layer has, each once. */
  nameUnits(layer) {
    const units = this.explorer.walk.units(layer);
    [...this.unit.options].forEach((option, k) => Object.assign(option, { text: units[k], hidden: units.indexOf(units[k]) < k }));
    this.layerNow = layer;
  }

  /** A slider for each kind of cell that is shown and has several phases. */
  showPhases() {
    const { at } = this.explorer;
    const kinds = this.kinds(at.layer);
    this.phases.forEach((dial, place) => {
      const [kind, k] = kinds[place] ?? [];
      const names = kind && this.page.traces[k].phases[at.layer];
      dial.row.hidden = !names || (place > 0 && names.length < 2);
      if (dial.row.hidden) return;
      dial.label.textContent = kinds.length > 1 ? say("phase, {kind}", { kind }) : say("phase");
      const phase = at.phases[k];
      const parts = { value: names[phase], place: phase + 1, count: names.length };
      this.set(dial, names.length - 1, phase, "{value} ({place} of {count})", parts);
    });
  }

  /** Set a slider to a place, and say it; what stands behind the value is left out where there is little room. */
  set(dial, max, value, text, parts) {
    [dial.input.max, dial.input.value] = [max, value];
    const [before, after] = say(text, { ...parts, value: "\0" }).split("\0");
    dial.output.replaceChildren(made("small", { textContent: before }), `${parts.value}`, made("small", { textContent: after }));
    dial.input.setAttribute("aria-valuetext", say(text, parts));
    dial.input.disabled = max < 1;
  }

  /** Each kind of cell in a layer that is shown, that with most phases first, and the first trace of it. */
  kinds(layer) {
    const { traces } = this.page;
    const found = new Map();
    for (const k of this.explorer.walk.shown) if (!found.has(traces[k].kinds[layer])) found.set(traces[k].kinds[layer], k);
    const count = ([, k]) => traces[k].phases[layer].length;
    return [...found].sort((one, other) => count(other) - count(one));
  }

  /** The phases of all traces when those of one kind, by its place among the kinds, go to another. */
  phasesWith(place, value) {
    const { at } = this.explorer;
    const [kind] = this.kinds(at.layer)[place];
    return at.phases.map((phase, k) => (this.page.traces[k].kinds[at.layer] === kind ? value : phase));
  }

  /** A slider with what it is at; it steps and plays if it goes over something. */
  dial(where, id, over, changes) {
    const { explorer } = this;
    const input = made("input", { type: "range", min: 0, step: 1, id: `dial-${id}` });
    input.addEventListener("input", () => explorer.go({ ...explorer.at, ...changes(Number(input.value)) }));
    const [label, output] = [made("label", { textContent: say(id), htmlFor: input.id }), made("output")];
    const row = made("div", { className: "dial" }, made("div", { className: "said" }, label, output));
    const name = say(over === "time" ? "time step" : (over ?? "phase"));
    const button = (sign, said, work) => {
      const one = made("button", { textContent: sign, title: said });
      one.setAttribute("aria-label", said);
      one.addEventListener("click", work);
      row.append(one);
      return one;
    };
    let play = null;
    if (over) {
      button("◂", say("one step back: {axis}", { axis: name }), () => explorer.step(over, -1));
      play = button("▶\uFE0E", say("play: {axis}", { axis: name }), () => explorer.toggle(over));
      button("▸", say("one step on: {axis}", { axis: name }), () => explorer.step(over, 1));
    } else input.style.gridColumn = "1 / -1";
    row.append(input);
    el(where).append(row);
    return { row, label, input, output, play, name };
  }

  choice(where, name, options, changes) {
    const { explorer } = this;
    const select = made("select", {}, ...options.map(([value, text]) => new Option(text, value)));
    select.addEventListener("change", () => explorer.go({ ...explorer.at, ...changes(select.value) }));
    select.setAttribute("aria-label", say(name));
    el(where).append(made("label", {}, `${say(name)} `, select));
    return select;
  }

  /** Mark which views are shown. */
  showChecks() {
    for (const [box, , key] of this.boxes) if (typeof key === "string") box.checked = this.explorer.views.has(key);
  }

  check(name, kind, key) {
    const box = made("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      const set = this.explorer[kind];
      if (box.checked) set.add(key);
      else set.delete(key);
      this.explorer.layOut();
    });
    this.boxes.push([box, kind, key]);
    el("more").append(made("label", {}, box, ` ${name}`));
  }
}
