// Where the own picture lies: in one of four corners, named as the eye sees them, so that dragging and arrow keys mean the same in
// every direction of writing.

export type Corner = 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right';
export interface Point {
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}

/** A flick carries on for as long as this would take it. */
const kFlightMs = 160;
const kAround: readonly Corner[] = ['top-left', 'top-right', 'bottom-right', 'bottom-left'];

export function firstCorner(dir: 'ltr' | 'rtl'): Corner {
  return dir === 'rtl' ? 'bottom-left' : 'bottom-right';
}

/** The corner that is nearest to where the picture's middle was let go, or is flying to (`velocity` in pixels a millisecond). */
export function nearestCorner(middle: Point, stage: Size, velocity: Point = { x: 0, y: 0 }): Corner {
  const x = middle.x + velocity.x * kFlightMs;
  const y = middle.y + velocity.y * kFlightMs;
  return `${y < stage.height / 2 ? 'top' : 'bottom'}-${x < stage.width / 2 ? 'left' : 'right'}`;
}

/** Null for a key that moves nothing. */
export function cornerByKey(corner: Corner, key: string): Corner | null {
  const [row, column] = corner.split('-') as ['top' | 'bottom', 'left' | 'right'];
  switch (key) {
    case 'ArrowUp':
      return `top-${column}`;
    case 'ArrowDown':
      return `bottom-${column}`;
    case 'ArrowLeft':
      return `${row}-left`;
    case 'ArrowRight':
      return `${row}-right`;
    default:
      return null;
  }
}

/** Clockwise, for whoever presses and does not drag. */
export function cornerAfter(corner: Corner): Corner {
  return kAround[(kAround.indexOf(corner) + 1) % kAround.length]!;
}
