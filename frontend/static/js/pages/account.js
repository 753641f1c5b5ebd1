// The account page: a sign-in that is revoked goes from the list.
import "../core/app.js";
import { request } from "../core/api.js";
import { toast } from "../core/toast-stack.js";
import { url } from "../core/url.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-revoke]");
  if (!button) return;
  button.disabled = true;
  try {
    await request("DELETE", url(`/api/sign-ins/${button.dataset.revoke}`));
    button.closest("tr").remove();
    toast("The sign-in has ended.");
    await request("GET", url("/api/account")).catch(() => location.reload()); // it was this browser's
  } catch (error) {
    button.disabled = false;
    toast(error.message, { error: true });
  }
});
