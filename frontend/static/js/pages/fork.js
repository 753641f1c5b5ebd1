// The form of a fork.
import "../form/code-tabs.js";
import "../form/fork-form.js";
