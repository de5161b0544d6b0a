// A moment as an address says it, with names and numbers of the traces: #epoch=40&layer=lstm&time=2&phase=f

let texts = {};

/** A text in the language of the page, with its braces filled; `{name:은/는}` adds the Korean particle that fits. */
function say(text, parts = {}) {
  return (texts[text] ?? text).replace(/\{(\w+)(?::([^/}]*)\/([^}]*))?\}/g, (_, name, closed, open) => {
    const value = `${parts[name]}`;
    return closed === undefined ? value : value + (isClosed(value, closed) ? closed : open);
  });
}

/** Whether what is spoken ends in a consonant, which decides on the particle behind it; 으로 takes ㄹ for a vowel. */
function isClosed(spoken, closed) {
  const last = spoken.replace(/\s*\([^()]*\)$/, "").at(-1) ?? "";
  const syllable = last.charCodeAt(0) - 0xac00;
  const final = syllable >= 0 && syllable < 11172 ? syllable % 28 : { 0: 21, 1: 8, 3: 16, 6: 1, 7: 8, 8: 8, l: 8, m: 16, n: 4, r: 8 }[last.toLowerCase()] ?? 0;
  return final > 0 && !(final === 8 && closed === "으로");
}

class Address {
  constructor(explorer) {
    Object.assign(this, { explorer, page: explorer.page });
    addEventListener("hashchange", () => this.read());
  }

  /** Go where the address of the page says; return whether it says something. */
  read() {
    const given = new URLSearchParams(location.hash.slice(1));
    const fields = Object.fromEntries([...given].filter(([name]) => name));
    if (!Object.keys(fields).length) return false;
    const { at, problem } = this.resolve(fields);
    this.explorer.trouble(problem);
    this.explorer.go(at);
    return true;
  }

  /** What some fields mean, and a sentence about the first one that is not in this page. */
  resolve(fields) {
    const { explorer, page } = this;
    let [at, problem] = [explorer.at, ""];
    const known = ["direction", "layer", "epoch", "sample", "time", "unit", "phase"];
    const wrong = (text, parts) => (problem ||= say(text, parts));
    for (const field of Object.keys(fields))
      if (!known.includes(field))
        wrong("The address says {field}, which this page does not know: it was left out. Possible: {known}.", { field, known: known.join(", ") });
    for (const field of known) {
      if (!(field in fields)) continue;
      const there = this.there(field, at);
      const place = there.indexOf(String(fields[field]));
      if (place >= 0) at = this.moved(at, field, place);
      else
        wrong("The address says {field}={value}, which is not in this page: it was left out. Possible: {known}.", {
          field,
          value: fields[field],
          known: there.length > 12 ? `${there[0]} … ${there.at(-1)}` : [...new Set(there)].join(", "),
        });
    }
    return { at, problem };
  }

  /** The names of what a field can be, in the order of their places. */
  there(field, at) {
    const { page } = this;
    return {
      direction: () => page.directions,
      layer: () => page.traces.flatMap((trace) => trace.layers),
      epoch: () => page.epochs.map(String),
      sample: () => page.samples.map(([sample]) => String(sample)),
      time: () => [...Array(page.steps[at.layer]).keys()].map(String),
      unit: () => this.explorer.walk.units(at.layer).map(String),
      phase: () => page.traces.flatMap((trace) => trace.phases[at.layer]),
    }[field]();
  }

  moved(at, field, place) {
    const { page } = this;
    if (field === "direction") return { ...at, direction: page.directions[place] };
    if (field === "layer") return this.explorer.walk.inLayer(at, place % page.layers.length);
    if (field !== "phase") return { ...at, [field]: place };
    const name = this.there("phase", at)[place];
    return this.explorer.walk.inPhase(at, name);
  }

  /** Write the moment into the address of the page, without a step in its history. */
  write() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => history.replaceState(null, "", `#${this.text()}`), 150); // browsers refuse many at once
  }

  /** The moment with names and numbers of the traces. */
  get moment() {
    const { at, walk } = this.explorer;
    const { page } = this;
    const trace = page.traces[walk.leader(at.layer)];
    return {
      epoch: page.epochs[at.epoch],
      layer: trace.layers[at.layer],
      sample: page.samples[at.sample][0],
      time: at.time,
      phase: trace.phases[at.layer][at.phases[walk.leader(at.layer)]],
      unit: walk.unit(at),
      direction: at.direction,
    };
  }

  text() {
    const { direction, ...fields } = this.moment;
    return new URLSearchParams({ ...fields, ...(direction === "forward" ? {} : { direction }) }).toString();
  }
}
