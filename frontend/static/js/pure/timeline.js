// Epochs as a player walks them. Lists are ascending. No DOM here.

export function union(lists) {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}

// The last epoch that is not after `epoch`, else the first one; null when there is none.
export function atOrBefore(epochs, epoch) {
  if (epochs.length === 0) return null;
  let last = epochs[0];
  for (const candidate of epochs) if (candidate <= epoch) last = candidate;
  return last;
}

export function nearest(epochs, epoch) {
  let best = null;
  for (const candidate of epochs) {
    if (best === null || Math.abs(candidate - epoch) < Math.abs(best - epoch)) best = candidate;
  }
  return best;
}

export function step(epochs, epoch, by) {
  const at = epochs.indexOf(nearest(epochs, epoch));
  return epochs[Math.min(epochs.length - 1, Math.max(0, at + by))] ?? null;
}

// Milliseconds a frame at normal speed: a whole run takes about eight seconds, but a short one
// is not rushed and a long one not faster than eyes.
export function frameTime(count, speed) {
  return Math.min(450, Math.max(33, 8000 / Math.max(1, count))) / speed;
}

// A run that resumes from an earlier epoch records the ones after it again.
export function withEpoch(epochs, versions, epoch, version) {
  const keep = epochs.filter((known) => known < epoch).length;
  return {
    epochs: [...epochs.slice(0, keep), epoch],
    versions: [...versions.slice(0, keep), version],
  };
}
