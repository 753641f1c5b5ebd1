// <toast-stack role="status">: short messages that go away by themselves; `toast()` shows one.

const STAY = 8000;
const STAY_LONG = 30_000; // for an undo that one may want after a second look

export class ToastStack extends HTMLElement {
  // What these runs were before is not what an older undo would bring back.
  withdraw(runs) {
    for (const toast of this.children) {
      if (toast.runs?.some((run) => runs.includes(run))) toast.querySelector("button")?.remove();
    }
  }

  // `runs`: those that an undo is about.
  show(text, { action, href, onAction, runs = [], error = false, patient = false } = {}) {
    const stay = patient ? STAY_LONG : STAY;
    const toast = document.createElement("div");
    toast.runs = runs;
    toast.className = error ? "toast error" : "toast";
    const words = document.createElement("span");
    words.textContent = text;
    toast.append(words);
    if (action) {
      const button = document.createElement(href ? "a" : "button");
      if (href) button.href = href;
      else button.type = "button";
      button.textContent = action;
      button.addEventListener("click", () => {
        toast.remove();
        onAction?.();
      });
      toast.append(button);
    }
    this.append(toast);
    while (this.children.length > 3) this.firstChild.remove();
    let timer = setTimeout(() => toast.remove(), stay);
    // What one is about to press must not vanish.
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), stay / 2)));
  }
}

customElements.define("toast-stack", ToastStack);

export function withdrawUndo(runs) {
  document.querySelector("toast-stack").withdraw(runs);
}

export function toast(text, options) {
  document.querySelector("toast-stack").show(text, options);
}
