// One epoch cursor for a page: the player's slider moves a line in every curve; hovering a curve
// previews that epoch's matrices, clicking pins it.
export function shareCursor(player, charts) {
  player.addEventListener("epochchange", ({ detail }) => {
    for (const chart of charts) chart.setCursor(detail.epoch, detail.preview);
  });
  for (const chart of charts) {
    chart.addEventListener("epochhover", ({ detail }) => player.preview(detail.epoch));
    chart.addEventListener("epochpick", ({ detail }) => player.pin(detail.epoch));
    chart.setCursor(player.epoch, false);
  }
}
