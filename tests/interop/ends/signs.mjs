// The tone and the clock that ends send each other, as they are read back wherever they come. It runs as text in a browser, so that
// nothing outside of the function is used.
export function makeSigns() {
  const kTone = 440; // Hz
  const kCells = 4; // in a row, and rows
  const kSilence = 1e-7; // of the square of a sample, where 1 is as loud as can be

  return {
    cells: kCells,

    /** How much of the energy of samples is the tone: 1 is all; null: they are silence. @param samples a typed array, where `full` is as loud as can be */
    toneShare(samples, rate, full = 1) {
      let [cosine, sine, energy] = [0, 0, 0];
      for (let at = 0; at < samples.length; ++at) {
        const value = samples[at] / full;
        const angle = (2 * Math.PI * kTone * at) / rate;
        cosine += value * Math.cos(angle);
        sine += value * Math.sin(angle);
        energy += value * value;
      }
      if (energy / samples.length <= kSilence) return null;
      return (2 * (cosine * cosine + sine * sine)) / (samples.length * energy);
    },

    /** The tenths of a second that a picture shows. @param {(x: number, y: number) => number} lightAt from 0 to 255 */
    readClock(width, height, lightAt) {
      let tenths = 0;
      for (let bit = 0; bit < kCells * kCells; ++bit) {
        const x = Math.floor(((bit % kCells) + 0.5) * (width / kCells));
        const y = Math.floor((Math.floor(bit / kCells) + 0.5) * (height / kCells));
        if (lightAt(x, y) > 127) tenths |= 1 << bit;
      }
      return tenths;
    },
  };
}
