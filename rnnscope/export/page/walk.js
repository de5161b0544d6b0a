/** The moments in the order in which they are computed, as in a notebook. */
class Walk {
  constructor(page, nets) {
    Object.assign(this, { page, nets });
  }

  /** The traces that are shown, by number; all of them if none is. */
  get shown() {
    return this.nets.size ? [...this.nets].sort() : [...this.page.traces.keys()];
  }

  /** The trace whose cell leads: the first one shown that has most phases. */
  leader(layer) {
    const counts = this.counts(layer);
    return this.shown.reduce((most, k) => (counts[k] > counts[most] ? k : most));
  }

  /** The units of the page in a layer: its last one stands for those that it does not have. */
  units(layer) {
    const last = Math.min(...this.page.traces.map((trace) => trace.units[layer])) - 1;
    return this.page.units.map((unit) => Math.min(unit, last));
  }

  unit(at) {
    return this.units(at.layer)[at.unit];
  }

  way(at) {
    return at.direction === "backward" ? -1 : 1;
  }

  counts(layer) {
    return this.page.traces.map((trace) => trace.phases[layer].length);
  }

  phasesAt(layer, way, place) {
    return this.counts(layer).map((count) => {
      const found = Math.min(place, count - 1);
      return way > 0 ? found : count - 1 - found;
    });
  }

  /** The place of the phase of the cell that leads. */
  place(at) {
    const leader = this.leader(at.layer);
    return this.way(at) > 0 ? at.phases[leader] : this.counts(at.layer)[leader] - 1 - at.phases[leader];
  }

  /** The next moment (by 1) or the one before (by −1); nothing at an end. */
  step(at, over, by) {
    if (over === "epoch") {
      const epoch = at.epoch + by;
      return epoch >= 0 && epoch < this.page.epochs.length ? { ...at, epoch } : null;
    }
    if (over === "time") return this.carried(at, by);
    const place = this.place(at) + by;
    const most = this.counts(at.layer)[this.leader(at.layer)];
    if (place >= 0 && place < most) return { ...at, phases: this.phasesAt(at.layer, this.way(at), place) };
    const after = this.carried(at, by);
    const last = after && this.counts(after.layer)[this.leader(after.layer)] - 1;
    return after && { ...after, phases: this.phasesAt(after.layer, this.way(after), by > 0 ? 0 : last) };
  }

  /** The time step at which a layer begins, going forward or backward; some read from the last to the first. */
  begin(layer, way) {
    return way * this.page.ways[layer] > 0 ? 0 : this.page.steps[layer] - 1;
  }

  carried(at, by) {
    const way = this.way(at) * by;
    const layers = this.page.layers.length;
    const time = at.time + way * this.page.ways[at.layer];
    if (time >= 0 && time < this.page.steps[at.layer]) return { ...at, time };
    const layer = at.layer + way;
    const isInside = layer >= 0 && layer < layers;
    const after = isInside ? at : this.step(at, "epoch", by);
    if (!after) return null;
    const next = isInside ? layer : way > 0 ? 0 : layers - 1;
    return { ...this.inLayer(after, next), time: this.begin(next, way) };
  }

  /** The same moment in another layer; a phase that it does not have is its last one. */
  inLayer(at, layer) {
    const phases = this.page.traces.map((trace, k) => {
      const source = this.page.sources[at.layer][layer][k];
      const found = trace.phases[layer].indexOf(this.page.traces[source].phases[at.layer][at.phases[source]]);
      return found < 0 ? trace.phases[layer].length - 1 : found;
    });
    return { ...at, layer, phases, time: Math.min(at.time, this.page.steps[layer] - 1) };
  }

  /** The same moment in a phase by its name, in every trace that has it; the others are as far as the leading one. */
  inPhase(at, name) {
    const places = this.page.traces.map((trace) => trace.phases[at.layer].indexOf(name));
    const place = Math.max(...places);
    return { ...at, phases: places.map((own, k) => (own < 0 ? Math.min(place, this.counts(at.layer)[k] - 1) : own)) };
  }

  first(at, over) {
    if (over === "epoch") return { ...at, epoch: 0 };
    const way = this.way(at);
    const begin = this.inLayer(at, way > 0 ? 0 : this.page.layers.length - 1);
    begin.time = this.begin(begin.layer, way);
    return over === "time" ? begin : { ...begin, phases: this.phasesAt(begin.layer, way, 0) };
  }
}
