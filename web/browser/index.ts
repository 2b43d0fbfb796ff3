// What a page hands to core in a browser.

export { browserPorts, type BrowserSettings } from './ports.ts';
export { findObstacle, type Obstacle } from './obstacle.ts';
