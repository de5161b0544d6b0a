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
    Object.assign(this, { explorer, page: explorer.page });
    this.makeDials();
    this.makeChoices();
    el("open").addEventListener("click", () => {
      const isOpen = el("bar").classList.toggle("open");
      el("more").hidden = !isOpen;
      el("open").setAttribute("aria-expanded", isOpen);
      el("open").textContent = isOpen ? "Less" : "More";
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
    this.direction = this.choice("choices", "direction", page.directions.map((way) => [way, way]), (direction) => ({ direction }));
    const speed = this.choice("more", "speed", page.speeds.map((each) => [each, `${each} / s`]), (each) => {
      explorer.speed = Number(each);
      return {};
    });
    speed.value = explorer.speed;
    for (const { name } of page.views) this.check(name, explorer.views, name);
    if (page.traces.length > 1) page.traces.forEach((trace, k) => this.check(trace.name || trace.kinds[0], explorer.nets, k));
  }

  show() {
    const { explorer, page } = this;
    const { at } = explorer;
    this.set(this.dials.epoch, page.epochs.length - 1, at.epoch, `${page.epochs[at.epoch]}`, ` of ${page.epochs.at(-1)}`);
    const last = page.steps[at.layer] - 1;
    this.set(this.dials.time, last, at.time, `${at.time}`, ` of ${last}${explorer.stepName}`);
    this.showPhases();
    for (const [over, dial] of Object.entries(this.dials)) {
      const isPlaying = explorer.playing === over;
      dial.play.textContent = isPlaying ? "❚❚" : "▶\uFE0E";
      dial.play.setAttribute("aria-label", `${isPlaying ? "pause" : "play"}: ${dial.name}`);
    }
    for (const name of ["layer", "unit", "sample", "direction"]) this[name].value = at[name];
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
      dial.label.textContent = kinds.length > 1 ? `phase, ${kind}` : "phase";
      this.set(dial, names.length - 1, at.phases[k], names[at.phases[k]], ` (${at.phases[k] + 1} of ${names.length})`);
    });
  }

  set(dial, max, value, text, after) {
    [dial.input.max, dial.input.value] = [max, value];
    dial.output.replaceChildren(text, made("small", { textContent: after }));
    dial.input.setAttribute("aria-valuetext", text + after);
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
    const [label, output] = [made("label", { textContent: id, htmlFor: input.id }), made("output")];
    const row = made("div", { className: "dial" }, made("div", { className: "said" }, label, output));
    const name = over === "phase" ? "phase" : id;
    const button = (sign, said, work) => {
      const one = made("button", { textContent: sign, title: said });
      one.setAttribute("aria-label", said);
      one.addEventListener("click", work);
      row.append(one);
      return one;
    };
    let play = null;
    if (over) {
      button("◂", `one step back: ${name}`, () => explorer.step(over, -1));
      play = button("▶\uFE0E", `play: ${name}`, () => explorer.toggle(over));
      button("▸", `one step on: ${name}`, () => explorer.step(over, 1));
    } else input.style.gridColumn = "1 / -1";
    row.append(input);
    el(where).append(row);
    return { row, label, input, output, play, name };
  }

  choice(where, name, options, changes) {
    const { explorer } = this;
    const select = made("select", {}, ...options.map(([value, text]) => new Option(text, value)));
    select.addEventListener("change", () => explorer.go({ ...explorer.at, ...changes(select.value) }));
    select.setAttribute("aria-label", name);
    el(where).append(made("label", {}, `${name} `, select));
    return select;
  }

  check(name, set, key) {
    const box = made("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      if (box.checked) set.add(key);
      else set.delete(key);
      this.explorer.layOut();
    });
    el("more").append(made("label", {}, box, ` ${name}`));
  }
}
