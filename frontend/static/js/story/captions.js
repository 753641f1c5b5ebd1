// What the figure shows in each step, in words: its caption, and its name for who cannot see it. No DOM here.
import { brief } from "../pure/format.js";
import { crossEntropy, mixed, order } from "./record.js";

// state as of scenes.js
export function caption(record, state) {
  return CAPTIONS[state.step](record, state);
}

const CAPTIONS = {
  label: ({ names, letter }) => `A training image, 28 × 28 pixels, and its hard label: 100% for ${names[letter]}, nothing for the ${names.length - 1} other classes.`,
  images: (record) => `${record.predicted.length} of the ${record.total} training images of the ${letterOf(record)} in epoch ${record.epoch}. Faded: taken for something else, named in blue.`,
  softmax: (record) => `The softmax of those ${record.shown.length} images, one per row; a column per class, log scale. Framed: the column of the ${letterOf(record)}.`,
  mean: (record) => `S[${letterOf(record)}] after epoch ${record.epoch}: the mean over all ${record.right[record.epoch - 1]} images that were classified correctly.`,
  epochs: (record, { epoch }) => `S[${letterOf(record)}] after epoch ${epoch}: ${largest(record, record.rows[epoch], epoch)}.${hits(record, epoch)}`,
  mix: (record, { epoch, alpha }) => mixCaption(record, Math.max(1, epoch), alpha),
  matrix: (record) => `S after epoch ${record.epochs}: row, the class of the image; column, the class that it resembles. Log scale; point at a cell to read it.`,
  own: (record, { own }) => (own ? `S of run ${own.id}, ${own.name}, after epoch ${own.epoch}.` : "No OLS run has finished in this lab yet."),
};

const letterOf = (record) => record.names[record.letter];

function largest(record, values, epoch) {
  if (epoch === 0) return `uniform, ${brief(values[0])} for every class`;
  return order(values).slice(0, 4).map((k) => `${record.names[k]} ${brief(values[k])}`).join(", ");
}

function hits(record, epoch) {
  return epoch ? ` ${record.right[epoch - 1]} of ${record.total} images classified correctly.` : "";
}

function mixCaption(record, epoch, alpha) {
  const softmax = record.exampleSoftmax[epoch - 1];
  const target = mixed(record.rows[epoch - 1], record.letter, alpha);
  const kind = alpha === 1 ? " (cross-entropy)" : alpha === 0 ? " (the soft label alone)" : "";
  return `Epoch ${epoch}, α = ${alpha.toFixed(2)}${kind}: L = ${crossEntropy(target, softmax).toFixed(2)}. A step raises the logits of blue bars and lowers those of orange ones.`;
}
