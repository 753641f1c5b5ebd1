// Training images of classes, as the server keeps them: one picture of tiles side by side a class.
import { request } from "../core/api.js";
import { url } from "../core/url.js";

const HEIGHT = 56; // px of a row of tiles
const asked = new Map(); // run -> promise of {per_class, size, url}, or of null while there are none

export function loadSamples(run) {
  if (!asked.has(run)) {
    const forget = (answer) => answer ?? (asked.delete(run), null); // a live run's come later
    asked.set(run, request("GET", url(`/fragments/runs/${run}/samples`)).then(forget, () => forget(null)));
  }
  return asked.get(run);
}

function picture(samples, row) {
  const image = new Image();
  image.src = samples.url.replace("{class}", row);
  image.loading = "lazy";
  return image;
}

// The first image of a class, small; names stand beside it, so it says nothing to a screen reader.
export function thumbnail(samples, row) {
  if (!samples) return "";
  const image = picture(samples, row);
  image.className = "thumb";
  image.alt = "";
  return image;
}

// A row of images for each entry {row, note}: the class itself and what it is taken for.
export function showSamples(box, samples, classes, entries) {
  box.querySelector(".samples-missing").hidden = samples !== null;
  if (!samples) return;
  const figures = entries.map(({ row, note }, index) => {
    const figure = document.createElement("figure");
    figure.innerHTML = `<figcaption>${index ? "looks like " : ""}<b></b> <span></span></figcaption><div class="row"></div>`;
    figure.querySelector("b").textContent = classes[row] ?? row;
    figure.querySelector("span").textContent = note;
    const image = picture(samples, row);
    image.alt = `Training images of class ${classes[row] ?? row}`;
    [image.height, image.width] = [HEIGHT, HEIGHT * samples.per_class];
    figure.lastChild.append(image);
    return figure;
  });
  box.querySelectorAll("figure").forEach((figure) => figure.remove());
  box.append(...figures);
}
