// A reliability diagram's bars at one epoch; backend/analysis/figures/reliability.py says the same in Python.

// data: {bins, epochs, raw: {count, accuracy, ece}, scaled: {..., temperature}}; null: not measured.
export function reliabilityAt(data, side, epoch) {
  const at = data.epochs.indexOf(epoch);
  const counts = data[side].count[at];
  if (!counts) return null;
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  return {
    centres: counts.map((_, i) => (data.bins[i] + data.bins[i + 1]) / 2),
    accuracy: data[side].accuracy[at],
    share: counts.map((count) => count / total),
    width: 0.9 / counts.length,
    ece: data[side].ece[at],
    temperature: data[side].temperature?.[at] ?? null,
  };
}
