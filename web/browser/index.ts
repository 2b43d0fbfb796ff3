// What a page hands to core in a browser.

import type { ClientPorts } from '../core/client.ts';
import { Peer } from '../core/peer.ts';
import { makePorts, type BrowserSettings } from './ports.ts';

export { followPage } from './follow.ts';
export { sendMedia } from './media.ts';
export type { BrowserSettings } from './ports.ts';
export { keepAwake } from './wake_lock.ts';
export { findObstacle, type Obstacle } from './obstacle.ts';

export function browserPorts(settings?: BrowserSettings): ClientPorts {
  return makePorts(async () => ({ Peer }), settings);
}
