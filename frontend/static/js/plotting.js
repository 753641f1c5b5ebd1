// What every Plotly chart here shares: when the library is there, its settings, the theme's colours.

export const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  responsive: true,
  modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d"],
};

// Plotly is deferred and comes after the page's own scripts.
export function plotlyReady() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  return new Promise((resolve) => {
    document.getElementById("plotly").addEventListener("load", () => resolve(window.Plotly));
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
