// Misclassified validation images, as pictures of a pair of classes.
import { request } from "../core/api.js";
import { patch } from "../core/patch.js";
import { url } from "../core/url.js";

// {epoch, url, pairs: [{a, b, images}]} at an epoch: of all classes, or of class `row` alone.
export function loadMistakes(run, epoch, row = null) {
  const query = new URLSearchParams({ epoch, ...(row !== null && { class: row }) });
  return request("GET", url(`/api/runs/${run}/confused?${query}`));
}

// The pictures of class a that were predicted as b.
export function mistakenImages({ url, pairs }, a, b, classes) {
  const entry = pairs.find((pair) => pair.a === a && pair.b === b);
  return (entry?.images ?? []).map((number) => {
    const image = new Image();
    image.src = url.replace("{number}", number);
    image.loading = "lazy";
    image.className = "mistake";
    image.alt = image.title = `Validation image ${number}: ${classes[a]} predicted as ${classes[b]}`;
    return image;
  });
}

// Those of one class, a figure for each class that its images were predicted as.
export function showMistakes(box, mistakes, row, classes) {
  box.hidden = mistakes.epoch === null; // a run of an older version recorded none
  box.querySelector('[data-live="mistakes-epoch"]').textContent = `epoch ${mistakes.epoch}`;
  box.querySelector(".mistakes-missing").hidden = mistakes.pairs.length > 0;
  const figures = mistakes.pairs.map(({ b }) => {
    const figure = document.createElement("figure");
    figure.innerHTML = `<figcaption>predicted as <b></b></figcaption><div class="row"></div>`;
    figure.querySelector("b").textContent = classes[b] ?? b;
    figure.lastChild.append(...mistakenImages(mistakes, row, b, classes));
    return figure;
  });
  patch(box.querySelector(".mistakes-of"), figures);
}
