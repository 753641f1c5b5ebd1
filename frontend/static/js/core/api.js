// Talking to the server: JSON, HTML fragments, and errors in the API's one shape.
import { ask } from "./bundle.js";

const KEPT_ALIVE = 4_000; // UTF-16 units of a body: browsers keep 64 kB of all together alive

export class ApiError extends Error {
  constructor(status, error) {
    super(error?.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error?.code ?? "error";
    this.fields = error?.fields ?? [];
  }
}

export async function request(method, path, body) {
  let answer;
  try {
    const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
    answer = await (method === "GET" ? ask(path, headers) : change(method, path, headers, body));
  } catch {
    throw new ApiError(0, { message: "The server can't be reached; nothing was changed." });
  }
  const text = await answer.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    // An error page of a proxy, for example: the status has to say it all.
  }
  if (!answer.ok) throw new ApiError(answer.status, data?.error);
  return data;
}

// What a user asked for is done even if the page is left at once.
function change(method, path, headers, body) {
  const text = body && JSON.stringify(body);
  return fetch(path, { method, headers, body: text, keepalive: (text?.length ?? 0) < KEPT_ALIVE });
}

// A piece of a page, rendered by the server; null when it is gone or can't be had just now.
export async function fragment(path) {
  try {
    const answer = await ask(path, { Accept: "text/html" });
    if (!answer.ok) return null;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    return template.content;
  } catch {
    return null;
  }
}
