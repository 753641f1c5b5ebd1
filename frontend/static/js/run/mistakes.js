// Validation images that the network took for another class, as pictures of a pair of classes.
import { request } from "../core/api.js";

// {epoch, url, pairs: [{a, b, images}]} at an epoch: of all classes, or of class `row` alone.
export function loadMistakes(run, epoch, row = null) {
  const query = new URLSearchParams({ epoch, ...(row !== null && { class: row }) });
  return request("GET", `/api/runs/${run}/confused?${query}`);
}

// The pictures of class a that were taken for b.
export function mistakenImages({ url, pairs }, a, b, classes) {
  const found = pairs.find((pair) => pair.a === a && pair.b === b);
  return (found?.images ?? []).map((number) => {
    const image = new Image();
    image.src = url.replace("{number}", number);
    image.loading = "lazy";
    image.className = "mistake";
    image.alt = image.title = `Validation image ${number}: ${classes[a]} taken for ${classes[b]}`;
    return image;
  });
}

// Those of one class, a figure for each class that its images were taken for.
export function showMistakes(box, found, row, classes) {
  box.hidden = found.epoch === null; // a run of an older version recorded none
  box.querySelector('[data-live="mistakes-epoch"]').textContent = `epoch ${found.epoch}`;
  box.querySelector(".mistakes-missing").hidden = found.pairs.length > 0;
  const figures = found.pairs.map(({ b }) => {
    const figure = document.createElement("figure");
    figure.innerHTML = `<figcaption>taken for <b></b></figcaption><div class="row"></div>`;
    figure.querySelector("b").textContent = classes[b] ?? b;
    figure.lastChild.append(...mistakenImages(found, row, b, classes));
    return figure;
  });
  box.querySelector(".mistakes-of").replaceChildren(...figures);
}
