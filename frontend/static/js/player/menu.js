// The player's menu: the link to this view, its files, the list of keys.
import { closeByItself } from "../core/closing-details.js";
import { toast } from "../core/toast-stack.js";
import { flushUrl } from "../core/url-state.js";
import { csv, film, fileName, png, save } from "./exports.js";
import { url } from "../core/url.js";

const FILM = 1000 / 12; // ms per epoch in the film

export class Menu {
  #recording = null; // an AbortController while a film is made

  constructor(player) {
    this.player = player;
    this.box = player.querySelector("details.player-menu");
    this.dialog = player.querySelector("dialog.keys");
    player.addEventListener("click", (event) => {
      const action = event.target.closest("[data-file]")?.dataset.file;
      if (action) this[action]();
    });
    closeByItself(this.box);
    this.box.addEventListener("toggle", () => this.#renewLinks());
  }

  // The address of what is shown, with its epoch even while the newest one is followed.
  get link() {
    flushUrl();
    const address = new URL(location.href);
    if (this.player.epoch !== null) address.searchParams.set("epoch", this.player.epoch);
    return address.href;
  }

  async copyLink() {
    this.box.open = false;
    try {
      await navigator.clipboard.writeText(this.link);
      toast("The link to this view was copied.");
    } catch {
      // Browsers refuse the clipboard on plain http to another host.
      toast("This browser blocks the clipboard; the link to this view is", { action: "here", href: this.link });
    }
  }

  async savePng() {
    this.box.open = false;
    await this.player.full();
    save(await png(this.player), fileName(this.player, "png"));
  }

  async saveCsv() {
    this.box.open = false;
    await this.player.full();
    save(csv(this.player), fileName(this.player, "csv"));
  }

  async saveFilm() {
    if (this.#recording) return this.#recording.abort();
    if (!("MediaRecorder" in window)) return toast("This browser can't record films (no MediaRecorder).", { error: true });
    const { player } = this;
    const button = this.box.querySelector('[data-file="saveFilm"]');
    const label = button.textContent;
    const { epoch } = player;
    this.#recording = new AbortController();
    try {
      const blob = await film(player, player.epochs, {
        wait: FILM,
        go: (at) => player.pin(at, { passing: true }),
        told: (done, all) => (button.textContent = `Recording ${done} of ${all}; stop`),
        signal: this.#recording.signal,
      });
      if (!this.#recording.signal.aborted) save(blob, fileName(player, "webm"));
    } finally {
      this.#recording = null;
      button.textContent = label;
      player.pin(epoch);
    }
  }

  showKeys() {
    this.box.open = false;
    if (!this.dialog.open) this.dialog.showModal();
  }

  // A run's own matrix as the server keeps it.
  #renewLinks() {
    for (const link of this.box.querySelectorAll("a[data-run]")) {
      const { run } = link.dataset;
      const epoch = this.player.sources.plan({ id: Number(run) }, this.player.epoch, this.player.state)?.own.epoch;
      link.hidden = epoch === undefined;
      const { kind } = this.player.state;
      link.href = url(`/api/runs/${run}/matrices/${kind}/${epoch}?format=npy`);
      link.download = `run-${run}-${kind}-epoch-${epoch}.npy`;
    }
  }
}
