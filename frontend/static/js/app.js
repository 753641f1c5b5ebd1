// What every page has: the bar, toasts, the actions of runs.
import "./elements/toast-stack.js";
import "./elements/small.js";
import "./actions.js";
