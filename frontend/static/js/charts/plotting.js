// What every Plotly chart here shares: the library, its settings, the theme's colours.

export const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  responsive: true,
  modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d"],
};

let loading = null;

// Reading Plotly blocks a page for 0.1 to 0.8 s, so it comes with the first chart that needs it.
export function plotly(address) {
  loading ??= new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.Plotly));
    document.head.append(script);
  });
  return loading;
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
