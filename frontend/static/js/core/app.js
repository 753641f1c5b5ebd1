// What every page has: the bar, toasts, the actions of runs.
import "./toast-stack.js";
import "./small-elements.js";
import "./actions.js";
import "./palette.js";
import "./browser-notices.js";
