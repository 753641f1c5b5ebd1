// A run for more devices than any worker has is accepted, but it would wait: better said before than after.
export function noteDevices(specForm, wanted) {
  const note = specForm.querySelector(".form-note");
  const largest = Number(note.dataset.largest);
  if (largest === 0) return; // the note says that there is no worker at all
  note.textContent = wanted > largest ? `No worker online has ${wanted} devices (the largest: ${largest}); the run waits for one.` : "";
}
