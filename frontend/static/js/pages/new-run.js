// The form of a new run.
import "../form/code-tabs.js";
import "../form/spec-form.js";
