// The heatmap, before everything else of a page: its first frame needs half of the page's modules,
// and waits for none of the others.
import "../heatmap/matrix-view.js";
import "../player/soft-label-player.js";
