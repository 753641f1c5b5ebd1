// Accuracy, calibration and memorisation against the noise rate: charts that the server built.
import "./elements/metric-chart.js";
