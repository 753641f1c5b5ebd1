// The recorded run behind the story (scripts/ols_story.py), as the figures need it. No DOM here.

const PARTS = 10_000; // of a share

export function readRecord(text) {
  const data = JSON.parse(text);
  const shares = (rows) => rows.map((row) => Float64Array.from(row, (part) => part / PARTS));
  const softmax = shares(data.softmax);
  const images = Uint8Array.from(atob(data.images), (character) => character.charCodeAt(0));
  const predicted = softmax.slice(0, images.length / PIXELS).map(largest);
  const rows = shares(data.rows);
  return {
    names: [...data.classes],
    letter: data.letter,
    epoch: data.epoch,
    epochs: rows.length - 1,
    rows, // S[O] after each epoch, from S^0
    right: data.right, // images of the letter that were classified right, from epoch 1
    total: softmax.length,
    matrix: shares(data.matrix),
    softmax,
    predicted,
    shown: predicted.map((_, index) => index).filter((index) => predicted[index] === data.letter),
    example: data.example,
    exampleSoftmax: shares(data.example_softmax), // from epoch 1
    image: (index) => images.subarray(index * PIXELS, (index + 1) * PIXELS),
    alike: order(rows.at(-1)), // classes by their share of the last soft label
  };
}

export const SIDE = 28; // pixels of an image
const PIXELS = SIDE * SIDE;

const largest = (row) => row.indexOf(Math.max(...row));

export const order = (row) => [...row.keys()].sort((a, b) => row[b] - row[a]);

// The loss's target of the letter, q = α e_y + (1 - α) S[y].
export const mixed = (soft, letter, alpha) => soft.map((share, k) => alpha * (k === letter) + (1 - alpha) * share);

export function crossEntropy(target, softmax) {
  return -target.reduce((sum, share, k) => sum + (share ? share * Math.log(Math.max(softmax[k], 0.5 / PARTS)) : 0), 0);
}
