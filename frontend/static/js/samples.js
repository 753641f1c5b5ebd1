// Training images of classes; the server has none to give yet.
export const loadSamples = () => Promise.resolve(null);
export const thumbnail = () => "";
export const showSamples = () => {};
