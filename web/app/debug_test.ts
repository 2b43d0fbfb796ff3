import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../core/client.ts';
import { watchFirstFrame } from './debug.ts';

class Video extends EventTarget {
  videoWidth = 0;
  paused = false;
}

test('where a browser does not tell of frames the first picture is shown when it plays, and sound alone is none', () => {
  let noted = 0;
  const timings = { matched: 1 };
  const client = { timings, noteFrame: () => (noted += 1) } as unknown as Client;
  const [video, late] = [new Video(), new Video()];
  for (const each of [video, late]) watchFirstFrame(client, each as unknown as HTMLVideoElement);
  const plays = () => video.dispatchEvent(new Event('playing'));
  plays();
  assert.equal(noted, 0);
  video.videoWidth = late.videoWidth = 640;
  video.dispatchEvent(new Event('resize'));
  plays();
  assert.equal(noted, 1);
  timings.matched = 2;
  late.dispatchEvent(new Event('playing'));
  assert.equal(noted, 1, 'it was of a meeting before');
});
