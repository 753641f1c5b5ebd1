// Accuracy, calibration and memorisation against the noise rate: charts that the server built.
import "../charts/plotly-chart.js";
