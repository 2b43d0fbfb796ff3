// Three soft sounds, made here: no file to fetch, and nothing that startles.

export type Sound = 'found' | 'joined' | 'left';

interface Tone {
  hertz: number;
  at: number;
  seconds: number;
}

const kLoudness = 0.07;
const kRiseSeconds = 0.02;

// E5 B5, G5 C6, and C6 G5 falling: a question, an answer, a good-bye.
const kTones: Readonly<Record<Sound, readonly Tone[]>> = {
  found: [
    { hertz: 659.25, at: 0, seconds: 0.5 },
    { hertz: 987.77, at: 0.16, seconds: 0.9 },
    { hertz: 659.25, at: 0.9, seconds: 0.5 },
    { hertz: 987.77, at: 1.06, seconds: 0.9 },
  ],
  joined: [
    { hertz: 783.99, at: 0, seconds: 0.35 },
    { hertz: 1046.5, at: 0.12, seconds: 0.7 },
  ],
  left: [
    { hertz: 1046.5, at: 0, seconds: 0.35 },
    { hertz: 783.99, at: 0.14, seconds: 0.7 },
  ],
};

let context: AudioContext | null = null;

/** Browsers let a page sound only after the person has touched it. */
export function wakeSound(): void {
  if (typeof AudioContext !== 'function') return;
  context ??= new AudioContext();
  // Safari stops it again after an interruption, such as a phone call.
  if (context.state !== 'running') void context.resume();
}

export function playSound(sound: Sound): void {
  if (context?.state !== 'running') return;
  for (const tone of kTones[sound]) playTone(context, tone);
}

function playTone(audio: AudioContext, { hertz, at, seconds }: Tone): void {
  const start = audio.currentTime + at;
  const voice = audio.createOscillator();
  const gain = audio.createGain();
  voice.frequency.value = hertz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(kLoudness, start + kRiseSeconds);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
  voice.connect(gain).connect(audio.destination);
  voice.start(start);
  voice.stop(start + seconds);
}
