// The heatmap, before everything else of a page: its first frame needs half of the page's modules,
// and waits for none of the others.
import "./elements/matrix-view.js";
import "./elements/soft-label-player.js";
