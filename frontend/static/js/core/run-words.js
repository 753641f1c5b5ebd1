// What the server says of a run's states and of the actions on it (backend/core/run_actions.py). It
// stands in every page, so nothing here repeats its rules.
const words = JSON.parse(document.getElementById("run-words").textContent);

// Nothing happens to the run any more unless a user asks.
export const isFinal = (state) => words.final.includes(state);

// "cancelled", as in "3 runs cancelled".
export const doneWord = (action) => words.actions[action].done;

// How a run looks as soon as it is asked for, before the server has answered: {state, note} or null.
export const lookAfter = (action, state) => words.actions[action]?.next[state] ?? null;
