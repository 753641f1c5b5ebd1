// A line chart's head: its title or the switch of its metrics, and what can be done with its axes.

export class ChartHead {
  #shown = "";

  constructor(chart) {
    this.chart = chart;
    this.element = document.createElement("div");
    this.element.className = "chart-head";
    this.title = document.createElement("div");
    this.write();
    this.element.append(this.title);
    const tools = document.createElement("span");
    tools.className = "chart-tools";
    this.outside = tool("", () => chart.showOutliers(this.outside.ariaPressed !== "true"));
    this.reset = tool("Reset zoom", () => chart.zoomTo(null));
    this.log = tool("log", () => chart.showLog(this.log.ariaPressed !== "true"));
    this.log.title = "Logarithmic scale";
    this.outside.hidden = this.reset.hidden = true; // until there is something outside, or zoomed
    tools.append(this.outside, this.reset, this.log);
    this.element.append(tools);
  }

  // Title or switch, as the figure has groups.
  write() {
    const { groups } = this.chart.figure;
    this.title.replaceChildren(groups.length === 1 ? groups[0].title : this.#groups(groups));
  }

  #groups(groups) {
    const { chart } = this;
    const set = document.createElement("fieldset");
    set.className = "segments";
    const legend = document.createElement("legend");
    legend.className = "sr";
    legend.textContent = `${chart.getAttribute("label")}: metric`;
    set.append(legend);
    for (const { id, title } of groups) {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: `group-${chart.dataset.testid}`, value: id, checked: id === chart.figure.group });
      input.addEventListener("change", () => chart.showGroup(id));
      const text = document.createElement("span");
      text.textContent = title;
      label.append(input, text);
      set.append(label);
    }
    return set;
  }

  // At every epoch, mostly with nothing new: an attribute that is set to what it is costs a style anew.
  show(state) {
    const key = JSON.stringify(state);
    if (key === this.#shown) return;
    this.#shown = key;
    const { log, outside, whole, zoomed } = state;
    this.log.ariaPressed = String(log);
    this.reset.hidden = !zoomed;
    this.outside.hidden = !outside;
    this.outside.ariaPressed = String(whole);
    this.outside.textContent = whole ? "Fit without outliers" : `${outside} outside`;
    this.outside.title = "Values so far from the others that they would flatten the curves";
  }
}

function tool(text, action) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link", textContent: text });
  button.addEventListener("click", action);
  return button;
}
