// The runs page.
import "./elements/run-table.js";
