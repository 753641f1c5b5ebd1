// One epoch cursor for a page: the player's slider moves a line in every curve below `place`; hovering
// a curve previews that epoch's matrices (and its click, which bubbles as `epochpick`, pins it).
export function shareCursor(player, place) {
  const charts = () => place.querySelectorAll("metric-chart:not([plain])");
  const move = ({ epoch, preview }) => {
    for (const chart of charts()) chart.setCursor(epoch, preview);
  };
  player.addEventListener("epochchange", ({ detail }) => move(detail));
  place.addEventListener("epochhover", ({ detail }) => player.preview(detail.epoch));
  move({ epoch: player.epoch, preview: false });
}
