// Information on its way through a picture: while a phase plays, it travels along the wires, stage by stage.

const LEAST_FLOW = 150; // milliseconds: what is over sooner is not seen

/** What travels in a stage: each wire gets its colour from its start on, and a bead goes before it. */
class Travel {
  constructor(page, bead, below, travels) {
    this.bead = bead;
    this.group = drawnIn(null, "g");
    this.group.setAttribute("aria-hidden", "true");
    this.wires = travels.map(([, path, colour, wide, core]) => this.wire(page.pool[path], `var(--c${colour})`, wide, core));
    below.before(this.group);
  }

  wire(path, colour, wide, core) {
    const line = (stroke, width) => {
      const attributes = { d: path, pathLength: 1, fill: "none", "stroke-dasharray": 1, "stroke-width": width };
      const found = drawnIn(this.group, "path", attributes);
      found.style.stroke = stroke;
      return found;
    };
    const lines = [line(colour, wide), ...(core ? [line("var(--paper)", core)] : [])];
    const bead = drawnIn(this.group, "circle", { r: this.bead });
    bead.style.fill = colour;
    return { lines, bead, path: lines[0], length: lines[0].getTotalLength() };
  }

  /** Show how far it has come, from 0 to 1. */
  show(part) {
    for (const { lines, bead, path, length } of this.wires) {
      for (const line of lines) line.setAttribute("stroke-dashoffset", 1 - part);
      const { x, y } = path.getPointAtLength(part * length);
      bead.setAttribute("cx", x);
      bead.setAttribute("cy", y);
      bead.style.display = part < 1 ? "" : "none";
    }
  }

  end() {
    this.group.remove();
  }
}

/** A shape of SVG, put into another. */
function drawnIn(parent, kind, attributes = {}) {
  const found = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  parent?.append(found);
  return found;
}
