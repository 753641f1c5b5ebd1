// A path of the lab, "/runs/1", as the browser has to ask for it: a proxy may serve the lab below a
// prefix (OLS_ROOT_PATH). What the server wrote as an address has it already.
const root = document.documentElement.dataset.root ?? "";

export const url = (path) => root + path;
