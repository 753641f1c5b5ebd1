// /methods/ols: the story of online label smoothing, told with a recorded run; its last step shows the
// newest run of this lab. The same page as a file has no lab, and this module is all it needs.
import "./method.js";
import { fetchMatrix } from "../heatmap/frame-store.js";
import { cellValue } from "../pure/codes.js";
import { number, probability } from "../pure/format.js";
import { caption } from "../story/captions.js";
import { readRecord } from "../story/record.js";
import { scene, stageLayout } from "../story/scenes.js";
import { Stage } from "../story/stage.js";
import { Steps } from "../story/steps.js";

const WITH_EPOCH = ["epochs", "mix"];

class OlsStory {
  #held = false; // the reader has set the epoch: scrolling leaves it alone

  constructor(story) {
    this.record = readRecord(story.querySelector(".story-data").textContent);
    const own = story.querySelector(".story-own");
    this.state = { step: "label", progress: 0, epoch: 0, alpha: 0.5, own: own ? ownRun(own) : null };
    this.caption = story.querySelector("figcaption");
    this.stage = new Stage(story.querySelector(".stage"), this.record, () => this.#show());
    this.epoch = story.querySelector("input[name=epoch]");
    this.alpha = story.querySelector("input[name=alpha]");
    this.epoch.addEventListener("input", () => {
      this.#held = true;
      this.#change({ epoch: Number(this.epoch.value) });
    });
    this.alpha.addEventListener("input", () => this.#change({ alpha: Number(this.alpha.value) }));
    new Steps(story, (read) => this.#read(read));
  }

  #read({ step, progress }) {
    if (!WITH_EPOCH.includes(step)) this.#held = false;
    const last = this.record.epochs;
    const epoch = this.#held ? this.state.epoch : step === "epochs" ? Math.round(progress * last) : last;
    this.#change({ step, progress, epoch });
    if (step === "own") this.#fetch();
  }

  #change(changes) {
    Object.assign(this.state, changes);
    const { step, epoch, alpha } = this.state;
    this.epoch.value = String(epoch);
    this.epoch.min = step === "mix" ? "1" : "0";
    this.#control(this.epoch, WITH_EPOCH.includes(step), String(this.epoch.value));
    this.#control(this.alpha, step === "mix", alpha.toFixed(2));
    this.#show();
  }

  #control(input, needed, words) {
    const label = input.closest("label");
    label.classList.toggle("away", !needed);
    input.disabled = !needed;
    label.querySelector("output").textContent = words;
  }

  #show() {
    if (!this.stage) return; // its size is reported while it is being built
    const { width, height, canvas } = this.stage;
    const words = caption(this.record, this.state);
    this.caption.textContent = words;
    canvas.setAttribute("aria-label", words);
    this.stage.show(scene(this.record, stageLayout(width, height, this.record.names.length), this.state));
  }

  async #fetch() {
    const { own } = this.state;
    if (!own || own.asked) return;
    own.asked = true;
    try {
      own.frame = await fetchMatrix(own.address);
      this.#show();
    } catch {
      own.asked = false; // deleted, or the server is away: the link beside it says so
    }
  }
}

// What the page knows of the run, and `at(row, column)`: its cell in words, once the frame is there.
function ownRun(script) {
  const { id, name, epoch, classes, frame } = JSON.parse(script.textContent);
  const run = { id, name, epoch, address: frame, frame: null, asked: false };
  const called = (k) => classes[k] ?? k;
  run.at = (row, column) => {
    const value = cellValue(run.frame, row, column);
    return `S[${called(row)}] → ${called(column)}: ${run.frame.exact ? number(value) : probability(value)}`;
  };
  return run;
}

document.documentElement.classList.add("js"); // in a file nobody else does
new OlsStory(document.querySelector(".story"));
