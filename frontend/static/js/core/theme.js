// The theme: "auto" follows the system. Canvases and charts redraw on `themechange`.

const system = window.matchMedia("(prefers-color-scheme: dark)");

export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : system.matches;
}

export function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "auto") localStorage.removeItem("ols-theme");
    else localStorage.setItem("ols-theme", theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  document.dispatchEvent(new CustomEvent("themechange"));
}

export function onThemeChange(listener) {
  document.addEventListener("themechange", listener);
  system.addEventListener("change", listener);
}
