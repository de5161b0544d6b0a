// The numbers of a page, unpacked: each as the figures write it, and the colours of heat maps.

/** A number of either sign, whose sign is in its last bit. */
function signed(step) {
  return (step >>> 1) ^ -(step & 1);
}

/** Undo what packed numbers: bytes by weight, and differences. */
function whole(bytes, count) {
  const found = new Int32Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    let step = 0;
    for (let weight = 3; weight >= 0; weight--) step = (step << 8) | bytes[weight * count + k];
    sum = (sum + signed(step)) | 0;
    found[k] = sum;
  }
  return found;
}

/** Undo what packed colours: differences from epoch to epoch. */
function levels(bytes, arrays) {
  const found = new Int16Array(bytes.length);
  for (const [start, units, times, samples, epochs] of arrays)
    for (let k = start; k < start + units * times * samples * epochs; k++)
      found[k] = signed(bytes[k]) + ((k - start) % epochs ? found[k - 1] : 0);
  return found;
}

/** Undo the differences between samples of arrays (unit, time, sample, epoch): where each begins, and its shape. */
function besideOneAnother(values, arrays) {
  for (const [start, units, times, samples, epochs] of arrays)
    for (let row = 0; row < units * times * samples; row++)
      if (row % samples > 0)
        for (let k = start + row * epochs; k < start + (row + 1) * epochs; k++) values[k] += values[k - epochs];
  return values;
}

/** The address of a bitmap of 32 bits a pixel, rows from the top, up to its first pixel. */
function bitmapHead(wide, high) {
  const byte = (value) => `%${(value & 255).toString(16).padStart(2, "0")}`;
  const word = (value) => [0, 8, 16, 24].map((shift) => byte(value >>> shift)).join("");
  const [head, info] = [54, 40];
  const words = [head + 4 * wide * high, 0, head, info, wide, -high, 1 | (32 << 16), 0, 0, 0, 0, 0, 0];
  return `data:image/bmp,BM${words.map(word).join("")}`;
}

class Numbers {
  constructor(page, numbers, heats) {
    this.page = page;
    const channels = page.channels.map(([start, , ...shape]) => [start, ...shape]);
    this.codes = besideOneAnother(whole(numbers, page.count), channels);
    this.colours = besideOneAnother(levels(heats, page.heats), page.heats);
    this.tables = new Map();
  }

  code(channel, at) {
    const [start, , units, times, samples, epochs] = this.page.channels[channel];
    const place = (k, count) => (count === 1 ? 0 : k);
    const row = (place(at.unit, units) * times + place(at.time, times)) * samples + place(at.sample, samples);
    return this.codes[start + row * epochs + place(at.epoch, epochs)];
  }

  /** The number as the figures write it. */
  text(channel, at) {
    const code = this.code(channel, at);
    if (code === 0) return "0";
    if (code >= this.page.textsFrom) return this.page.texts[code - this.page.textsFrom];
    const digits = this.page.channels[channel][1];
    const least = 10 ** (digits - 1);
    const place = Math.abs(code) - 1;
    const power = Math.floor(place / (9 * least)) + this.page.firstPower;
    const mantissa = (place % (9 * least)) + least;
    const size =
      power < -3 ? `${Number(`${mantissa}e${1 - digits}`)}e${power}` : `${Number(`${mantissa}e${power - digits + 1}`)}`;
    return (code < 0 ? "−" : "") + size.replace("-", "−");
  }

  value(channel, at) {
    const found = Number(this.text(channel, at).replaceAll("−", "-").replace("∞", "Infinity"));
    return Number.isNaN(found) ? 0 : found;
  }

  /** A heat map as a bitmap: a pixel for each time step and unit, these in the order of a channel. */
  picture(heat, table, order, at) {
    const [start, units, times, samples, epochs] = this.page.heats[heat];
    const colours = this.pixels(table);
    let picture = bitmapHead(times, units);
    for (let row = 0; row < units; row++) {
      const first = this.value(order, { ...at, unit: row }) * times;
      for (let k = first; k < first + times; k++)
        picture += colours[this.colours[start + (k * samples + at.sample) * epochs + at.epoch]];
    }
    return picture;
  }

  /** The colours of the levels that are kept of a table, six hexadecimal digits each, as pixels of a bitmap. */
  pixels(table) {
    if (!this.tables.has(table)) {
      const pixel = ([, red, green, blue]) => `%${blue}%${green}%${red}%ff`;
      const colours = [...table.matchAll(/(..)(..)(..)/g)].map(pixel);
      this.tables.set(table, this.page.levels.map((place) => colours[place]));
    }
    return this.tables.get(table);
  }
}
