// How loud a microphone is, from its samples, and whether it has been silent for suspiciously long.

/** What people hear as silence, and as loud speech, in decibels below full scale. */
const kQuietDb = -60;
const kLoudDb = -12;
/** A room with nobody speaking in it stays below this; a breath into a working microphone does not. */
export const kHeardLevel = 0.12;
export const kSilentAfterMs = 6_000;

/** What is not nothing is more than 0. */
const kLeastLevel = 1e-6;

/** 0 to 1, by ear: equal steps sound equally large. 0 is not a single sample, which no microphone gives that is on, in however quiet a room. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  if (rms === 0) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(1, Math.max(kLeastLevel, (db - kQuietDb) / (kLoudDb - kQuietDb)));
}

export type Hearing = 'listening' | 'heard' | 'silent';

/** Falls slowly, so that a bar can be read; rises at once. */
export class Ear {
  level = 0;
  hearing: Hearing = 'listening';
  private since: number | null = null;

  handleLevel(level: number, now: number): void {
    this.level = level > this.level ? level : this.level * 0.8 + level * 0.2;
    this.since ??= now;
    if (level >= kHeardLevel) this.hearing = 'heard';
    else if (this.hearing === 'listening' && now - this.since >= kSilentAfterMs) this.hearing = 'silent';
  }
}
