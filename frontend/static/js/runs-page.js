// The runs page.
import "./elements/action-menu.js";
import "./elements/condition-builder.js";
import "./elements/run-table.js";
