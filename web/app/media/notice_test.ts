import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noticeOf } from './notice.ts';

test('that the other sees or hears nothing is said where there is another', () => {
  assert.deepEqual([noticeOf('camera_gone', 'ready'), noticeOf('camera_gone', 'call')], ['notice.camera_gone', 'notice.camera_gone.call']);
  assert.deepEqual([noticeOf('microphone_gone', 'call'), noticeOf('in_use', 'call')], ['notice.microphone_gone.call', 'notice.in_use']);
  assert.deepEqual([noticeOf('both_taken', 'ready'), noticeOf('both_taken', 'call')], ['notice.both_taken', 'notice.both_taken.call']);
});
