// What every Plotly chart here shares: when the library is there, its settings, the theme's colours.

export const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  responsive: true,
  modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d"],
};

const FIRST = 400; // ms the heatmap's first full picture may keep the curves waiting

let loading = null;

// Reading Plotly blocks the page for 0.1 to 0.3 s, so the heatmap's first full picture goes before it.
// <link id="plotly" rel="preload"> fetches it meanwhile.
export function plotlyReady() {
  loading ??= firstPicture().then(load);
  return loading;
}

function load() {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = document.getElementById("plotly").href;
    script.addEventListener("load", () => resolve(window.Plotly));
    document.head.append(script);
  });
}

function firstPicture() {
  const player = document.querySelector("soft-label-player");
  const empty = player?.querySelector("[type=range]")?.disabled ?? true;
  if (empty || player.getBoundingClientRect().top > innerHeight) return Promise.resolve();
  return new Promise((resolve) => {
    const painted = () => requestAnimationFrame(() => setTimeout(resolve));
    if (document.querySelector("matrix-view").shown?.frame.full) return painted();
    setTimeout(resolve, FIRST);
    document.addEventListener("frameshown", ({ detail }) => detail.frame.full && painted());
  });
}

// Colours as the browser resolves them: Plotly knows neither var() nor light-dark().
export function themeColours(element) {
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const [ink, panel, line] = ["--ink-2", "--panel", "--line-2"].map(colour);
  probe.remove();
  const family = getComputedStyle(element).getPropertyValue("font-family") || "system-ui, sans-serif";
  return { ink, panel, line, family };
}
