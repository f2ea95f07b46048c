// Draws each timeline of the page: a lane for each session, a dot for each event in its owner's colour, a
// leak as a line from its making to whoever saw it. Only what is visible is drawn, one dot a pixel.
"use strict";

// Okabe and Ito's colours, which people with any colour vision tell apart; the red is the leaks' own.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8a7400", "#7a5195", "#4d4d4d"];
const LANE = 30;
const LEFT = 150;
const TOP = 24;
const DOT = 5;

class Timeline {
  constructor(box) {
    this.box = box;
    this.data = JSON.parse(box.querySelector("script").textContent);
    this.canvas = box.querySelector("canvas");
    this.said = box.querySelector(".chosen");
    this.frames = 0;
    const events = this.data.events;
    this.start = events.length ? events[0].t : 0;
    this.end = events.length ? events[events.length - 1].t : 1;
    this.leaking = new Set(this.data.leaks.map((leak) => leak[1]));
    this.chosen = -1;
    this.whole();
    this.filter();
    this.legend();
    this.listen();
    new ResizeObserver(() => this.ask()).observe(this.canvas);
  }

  whole() {
    const span = Math.max(this.end - this.start, 1000);
    this.from = this.start - span * 0.02;
    this.to = this.end + span * 0.02;
    this.ask();
  }

  // Which events are shown, by place in the list.
  filter() {
    const words = this.box.querySelector("input[type=search]").value.toLowerCase();
    const user = this.box.querySelector("select").value;
    const only = this.box.querySelector("input[type=checkbox]").checked;
    this.shown = [];
    this.data.events.forEach((event, index) => {
      const lane = this.data.lanes[event.l];
      const mine = user === "" || lane.split("/")[0] === user || this.data.users[event.o] === user;
      const text = () => `${event.w} ${event.f} ${lane}`.toLowerCase();
      if (mine && (!only || this.leaking.has(index)) && (words === "" || text().includes(words))) {
        this.shown.push(index);
      }
    });
    this.box.querySelector(".count").textContent = `${this.shown.length} of ${this.data.events.length} events`;
    this.ask();
  }

  legend() {
    const list = this.box.querySelector(".legend");
    const select = this.box.querySelector("select");
    this.data.users.slice(0, 200).forEach((user, index) => {
      if (index < 24) {
        const item = document.createElement("li");
        const dot = document.createElement("i");
        dot.style.background = this.colour(index);
        item.append(dot, user);
        list.append(item);
      }
      const option = document.createElement("option");
      option.value = user;
      option.textContent = user;
      select.append(option);
    });
  }

  colour(owner) {
    return owner === null ? "#888888" : COLOURS[owner % COLOURS.length];
  }

  listen() {
    const on = (selector, event, what) => this.box.querySelector(selector).addEventListener(event, what);
    on("input[type=search]", "input", () => this.filter());
    on("input[type=checkbox]", "change", () => this.filter());
    on("select", "change", () => this.filter());
    on(".in", "click", () => this.zoom(0.5, 0.5));
    on(".out", "click", () => this.zoom(2, 0.5));
    on(".all", "click", () => this.whole());
    on(".next", "click", () => this.leak());
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = (event.offsetX - LEFT) / Math.max(this.canvas.clientWidth - LEFT, 1);
      if (event.shiftKey) this.pan(event.deltaY / 500);
      else this.zoom(Math.exp(event.deltaY / 400), Math.min(Math.max(at, 0), 1));
    }, { passive: false });
    this.canvas.addEventListener("click", (event) => this.choose(this.nearest(event.offsetX, event.offsetY)));
    this.canvas.addEventListener("keydown", (event) => {
      const keys = {
        "+": () => this.zoom(0.5, 0.5), "=": () => this.zoom(0.5, 0.5), "-": () => this.zoom(2, 0.5),
        "0": () => this.whole(), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1),
        Home: () => this.step(-Infinity), End: () => this.step(Infinity), l: () => this.leak(),
      };
      const key = keys[event.key];
      if (key && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        key();
      }
    });
  }

  zoom(factor, at) {
    const span = this.to - this.from;
    const wide = (this.end - this.start + 1000) * 2;
    const next = Math.min(Math.max(span * factor, 20), wide);
    this.from += (span - next) * at;
    this.to = this.from + next;
    this.ask();
  }

  pan(part) {
    const step = (this.to - this.from) * part;
    this.from += step;
    this.to += step;
    this.ask();
  }

  // The next shown event, before or after the chosen one.
  step(by) {
    if (!this.shown.length) return;
    const now = this.shown.indexOf(this.chosen);
    const next = now < 0 ? 0 : now + by;
    this.choose(this.shown[Math.min(Math.max(next, 0), this.shown.length - 1)]);
  }

  leak() {
    const seers = [...this.leaking].sort((a, b) => a - b);
    if (seers.length) this.choose(seers.find((seer) => seer > this.chosen) ?? seers[0]);
  }

  choose(index) {
    if (index === undefined || index < 0) return;
    this.chosen = index;
    const event = this.data.events[index];
    const middle = (this.from + this.to) / 2;
    if (event.t < this.from || event.t > this.to) {
      this.from += event.t - middle;
      this.to += event.t - middle;
    }
    const head = document.createElement("p");
    const owner = event.o === null ? "" : `, of ${this.data.users[event.o]}`;
    head.textContent = `#${event.s} at ${(event.t / 1000).toFixed(1)} ms, ${this.data.lanes[event.l]}: ${event.w}${owner}`;
    if (this.leaking.has(index)) head.className = "violated";
    const frame = document.createElement("pre");
    frame.textContent = event.f;
    this.said.replaceChildren(head, frame);
    this.ask();
  }

  x(time) {
    return LEFT + ((time - this.from) / (this.to - this.from)) * (this.canvas.clientWidth - LEFT - 8);
  }

  y(lane) {
    return TOP + lane * LANE + LANE / 2;
  }

  // The first of the shown events at this time or later.
  at(time) {
    let [low, high] = [0, this.shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.data.events[this.shown[middle]].t < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  nearest(x, y) {
    const lane = Math.floor((y - TOP) / LANE);
    const reach = ((this.to - this.from) / (this.canvas.clientWidth - LEFT - 8)) * 12;
    const time = this.from + ((x - LEFT) / (this.canvas.clientWidth - LEFT - 8)) * (this.to - this.from);
    let [best, far] = [-1, Infinity];
    for (let i = this.at(time - reach); i < this.shown.length; i += 1) {
      const event = this.data.events[this.shown[i]];
      if (event.t > time + reach) break;
      const off = Math.abs(event.t - time);
      if (event.l === lane && off < far) [best, far] = [this.shown[i], off];
    }
    return best;
  }

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    const height = TOP + this.data.lanes.length * LANE + 6;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.style.height = `${height}px`;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    // A canvas knows no variables: the colours are those of elements that wear them.
    const worn = (selector) => getComputedStyle(this.box.querySelector(selector));
    const style = {
      line: getComputedStyle(this.box).borderTopColor,
      dim: worn(".count").color,
      bad: worn(".next").color,
    };
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "12px system-ui, sans-serif";
    this.lanes(pen, style, width, height);
    pen.save();
    pen.beginPath();
    pen.rect(LEFT - DOT, 0, width - LEFT + DOT, height);
    pen.clip();
    this.dots(pen);
    this.lines(pen, style);
    pen.restore();
    this.frames += 1;
  }

  lanes(pen, style, width, height) {
    pen.strokeStyle = style.line;
    pen.fillStyle = style.dim;
    const span = this.to - this.from;
    const unit = 10 ** Math.floor(Math.log10(span / 5));
    const most = Math.max(Math.min((width - LEFT) / 90, 8), 1);
    const step = [1, 2, 5, 10, 20, 50].map((n) => n * unit).find((n) => span / n <= most) || unit * 50;
    for (let time = Math.ceil(this.from / step) * step; time < this.to; time += step) {
      const x = Math.round(this.x(time)) + 0.5;
      pen.beginPath();
      pen.moveTo(x, TOP - 6);
      pen.lineTo(x, height);
      pen.stroke();
      pen.fillText(`${(time / 1000).toLocaleString("en", { maximumFractionDigits: 2 })} ms`, x + 3, TOP - 10);
    }
    this.data.lanes.forEach((name, lane) => {
      const y = Math.round(this.y(lane)) + 0.5;
      pen.beginPath();
      pen.moveTo(LEFT, y);
      pen.lineTo(width, y);
      pen.stroke();
      pen.fillText(name.length > 22 ? `${name.slice(0, 21)}…` : name, 8, y + 4);
    });
  }

  dots(pen) {
    const taken = new Set();
    for (let i = this.at(this.from); i < this.shown.length; i += 1) {
      const index = this.shown[i];
      const event = this.data.events[index];
      if (event.t > this.to) break;
      const [x, y] = [this.x(event.t), this.y(event.l)];
      const pixel = Math.round(x) * 4096 + event.l;
      const special = this.leaking.has(index) || index === this.chosen;
      if (taken.has(pixel) && !special) continue;
      taken.add(pixel);
      pen.fillStyle = this.colour(event.o);
      pen.beginPath();
      pen.arc(x, y, event.o === null ? DOT - 2 : DOT, 0, 7);
      pen.fill();
      if (index === this.chosen) {
        pen.strokeStyle = pen.fillStyle;
        pen.lineWidth = 2;
        pen.beginPath();
        pen.arc(x, y, DOT + 4, 0, 7);
        pen.stroke();
        pen.lineWidth = 1;
      }
    }
  }

  lines(pen, style) {
    pen.strokeStyle = style.bad;
    pen.fillStyle = pen.strokeStyle;
    pen.lineWidth = 2;
    const shown = new Set(this.shown);
    let drawn = 0;
    for (const [maker, seer] of this.data.leaks) {
      const to = this.data.events[seer];
      if (drawn > 3000 || !shown.has(seer)) continue;
      const [x, y] = [this.x(to.t), this.y(to.l)];
      if (maker !== null) {
        const from = this.data.events[maker];
        if (to.t < this.from || from.t > this.to) continue;
        pen.beginPath();
        pen.moveTo(this.x(from.t), this.y(from.l));
        pen.lineTo(x, y);
        pen.stroke();
      }
      // A cross, so that colour is not the only sign.
      pen.beginPath();
      pen.moveTo(x - 6, y - 6);
      pen.lineTo(x + 6, y + 6);
      pen.moveTo(x + 6, y - 6);
      pen.lineTo(x - 6, y + 6);
      pen.stroke();
      drawn += 1;
    }
    pen.lineWidth = 1;
  }
}

document.documentElement.classList.add("scripted");
window.timelines = [...document.querySelectorAll(".timeline")].map((box) => new Timeline(box));
