// The form of a new run.
import "./elements/code-tabs.js";
import "./elements/spec-form.js";
