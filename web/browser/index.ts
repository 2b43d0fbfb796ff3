// What a page hands to core in a browser.

export { followPage } from './follow.ts';
export { sendMedia } from './media.ts';
export { browserPorts, type BrowserSettings } from './ports.ts';
export { keepAwake } from './wake_lock.ts';
export { findObstacle, type Obstacle } from './obstacle.ts';
