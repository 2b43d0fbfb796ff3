import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendMedia } from './media.ts';

function setUp(tracks: { audio: unknown[]; video: unknown[] }) {
  const asked: unknown[] = [];
  const sent: Record<string, unknown> = {};
  const stream = { getAudioTracks: () => tracks.audio, getVideoTracks: () => tracks.video };
  const devices = { getUserMedia: (wish: unknown) => (asked.push(wish), Promise.resolve(stream as unknown as MediaStream)) };
  const client = {
    setTrack: (kind: string, track: unknown) => void (sent[kind] = track),
    setMediaOn: (on: unknown) => void (sent['on'] = on),
  };
  return { asked, sent, stream, client, devices };
}

test('what the browser gives is sent, and the partner is told what there is', async () => {
  const { asked, sent, stream, client, devices } = setUp({ audio: ['sound'], video: ['picture'] });
  assert.equal(await sendMedia(client, undefined, devices), stream as unknown as MediaStream);
  assert.deepEqual(asked, [{ audio: true, video: true }]);
  assert.deepEqual(sent, { audio: 'sound', video: 'picture', on: { video: true, sound: true } });
  const quiet = setUp({ audio: ['sound'], video: [] });
  await sendMedia(quiet.client, { audio: true }, quiet.devices);
  assert.deepEqual(quiet.sent, { audio: 'sound', video: null, on: { video: false, sound: true } });
});

test('a refusal reaches the page, and nothing is changed', async () => {
  const { sent, client } = setUp({ audio: [], video: [] });
  const denied = new Error('NotAllowedError');
  await assert.rejects(sendMedia(client, {}, { getUserMedia: () => Promise.reject(denied) }), denied);
  assert.deepEqual(sent, {});
});
