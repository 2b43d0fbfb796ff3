// Three rising tones through one speaker: "can you hear this?"

const kTones = [523, 659, 784];
const kToneSeconds = 0.22;
const kStartMs = 1_500;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Through an element, since only that can be sent to a speaker in every browser that knows several. Throws where nothing can sound. */
export async function playTestSound(speaker: string | null): Promise<void> {
  const context = new AudioContext();
  const way = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = way.stream;
  try {
    if (speaker !== null && 'setSinkId' in element) await element.setSinkId(speaker);
    await Promise.race([context.resume(), wait(kStartMs)]);
    if (context.state !== 'running') throw new Error('there is nothing to play on');
    await element.play();
    kTones.forEach((hertz, at) => playTone(context, way, hertz, context.currentTime + 0.1 + at * kToneSeconds));
    await wait((kTones.length * kToneSeconds + 0.6) * 1_000);
  } finally {
    element.srcObject = null;
    await context.close();
  }
}

function playTone(context: AudioContext, way: AudioNode, hertz: number, at: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.2, at + 0.02);
  volume.gain.linearRampToValueAtTime(0, at + kToneSeconds);
  tone.connect(volume).connect(way);
  tone.start(at);
  tone.stop(at + kToneSeconds);
}
