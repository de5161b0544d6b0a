// Bars of a memory: parts of a stack, columns, and amounts that begin where the one before ends.

const BESIDE = 3; // between a bar and its number, in points

const NEARLY = { 0.5: "<1", 99.5: ">99" }; // what is nearly none or nearly all of something

/** A share in percent, as the figures write it. */
function percent(text) {
  return text && `${NEARLY[text] ?? text} %`;
}

Object.assign(Figure.prototype, {
  /** Put a bar between two heights, and its number in its middle, above it or below it. */
  showSpan(name, from, to, text, place = "middle") {
    this.change(name, `${from} ${to} ${text} ${place}`, (part) => {
      part.setAttribute("y", Math.min(from, to));
      part.setAttribute("height", Math.abs(from - to));
      const letters = this.parts.get(`${name}t`);
      if (letters.textContent !== text) letters.textContent = text;
      const high = parseFloat(letters.style.fontSize);
      const beside = { middle: (from + to) / 2 + 0.36 * high, above: Math.min(from, to) - BESIDE, below: Math.max(from, to) + high };
      letters.setAttribute("transform", `translate(0 ${beside[place]})`);
    });
  },

  showStack({ parts, from, to, least }) {
    const { at, numbers } = this.explorer;
    let low = from;
    for (const [name, share, percents] of parts) {
      const high = low + (to - from) * numbers.value(share, at);
      this.showSpan(name, low, high, Math.abs(high - low) < least ? "" : percent(numbers.text(percents, at)));
      low = high;
    }
  },

  showColumns({ parts, from, to }) {
    const { at, numbers } = this.explorer;
    for (const [name, part, percents] of parts)
      this.showSpan(name, from, from + (to - from) * numbers.value(part, at), percent(numbers.text(percents, at)), "above");
  },

  /** The amounts at a time step, on a scale on which those of all time steps have room. */
  showFall({ bars, amounts, sum, says, from, to, start }) {
    const { at, numbers, page } = this.explorer;
    const amountsAt = (time) => amounts.map((channel) => numbers.value(channel, { ...at, time })).map((v) => (Number.isFinite(v) ? v : 0));
    let [least, most] = [0, 0];
    for (let time = 0; time < page.steps[at.layer]; time++) {
      let total = 0;
      for (const amount of amountsAt(time)) {
        total += amount;
        [least, most] = [Math.min(least, total), Math.max(most, total)];
      }
    }
    const place = (value) => from + ((to - from) * (value - least)) / (most - least || 1);
    const read = page.ways[at.layer] > 0 ? at.time : page.steps[at.layer] - 1 - at.time;
    const [now, last] = [amountsAt(at.time), read + start]; // the last amount that is there yet
    let total = 0;
    for (const [k, [name, , right]] of bars.entries()) {
      const isSum = k === amounts.length;
      const [begin, amount] = isSum ? [0, total] : [total, now[k]];
      total = begin + amount;
      const text = numbers.text(isSum ? sum : amounts[k], at);
      const words = isSum || (says && k <= last) ? (amount > 0 && !isSum ? "+" : "") + text : "";
      this.showSpan(name, place(begin), place(total), words, amount < 0 ? "below" : "above");
      const next = k < last ? bars[k + 1] : bars.at(-1);
      this.showLink(`${name}l`, k <= last && !isSum, right, next[1], place(total));
    }
  },

  showLink(name, isThere, left, right, y) {
    this.change(name, isThere ? `${right} ${y}` : "", (part) => {
      part.setAttribute("x", left);
      part.setAttribute("width", isThere ? Math.max(right - left, 0) : 0);
      part.setAttribute("y", y - 0.4);
    });
  },
});
